import pytest

from inspection.verdict.findings import Box, Finding, Kind, PhotoId, Severity


@pytest.fixture
def a_marked_stain():
    """`a_marked_stain(0.9)` is a finding of that probability."""
    box = Box(x=0.1, y=0.1, w=0.2, h=0.2)
    return lambda probability: Finding(
        kind=Kind.STAIN,
        probability=probability,
        severity=Severity.MARKED,
        photo=PhotoId("photo-1"),
        box=box,
    )
