"""Reading → Decision. Pure rules: nothing here reads a file, a clock or a setting."""
