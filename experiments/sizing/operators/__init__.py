"""``size fleet --operator``: options of each kind of operator, and the choice among them."""
