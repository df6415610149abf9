"""The settings that the options ask for."""

from pathlib import Path

from inspection.settings import Settings


def chosen(*, bundle: str | None = None, device: str | None = None) -> Settings:
    """From the environment, with the options over it. Raises `SettingUnusable`."""
    return Settings.read(bundle=bundle and bundle_folder(bundle), device=device)


def bundle_folder(name: str) -> Path:
    """A path, or the name of a folder beside the bundle that is served."""
    path = Path(name)
    beside = Settings.read().bundle.parent / name
    return beside if not path.exists() and path.name == name and beside.exists() else path
