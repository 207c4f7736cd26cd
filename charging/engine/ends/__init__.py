"""How the story of a request ends, why, and which request begins with that end."""
