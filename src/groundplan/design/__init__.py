"""What the platform file means: every part, address, link and order. Pure and total."""
