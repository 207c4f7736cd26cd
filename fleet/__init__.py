"""Who moves: vehicle stock, trips and charging requests, road carbon."""
