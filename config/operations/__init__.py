"""What those who run the house look at: whether it lives, what it does, and what went wrong."""
