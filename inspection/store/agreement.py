"""Do the rows say what the record says? The chain shows that no entry was changed; this, that nothing beside
it was: decisions, looks, items and payments, and the events that carry an entry's hash to others.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select

from inspection.store.codec import hash_of_look
from inspection.store.tables import EVENTS, INSPECTIONS, LOOKS, RECORD, RETURN_LINES

_AT_ONCE = 200
_STANDS = {"accepted": "accept", "paid": "accept", "refused": "refuse"}


def contradictions(connection: Connection) -> Iterator[str]:
    """One line each, in words. Reads everything, some rows at a time."""
    for rows in _pages(connection, select(INSPECTIONS).where(INSPECTIONS.c.decision.is_not(None))):
        yield from _decisions(rows, _entries(connection, "decision", [row["id"] for row in rows]))
    for rows in _pages(connection, select(LOOKS), "inspection_id", "turn"):
        yield from _looks(rows, _entries(connection, "decision", [row["inspection_id"] for row in rows]))
    for rows in _pages(connection, select(RETURN_LINES).where(RETURN_LINES.c.state.in_(_STANDS))):
        yield from _items(connection, rows)
    for rows in _pages(connection, select(EVENTS).where(EVENTS.c.type == "inspection.decided")):
        yield from _events(connection, rows)


Entries = Mapping[str, Sequence[RowMapping]]
"""By subject, the oldest first."""


def _decisions(rows: Sequence[RowMapping], entries: Entries) -> Iterator[str]:
    for row in rows:
        made = entries.get(row["id"], ())
        if not made:
            yield f"inspection {row['id']} was decided, and the record does not know of it"
        elif (row["decision"], row["grade"]) != _said(made[-1]["body"]):
            yield f"inspection {row['id']} is not decided as entry {made[-1]['seq']} says"


def _looks(rows: Sequence[RowMapping], entries: Entries) -> Iterator[str]:
    for row in rows:
        told = [one["body"] for one in entries.get(row["inspection_id"], ())]
        of_turn = [body for body in told if body.get("turn") == row["turn"]]
        kept = {body["look"] for body in of_turn if "look" in body}  # entries before 0003 keep none
        if not of_turn or (kept and kept != {hash_of_look(row["body"], row["compared_with"])}):
            yield f"look {row['turn']} at inspection {row['inspection_id']} is not the one that was recorded"


def _items(connection: Connection, rows: Sequence[RowMapping]) -> Iterator[str]:
    decided = select(RECORD.c.seq, RECORD.c.kind, RECORD.c.body, INSPECTIONS.c.line_id).outerjoin(
        INSPECTIONS, INSPECTIONS.c.id == RECORD.c.subject
    )
    by_seq = {
        one["seq"]: one
        for one in connection.execute(decided.where(RECORD.c.seq.in_([row["decided_by"] for row in rows])))
        .mappings()
        .all()
    }
    paid = _entries(connection, "paid", [row["id"] for row in rows])
    for row in rows:
        by = by_seq.get(row["decided_by"])
        if by is None or not _decides(by, row):
            yield f"item {row['id']} is not {row['state']} by entry {row['decided_by']}"
        cents = [one["body"].get("cents") for one in paid.get(row["id"], ())]
        if cents != ([row["paid_cents"]] if row["state"] == "paid" else []):
            yield f"item {row['id']} is not paid as the record says"


def _decides(entry: RowMapping, line: RowMapping) -> bool:
    of_this = entry["kind"] == "decision" and entry["line_id"] == line["id"]
    return of_this and _said(entry["body"]) == (_STANDS[line["state"]], line["grade"])


def _said(body: Mapping[str, Any]) -> tuple[Any, Any]:
    return body.get("decision"), body.get("grade")


def _events(connection: Connection, rows: Sequence[RowMapping]) -> Iterator[str]:
    """Others were told of these entries: one that is gone was cut off, or written anew."""
    told = {row["id"]: row["body"]["record"] for row in rows if "record" in row["body"]}
    seqs = [one["seq"] for one in told.values()]
    kept = select(RECORD.c.seq, RECORD.c.hash).where(RECORD.c.seq.in_(seqs))
    hashes = {one.seq: one.hash for one in connection.execute(kept)}
    for id_, one in told.items():
        if hashes.get(one["seq"]) != one["hash"]:
            yield f"event {id_} told others of an entry {one['seq']} that is not in the record"


def _entries(connection: Connection, kind: str, subjects: Sequence[str]) -> Entries:
    wanted = select(RECORD.c.seq, RECORD.c.subject, RECORD.c.body).where(
        RECORD.c.subject.in_(subjects), RECORD.c.kind == kind
    )
    found: dict[str, list[RowMapping]] = {}
    for one in connection.execute(wanted.order_by(RECORD.c.seq)).mappings():
        found.setdefault(one["subject"], []).append(one)
    return found


def _pages(connection: Connection, wanted: Select[Any], *keys: str) -> Iterator[Sequence[RowMapping]]:
    """In the order of the primary key, each page after the last row of the one before."""
    names = keys or ("id",)
    columns = [wanted.selected_columns[name] for name in names]
    last: RowMapping | None = None
    while True:
        following = wanted if last is None else wanted.where(_after(columns, [last[name] for name in names]))
        rows = connection.execute(following.order_by(*columns).limit(_AT_ONCE)).mappings().all()
        if not rows:
            return
        yield rows
        last = rows[-1]


def _after(columns: Sequence[Any], values: Sequence[Any]) -> Any:
    later = columns[-1] > values[-1]
    for column, value in zip(columns[-2::-1], values[-2::-1], strict=True):
        later = (column > value) | ((column == value) & later)
    return later
