"""What stations cost: investment to the fen, yearly costs, and what they earn."""
