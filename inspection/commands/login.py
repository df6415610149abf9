"""`inspection login`: a way in for a person, where no issuer was set up."""

import sys
from datetime import UTC, datetime

from inspection.access.passes import HOLDS, Passes


def run(passes: Passes, name: str, role: str, *, address: str) -> None:
    """Prints the address to open, alone on stdout. Raises `PassUnusable`."""
    token = passes.make(name, role, now=datetime.now(UTC))
    minutes = round(HOLDS.total_seconds() / 60)
    print(f"For {name} as {role}: open this within {minutes} minutes, once.", file=sys.stderr)
    print(f"{address.rstrip('/')}/session/enter/{token}")
