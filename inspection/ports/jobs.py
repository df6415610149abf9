"""What can be done later, and who does it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Job(StrEnum):
    """What can be done later, each durably; the arguments that name it stand behind it."""

    LOOK = "look"  # inspection_id, turn, attempt
    DELIVER = "deliver"  # event_id, webhook_id, attempt


class Outcome(StrEnum):
    """What became of one look."""

    DECIDED = "decided"
    NOTHING = "nothing"  # nobody waited for it any more
    AGAIN = "again"  # it is tried again in a while
    UNREAD = "unread"  # a person does it
    FAILED = "failed"  # a fault of ours; the job is tried again at once


@dataclass(frozen=True, slots=True)
class Tried:
    """One look; `why` it came to nothing."""

    outcome: Outcome
    why: str = ""


class Worker(Protocol):
    """Takes jobs off the queues in this process."""

    def start(self, sweep: Callable[[], None]) -> None:
        """Begin to work; `sweep` is called every few seconds. Raises `StoreUnusable`."""
        ...

    @property
    def name(self) -> str:
        """Like no other's."""
        ...

    def beats(self, within: float) -> bool:
        """Whether its heart beat in so many seconds, though the database may not have heard it."""
        ...

    def stop(self, seconds: int = 30) -> None:
        """Take no more jobs, and wait so long for those that have begun."""
        ...
