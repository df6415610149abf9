from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def operations():
    """The folder of files for whoever runs it."""
    return ROOT / "docs" / "operations"
