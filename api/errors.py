"""What can be wrong with a request before its photos are looked at: branches of `inspection.errors`."""

from inspection.errors import NotFound, RequestRejected, SetupProblem


class NotMultipart(RequestRejected):
    """The body is not a form with files."""

    def __init__(self) -> None:
        super().__init__("Send the photos as multipart/form-data, each in a field named 'photos'.")


class BodyUnreadable(RequestRejected):
    """A form that breaks its own rules, or ends too early."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The form cannot be read: {why}.")


class BodyTooLarge(RequestRejected):
    """More bytes than one request may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"This is too much for one request; the most we take is {most / 1e6:.0f} MB.")


class UploadTooSlow(RequestRejected):
    """The photos did not arrive in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The photos did not arrive within {seconds:.0f} s. Please send them again.")


class FieldUnknown(RequestRejected):
    """A field we have no use for: most often a misspelt one, whose photos would silently be missed."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no field {name[:40]!r} here; we read photos, references, views, price_cents and asked."
        )


class FieldUnusable(RequestRejected):
    """A field whose value makes no sense."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"The field '{name}' cannot be used: {why}.")


class SentFromElsewhere(RequestRejected):
    """A form that another site's page sent: no one there can know that the person wanted it."""

    def __init__(self) -> None:
        super().__init__("This form was sent from another site. Please send it from our own page.")


class TooManyViews(RequestRejected):
    """A view that belongs to no photo."""

    def __init__(self, views: int, photos: int) -> None:
        super().__init__(
            f"{views} views were named for {photos} photos. Please name one for each, in the same order."
        )


class HeatNotFound(NotFound):
    """No heat map was made of this photo, or there is no such photo."""

    def __init__(self, photo: str) -> None:
        super().__init__(f"There is no heat map of {photo[:40]}.")


class Passing(SetupProblem):
    """Worth another try in a moment; no operator is needed."""


class TooBusy(Passing):
    """More is being read than this machine can keep up with."""

    def __init__(self) -> None:
        super().__init__("Too many photos are being read just now. Please try again in a moment.")


class NotReady(Passing):
    """The model is still being loaded; a matter of seconds."""

    def __init__(self) -> None:
        super().__init__("The model is still being loaded. Please try again in a moment.")


class ServiceEnding(Passing):
    """Told to end, and its time for requests is over; nobody knows how far this one came."""

    def __init__(self) -> None:
        super().__init__("This service is ending. Please send it again in a moment.")


class NoRoom(Passing):
    """Photos on their way have filled the disk, or their share of it."""

    def __init__(self) -> None:
        super().__init__("There is no room for more photos just now. Please try again in a moment.")


class NotLoaded(SetupProblem):
    """The model could not be loaded, for a reason that nobody thought of."""

    def __init__(self, error: Exception) -> None:
        super().__init__(f"The model cannot be loaded: {type(error).__name__}: {error}")
