"""Who may: who a request comes from, and what they may ask. `callers.py` is what routes need."""
