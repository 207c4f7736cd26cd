"""The explorer: a local page on which guns are moved between stations and the change is seen at once."""
