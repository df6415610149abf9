"""What an inspection's latest decision says to the shopper: in their words, without numbers or suspicion."""

from collections.abc import Sequence
from dataclasses import dataclass

from inspection.returns.case import Entry
from inspection.returns.four_eyes import SOFTWARE
from inspection.verdict.findings import View
from inspection.verdict.reading import Problem

_OPEN_TO_SHOPPERS = frozenset({f"photo_{one.value}" for one in Problem} | {f"no_{one.value}" for one in View})
"""Reasons for one more photo that speak of photos alone; all others are doubts about the item, or worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """`reason` is a person's own words; `why` tells what an asked-for photo is for, as (code, text)."""

    reason: str | None = None
    asks: bool = False
    view: View | None = None
    why: tuple[tuple[str, str], ...] = ()


def said(entries: Sequence[Entry]) -> Said:
    """By the last decision among an inspection's entries of the record."""
    decisions = [entry for entry in entries if entry.kind == "decision"]
    if not decisions:
        return Said()
    last = decisions[-1]
    return _by_software(last.body) if last.actor == SOFTWARE else _by_a_person(last.body)


def _by_a_person(body: dict[str, object]) -> Said:
    verdict = body.get("verdict")
    told = verdict if isinstance(verdict, dict) else {}
    reason = told.get("reason") or None
    if body.get("decision") != "ask_for_photo":
        return Said(reason=reason)
    why = ("asked_by_person", str(reason))
    return Said(reason=reason, asks=True, view=_view(told.get("view")), why=(why,))


def _by_software(body: dict[str, object]) -> Said:
    answer = body.get("answer")
    if body.get("decision") != "ask_for_photo" or not isinstance(answer, dict):
        return Said()
    decision = answer["decision"]
    view = _view(decision.get("view"))
    told = [(one["code"], one["text"]) for one in decision["reasons"] if one["code"] in _OPEN_TO_SHOPPERS]
    return Said(asks=True, view=view, why=tuple(told) or (_one_more(view),))


def _one_more(view: View | None) -> tuple[str, str]:
    shows = "the item" if view is None else f"its {view.value.replace('_', ' ')}"
    if view is View.CLOSE_UP:
        shows = "the item from close by"
    return "one_more_photo", f"One more photo of {shows} would help us."


def _view(word: object) -> View | None:
    return None if word is None else View(str(word))
