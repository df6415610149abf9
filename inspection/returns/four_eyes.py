"""Who may judge: whoever objects gets another pair of eyes, each time anew."""

from collections.abc import Iterable

from inspection.returns.case import Entry

SOFTWARE = "software"


def barred(entries: Iterable[Entry]) -> frozenset[str]:
    """Who may not judge a case with this record, its oldest entry first.

    Everybody who decided before somebody objected or asked a second opinion, and whoever did that. Who asked
    the shopper for a photo may go on with it: nobody has objected.
    """
    judged: set[str] = set()
    out: set[str] = set()
    for entry in entries:
        if entry.kind == "decision":
            judged.add(entry.actor)
        elif entry.kind in ("appeal", "second_opinion"):
            out |= judged | {entry.actor}
    return frozenset(out - {SOFTWARE})


def decided_before(entries: Iterable[Entry], inspection_id: str) -> bool:
    """Was anything decided in another inspection of the item? Then software accepts nothing by itself:
    whoever lets an inspection expire and begins anew with better photos gets no easier answer.
    """
    return any(entry.kind == "decision" and entry.subject != inspection_id for entry in entries)
