"""Road carbon: accounts, methods, attribution, uncertainty."""
