"""What each command of the line does: files and options in, calls to the product, words out."""
