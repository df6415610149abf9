"""Photos to try the product with, and decisions made of them on the spot. Nothing is canned."""
