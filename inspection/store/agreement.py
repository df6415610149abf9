"""Do the rows say what the record says? The chain shows that no entry was changed; this, that nothing beside
it was: decisions, looks, items and payments, and the events that carry an entry's hash to others.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select

from inspection.store.codec import hash_of_look
from inspection.store.tables import EVENTS, INSPECTIONS, LOOKS, RECORD, RETURN_LINES

_AT_ONCE = 200
_STANDS = {"accepted": "accept", "paid": "accept", "refused": "refuse"}
_LIFE = ("decision", "appeal", "second_opinion", "expired", "withdrawn")
_STATES: Mapping[Any, Collection[str]] = {
    "accept": ("decided",),
    "refuse": ("decided",),
    "ask_for_photo": ("open", "submitted"),
    "review": ("in_review",),
    "appeal": ("in_review",),
    "second_opinion": ("in_review",),
    "expired": ("expired",),
    "withdrawn": ("withdrawn",),
}
"""Where an inspection can stand after the last entry of its life."""


def contradictions(connection: Connection) -> Iterator[str]:
    """One line each, in words. Reads everything, some rows at a time."""
    for rows in _pages(connection, select(INSPECTIONS)):
        yield from _inspections(rows, _entries(connection, _LIFE, [row["id"] for row in rows]))
    for rows in _pages(connection, select(LOOKS), "inspection_id", "turn"):
        yield from _looks(rows, _entries(connection, ("decision",), [row["inspection_id"] for row in rows]))
    for rows in _pages(connection, select(RETURN_LINES)):
        yield from _items(connection, rows)
    for rows in _pages(connection, select(RECORD).where(RECORD.c.kind.in_(("decision", "paid"))), "seq"):
        yield from _gone(connection, rows)
    for rows in _pages(connection, select(EVENTS).where(EVENTS.c.type == "inspection.decided")):
        yield from _events(connection, rows)


Entries = Mapping[str, Sequence[RowMapping]]
"""By subject, the oldest first."""


def _inspections(rows: Sequence[RowMapping], entries: Entries) -> Iterator[str]:
    """What was decided last, and where it stands since."""
    for row in rows:
        life = entries.get(row["id"], ())
        made = [one for one in life if one["kind"] == "decision"]
        if row["decision"] is not None and not made:
            yield f"inspection {row['id']} was decided, and the record does not know of it"
        elif made and (row["decision"], row["grade"]) != _said(made[-1]["body"]):
            yield f"inspection {row['id']} is not decided as entry {made[-1]['seq']} says"
        elif row["state"] not in _states_after(life):
            yield f"inspection {row['id']} is {row['state']}, and the record says otherwise"


def _states_after(life: Sequence[RowMapping]) -> Collection[str]:
    if not life:
        return ("open", "submitted")
    last = life[-1]
    said = last["body"].get("decision") if last["kind"] == "decision" else last["kind"]
    return _STATES.get(said, ())


def _looks(rows: Sequence[RowMapping], entries: Entries) -> Iterator[str]:
    for row in rows:
        told = [one["body"] for one in entries.get(row["inspection_id"], ())]
        of_turn = [body for body in told if body.get("turn") == row["turn"]]
        kept = {body["look"] for body in of_turn if "look" in body}  # entries before 0003 keep none
        if not of_turn or (kept and kept != {hash_of_look(row["body"], row["compared_with"])}):
            yield f"look {row['turn']} at inspection {row['inspection_id']} is not the one that was recorded"


def _items(connection: Connection, rows: Sequence[RowMapping]) -> Iterator[str]:
    """By which decision each stands, after appeals; and what was paid for it."""
    ids = [row["id"] for row in rows]
    of_line = select(INSPECTIONS.c.id, INSPECTIONS.c.line_id).where(INSPECTIONS.c.line_id.in_(ids))
    lines = {one.id: one.line_id for one in connection.execute(of_line)}
    standing: dict[str, RowMapping] = {}
    for one in sorted(_flat(_entries(connection, ("decision", "appeal"), list(lines))), key=_seq):
        if one["kind"] == "appeal" or one["body"].get("decision") in ("accept", "refuse"):
            standing[lines[one["subject"]]] = one
    paid = _entries(connection, ("paid",), ids)
    for row in rows:
        if not _stands_by(row, standing.get(row["id"])):
            yield f"item {row['id']} is {row['state']} by entry {row['decided_by']}, against the record"
        cents = [one["body"].get("cents") for one in paid.get(row["id"], ())]
        if cents != ([row["paid_cents"]] if row["state"] == "paid" else []):
            yield f"item {row['id']} is not paid as the record says"


def _stands_by(line: RowMapping, entry: RowMapping | None) -> bool:
    if entry is None or entry["kind"] == "appeal":
        return line["state"] in ("awaiting", "cancelled")
    said = (_STANDS.get(line["state"]), line["grade"])
    return line["decided_by"] == entry["seq"] and said == _said(entry["body"])


def _gone(connection: Connection, rows: Sequence[RowMapping]) -> Iterator[str]:
    """What the record speaks of is there."""
    subjects = [row["subject"] for row in rows]
    there: set[Any] = set(
        connection.execute(select(INSPECTIONS.c.id).where(INSPECTIONS.c.id.in_(subjects))).scalars()
    )
    there |= set(
        connection.execute(select(RETURN_LINES.c.id).where(RETURN_LINES.c.id.in_(subjects))).scalars()
    )
    kept = select(LOOKS.c.inspection_id, LOOKS.c.turn).where(LOOKS.c.inspection_id.in_(subjects))
    looks = {(one.inspection_id, one.turn) for one in connection.execute(kept)}
    for row in rows:
        if row["subject"] not in there:
            yield f"entry {row['seq']} speaks of {row['subject']}, which is not there"
        elif "look" in row["body"] and (row["subject"], row["body"].get("turn")) not in looks:
            yield f"look {row['body'].get('turn')} at inspection {row['subject']} is not there any more"


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


def _entries(connection: Connection, kinds: Sequence[str], subjects: Sequence[str]) -> Entries:
    """Those carried over from before there was a record come first, whenever they were entered."""
    wanted = select(RECORD.c.seq, RECORD.c.kind, RECORD.c.subject, RECORD.c.body).where(
        RECORD.c.subject.in_(subjects), RECORD.c.kind.in_(kinds)
    )
    found: dict[str, list[RowMapping]] = {}
    rows = connection.execute(wanted).mappings().all()
    for one in sorted(rows, key=lambda one: ("carried_over" not in one["body"], one["seq"])):
        found.setdefault(one["subject"], []).append(one)
    return found


def _flat(entries: Entries) -> Iterator[RowMapping]:
    return chain.from_iterable(entries.values())


def _seq(entry: RowMapping) -> int:
    return int(entry["seq"])


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
