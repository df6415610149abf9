"""All returns of held-out groups, with references and without."""

from collections.abc import Iterator

from training.data import Split
from training.evaluate import sets
from training.evaluate.case import SOURCES, Case
from training.evaluate.referenced import other_photos, same_set_up
from training.evaluate.sets import Plan


def of_groups(plan: Plan, part: Split) -> Iterator[Case]:
    """Of each open source that is here, the groups of one split."""
    for source in filter(sets.here, SOURCES):
        yield from sets.held_out(plan, source, part)
        yield from (other_photos(plan, part) if source == "grocery" else same_set_up(plan, source, part))
