"""Everything that can go wrong and is known, sorted by whose problem it is.

    InspectionError
    ├── PhotoRejected      whoever took the photo can send another (HTTP 422)
    ├── RequestRejected    the calling person or system can ask differently (HTTP 4xx, exit 1)
    ├── NotFound           what was asked for is not here (HTTP 404)
    └── SetupProblem       only the operator can mend it (HTTP 503, exit 1)

Each message is one line a person can act on. `code` is stable and safe to build on; it is the
class name in snake case. One place translates each library's errors, with `from error`.
"""

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


class PhotoEmpty(PhotoRejected):
    """The file holds no bytes."""

    def __init__(self) -> None:
        super().__init__("This file is empty. Please send the photo again.")


class NotAPhoto(PhotoRejected):
    """The bytes are in no format we read."""

    def __init__(self) -> None:
        super().__init__("This file is not a photo we can read. We read JPEG, PNG, WebP, HEIC and AVIF.")


class PhotoBroken(PhotoRejected):
    """It began as a photo, and then stopped being one: cut off, or bytes changed on the way."""

    def __init__(self) -> None:
        super().__init__("This photo is incomplete or damaged as a file. Please send it again.")


class PhotoTooLarge(PhotoRejected):
    """More bytes than one photo may have."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(f"This photo has {size / 1e6:.1f} MB; the most we take is {most / 1e6:.0f} MB.")


class PhotoTooManyPixels(PhotoRejected):
    """The header promises more pixels than we would ever decode."""

    def __init__(self, width: int, height: int, most: int) -> None:
        super().__init__(
            f"This photo claims {width} × {height} px; the most we take is {most / 1e6:.0f} megapixels."
        )


class PhotoTooSmall(PhotoRejected):
    """The shorter side is under the minimum."""

    def __init__(self, shorter_side: int, least: int) -> None:
        super().__init__(f"This photo's shorter side is {shorter_side} px; we need at least {least} px.")


class PhotoAnimated(PhotoRejected):
    """A moving picture where a photo was asked for."""

    def __init__(self, frames: int) -> None:
        super().__init__(f"This is an animation of {frames} frames. Please send a single photo.")


class PhotoHidesFile(PhotoRejected):
    """A photo with an archive behind it: no camera writes that."""

    def __init__(self) -> None:
        super().__init__(
            "This photo has another file hidden inside it. Please send the photo your camera took."
        )


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
    """No photo of that hash is kept here, or it has been erased."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"There is no photo {sha256[:12]}….")


class BundleRefused(SetupProblem):
    """This folder is not a model bundle we would serve; `why` names the file and the fault."""

    def __init__(self, bundle: str, why: str) -> None:
        super().__init__(f"Bundle {bundle} is refused: {why}.")


class BundleMissing(BundleRefused):
    """There is no folder of that name, or no card in it."""


class BundleTampered(BundleRefused):
    """A file is not the one that was released."""


class BundleUnsuitable(BundleRefused):
    """Whole and untouched, but not for this version of the product."""


class DeviceUnavailable(SetupProblem):
    """A device was asked for by name and is not here. We never fall back in silence."""

    def __init__(self, device: str, why: str) -> None:
        super().__init__(f"Device '{device}' was asked for and cannot be used: {why}.")


class SettingUnusable(SetupProblem):
    """A setting whose value cannot be used."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"The setting INSPECTION_{name.upper()} cannot be used: {why}.")


class AddressUnusable(SetupProblem):
    """Where the server was told to listen, it cannot."""

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(f"Cannot listen on {host}, port {port}: {why}. Choose another port or host.")


class InferenceFailed(SetupProblem):
    """The graph is loaded and the device ran it before, and now it does not: memory, driver, a bug."""

    def __init__(self, device: str, why: str) -> None:
        super().__init__(f"The model failed on {device}: {why}.")


class PolicyUnusable(SetupProblem):
    """A policy file that cannot be read, or that contradicts itself."""


class StoreUnusable(SetupProblem):
    """Records or photos cannot be kept or read: no permission, a full disk, a locked or broken file."""

    def __init__(self, store: str, why: str) -> None:
        super().__init__(f"The store {store} cannot be used: {why}.")


class ExtraMissing(SetupProblem):
    """A feature whose optional dependencies are not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs the extra '{extra}': pip install 'inspection[{extra}]'.")
