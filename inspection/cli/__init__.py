"""The command line: a thin front door. What a command does is imported when it is called: help is quick."""

from inspection.cli.front import app, main

# isort: off
from inspection.cli import items, service, record, bundles, seen, access  # in the order that help shows
# isort: on

__all__ = ["access", "app", "bundles", "items", "main", "record", "seen", "service"]
