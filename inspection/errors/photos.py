"""What can be wrong with one photo; another one can be sent."""

from inspection.errors.base import PhotoRejected


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
