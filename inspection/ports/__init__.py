"""What the path needs from the outside world; each adapter serves one of these."""

from inspection.photo.photo import Photo
from inspection.ports.asking import IdempotencyKeys, KeptAnswer, RequestTurn
from inspection.ports.cases import Cases, Change, KeptLook
from inspection.ports.jobs import Job, Outcome, Tried, Worker
from inspection.ports.model import Reader
from inspection.ports.photos import Forgotten, Gate, Memory, PhotoStore
from inspection.ports.references import Reference, References, Source

__all__ = [
    "Cases",
    "Change",
    "Forgotten",
    "Gate",
    "IdempotencyKeys",
    "Job",
    "KeptAnswer",
    "KeptLook",
    "Memory",
    "Outcome",
    "Photo",
    "PhotoStore",
    "Reader",
    "Reference",
    "References",
    "RequestTurn",
    "Source",
    "Tried",
    "Worker",
]
