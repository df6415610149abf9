"""Decision → what happens. Pure rules: nothing here reads a file, a clock or a setting."""
