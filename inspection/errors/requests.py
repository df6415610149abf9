"""What can be wrong with a request, or not be here."""

from inspection.errors.base import Conflict, NotFound, RequestRejected


class NoPhotos(RequestRejected):
    """An inspection of nothing."""

    def __init__(self) -> None:
        super().__init__("There is no photo to look at. Please send at least one.")


class TooManyPhotos(RequestRejected):
    """More photos than one item needs."""

    def __init__(self, count: int, most: int) -> None:
        super().__init__(f"{count} photos were sent for one item; the most we take is {most}.")


class SamePhotoTwice(RequestRejected):
    """Two of the photos are the same file, byte for byte; positions count from 1."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"Photos {first} and {second} are the same file. Please send each photo once.")


class SamePhotoAsReference(RequestRejected):
    """A photo is one of the references, byte for byte: comparing it says nothing of the item."""

    def __init__(self, photo: int, reference: int) -> None:
        super().__init__(
            f"Photo {photo} and reference {reference} are the same file. Please photograph the item as it is."
        )


class FileMissing(RequestRejected):
    """A path that leads to no readable file."""

    def __init__(self, path: str, why: str = "there is no such file") -> None:
        super().__init__(f"{path}: {why}.")


class ManifestUnusable(RequestRejected):
    """A list of photos that cannot be read as one."""


class OutputIsInput(RequestRejected):
    """What would be written would replace one of the files that are read."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path}: this file is one of the inputs and would be overwritten; choose another.")


class NothingToRollBack(RequestRejected):
    """No promotion stands, so there is no bundle to go back to."""

    def __init__(self) -> None:
        super().__init__("No bundle was promoted here, so there is none to go back to.")


class InspectionNotFound(NotFound):
    """No inspection has this id."""

    def __init__(self, inspection_id: str) -> None:
        super().__init__(f"There is no inspection {inspection_id}.")


class PhotoNotFound(NotFound):
    """No photo of that hash is kept here, or none at that position; or it has been erased."""

    def __init__(self, which: str) -> None:
        super().__init__(f"There is no photo {which if len(which) <= 12 else f'{which[:12]}…'}.")


class KeyReused(RequestRejected):
    """An idempotency key came with another request than the first time."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for another request. Use a new one for this request.")


class StillRunning(Conflict):
    """The first request under an idempotency key has not been answered yet."""

    def __init__(self) -> None:
        super().__init__(
            "The first request with this Idempotency-Key is still running. Please ask again soon."
        )


class ValueUnusable(RequestRejected):
    """No database would keep it: NUL in a text, a number beyond its column."""

    def __init__(self) -> None:
        super().__init__("Something in this request can be neither kept nor looked for.")


class CursorUnusable(RequestRejected):
    """A cursor that none of our answers gave."""

    def __init__(self) -> None:
        super().__init__("This cursor is none of ours. Leave it out to begin with the first page.")
