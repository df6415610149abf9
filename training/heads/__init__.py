"""The heads, one file each: what it is, what it learns from, and how it is fitted."""
