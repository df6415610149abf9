"""What can be wrong with a return, an inspection or a review: somebody was quicker, or it is not theirs."""

from inspection.errors.base import Conflict, InspectionError, NotFound


class MoveRefused(Conflict):
    """A move that is not in the table of moves (inspection.returns.return_order)."""

    def __init__(self, what: str, state: str, move: str, why: str | None = None) -> None:
        because = f": {why}" if why else ""
        super().__init__(f"This {what} is {_words(state)}; '{_words(move)}' cannot follow{because}.")


class ChangedMeanwhile(Conflict):
    """Somebody changed it after it was read (HTTP 412)."""

    def __init__(self, what: str) -> None:
        super().__init__(f"This {what} has changed since you read it. Please read it again.")


class ClaimedByAnother(Conflict):
    """Another person works on this review."""

    def __init__(self, review_id: str) -> None:
        super().__init__(f"Somebody else is working on review {review_id}.")


class SamePerson(Conflict):
    """A second opinion, or an appeal, goes to somebody else than the first."""

    def __init__(self) -> None:
        super().__init__("Somebody else has to look at this one: you decided it before.")


class ProcessEnded(InspectionError):
    """Whatever looked at it was killed, or killed itself."""

    def __init__(self) -> None:
        super().__init__("The process that looked at it ended.")


class AlreadyInspected(Conflict):
    """One look at an item at a time: the one that is under way goes on."""

    def __init__(self, inspection_id: str) -> None:
        super().__init__(f"This item is being inspected: {inspection_id}. Please go on with that one.")
        self.inspection_id = inspection_id


class PhotoLookedAt(Conflict):
    """What was decided about an item rests on this photo: it stays."""

    def __init__(self, position: int) -> None:
        super().__init__(f"Photo {position} has been looked at. It stays; please add a better one.")


class PhotoErasedMeanwhile(Conflict):
    """Somebody had it erased while it came: what was put of it may be gone again."""

    def __init__(self) -> None:
        super().__init__("This photo was erased while it was on its way. Please send it again.")


class ReferenceTaken(Conflict):
    """A return with the merchant's own number is here already."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"There is a return with the reference {reference} already.")


class ReturnNotFound(NotFound):
    """No return has this id."""

    def __init__(self, return_id: str) -> None:
        super().__init__(f"There is no return {return_id}.")


class ReviewNotFound(NotFound):
    """No review has this id."""

    def __init__(self, review_id: str) -> None:
        super().__init__(f"There is no review {review_id}.")


class ReferenceNotFound(NotFound):
    """No reference photo has this id."""

    def __init__(self, reference_id: str) -> None:
        super().__init__(f"There is no reference {reference_id}.")


def _words(name: str) -> str:
    return str(name).replace("_", " ")
