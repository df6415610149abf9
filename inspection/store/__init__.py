"""Where records and photos are kept."""
