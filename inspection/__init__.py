"""Photos of a returned item in, a decision with its reasons out."""

__version__ = "0.1.0"
