"""Bytes → Photo: the gate, and what can be said of a photo before any model sees it."""
