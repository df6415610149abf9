"""What an operator sees of it: lines in a log, metrics, and, with the extra `otel`, traces."""
