"""One more head for a brand or category, beside the bundle: a recipe in, a small folder out."""
