"""The settings that the options ask for."""

from pathlib import Path

from inspection.settings import DEFAULT_BUNDLE, Settings
from inspection.wiring import Product


def chosen(
    *, bundle: str | None = None, device: str | None = None, specialist: str | None = None
) -> Settings:
    """From the environment, with the options over it. Raises `SettingUnusable`."""
    return Settings.read(
        bundle=bundle and bundle_folder(bundle),
        device=device,
        specialist=specialist and specialist_folder(specialist),
    )


def specialist_folder(name: str) -> Path:
    """A path, or the name of one that was released beside the default bundle."""
    path = Path(name)
    return path if path.exists() or path.name != name else DEFAULT_BUNDLE.parent / "specialists" / name


def bundle_folder(name: str) -> Path:
    """A path, or the name of a folder beside the default bundle (INSPECTION_BUNDLE) or the one in use."""
    path = Path(name)
    if path.exists() or path.name != name:
        return path
    product = Product(Settings.read())
    shelves = (product.settings.bundle.parent, product.served_folder.parent)
    return next((shelf / name for shelf in shelves if (shelf / name).exists()), path)
