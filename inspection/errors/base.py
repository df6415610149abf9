"""The kinds of known problems, by whose they are."""

import re


class InspectionError(Exception):
    """The base of all known problems."""

    @property
    def code(self) -> str:
        """A stable name for programs, `photo_too_large` for `PhotoTooLarge`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class PhotoRejected(InspectionError):
    """This photo cannot be used; another one can be sent.

    `photo` names the one that is meant, where several were sent.
    """

    photo: str | None = None

    def __str__(self) -> str:
        return super().__str__() if self.photo is None else f"{self.photo}: {super().__str__()}"


class RequestRejected(InspectionError):
    """The request itself makes no sense as it stands."""


class NotFound(InspectionError):
    """Nothing of that name is here."""


class SetupProblem(InspectionError):
    """The installation needs an operator."""


class Conflict(RequestRejected):
    """What was asked for does not fit what is there by now (HTTP 409)."""


class Forbidden(RequestRejected):
    """Whoever asks is known, and may not (HTTP 403)."""


class Unauthenticated(RequestRejected):
    """Nobody knows who asks (HTTP 401)."""


class Overloaded(RequestRejected):
    """More than is taken at a time; later it will be taken (HTTP 429). `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: float = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after
