"""The doubt that assumptions leave: what may move, a designed sample of short runs, and what would flip a verdict."""
