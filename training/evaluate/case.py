"""One photo to be judged: what is true of it, and what was said of it."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from inspection.photo.photo import Picture
from inspection.verdict.decision import Decision
from inspection.verdict.findings import Kind, Severity
from inspection.verdict.grading import Grade, Grading
from inspection.verdict.reading import PhotoReading, Question

SOURCES = ("clothing", "sneakers", "grocery")
"""Openly licensed photos; of each, groups that trained nothing are judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true of a return; `None` where nobody knows.

    `sort` is clean, lookalike, damaged, screen, print, other_item or foreign; `calibrate` says that it may
    settle a threshold and is judged nowhere. `group` is the person, product or item, unique over all sources.
    """

    source: str
    group: str
    sort: str
    references: int = 0
    set_up: str = "none"  # same, other: how the references were taken
    damaged: bool | None = None
    recaptured: bool | None = None
    same: bool | None = None
    category: str | None = None
    kind: Kind | None = None
    severity: Severity | None = None
    grades: frozenset[Grade] | None = None  # those that are right: several where only "damaged" is known
    calibrate: bool = False

    def of(self, question: Question) -> bool | None:
        """The true answer."""
        answers = {
            Question.DAMAGED: self.damaged,
            Question.RECAPTURED: self.recaptured,
            Question.SAME_ITEM: self.same,
        }
        return answers.get(question)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A return to be shown to the bundle. Files are made when asked for: thousands are gigabytes."""

    truth: Truth
    photo: Callable[[], bytes]
    references: tuple[Callable[[], bytes], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A case and what serving made of it.

    `chance_wrong` is of accepting it, `inf` without a grade; `provable` is the same where nothing but open
    claims stands in the way, which a proof of acceptance would settle, else `inf`.
    """

    truth: Truth
    reading: PhotoReading
    grading: Grading | None
    decision: Decision
    chance_wrong: float
    doubts: tuple[str, ...]
    provable: float = math.inf


def encoded(picture: Picture, quality: int = 92) -> bytes:
    """A photo's file, as a phone would send it."""
    bgr = np.ascontiguousarray(picture[:, :, ::-1])
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()
