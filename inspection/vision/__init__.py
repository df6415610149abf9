"""Photo → Reading: a model bundle, the runtimes that run it, and comparison with references."""
