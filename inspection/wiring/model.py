"""The model, and what it decides by."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import simplejpeg

from inspection.errors import (
    BundleMissing,
    BundleTampered,
    PolicyUnusable,
)
from inspection.look import Looker
from inspection.ports import Gate
from inspection.returns.policy import Policy
from inspection.settings import DEFAULT_BUNDLE, Settings
from inspection.store.served import Change, ServedHistory
from inspection.verdict.reading import PhotoReading
from inspection.vision.bundle import Bundle
from inspection.vision.overlay import overlay
from inspection.vision.reader import BundleReader
from inspection.vision.reference_cache import ReferenceCache
from inspection.vision.runtime import open_runtime
from inspection.vision.specialist import Specialist
from inspection.wiring.gate import PhotoGate
from inspection.wiring.ids import new_id


@dataclass(frozen=True)
class Model:
    """From the settings to a decision on photos: no database, no network.

    `keeps_features` is for a service: it puts the features of references into its home folder. A
    command, run from anywhere, leaves no folder behind.
    """

    settings: Settings
    keeps_features: bool = False

    @cached_property
    def gate(self) -> Gate:
        """The way in for photos."""
        return PhotoGate()

    @cached_property
    def bundle(self) -> Bundle:
        """The model, verified file by file: the one asked for, else the last promoted, else the default."""
        if self.settings.bundle_given:
            return Bundle.open(self.settings.bundle)
        standing = self.served.standing()
        return still_the_same(standing[-1] if standing else None)

    @property
    def served_folder(self) -> Path:
        """Where that bundle lies, whole or not."""
        if self.settings.bundle_given:
            return self.settings.bundle
        standing = self.served.standing()
        return standing[-1].folder if standing else DEFAULT_BUNDLE

    @cached_property
    def served(self) -> ServedHistory:
        """Which bundle was in use when, in the home folder."""
        return ServedHistory(self.settings.home / "served.jsonl")

    @cached_property
    def reader(self) -> BundleReader:
        """The model on the device that was asked for."""
        runtime = open_runtime(
            self.bundle,
            device=self.settings.device,
            precision=self.settings.precision,
            engine=self.settings.runtime,
        )
        return BundleReader(self.bundle, runtime, cache=self.features, specialist=self.specialist)

    @cached_property
    def features(self) -> ReferenceCache:
        """Of photos that others are compared with."""
        return ReferenceCache(self.settings.home / "references" if self.keeps_features else None)

    @property
    def specialist(self) -> Specialist | None:
        """The one the merchant asks of these items, verified file by file; `None` where none is set."""
        folder = self.settings.specialist
        return None if folder is None else Specialist.open(folder)

    @cached_property
    def policy(self) -> Policy:
        """The rules."""
        return Policy.parse(_text(self.settings.policy))

    @cached_property
    def looker(self) -> Looker:
        """The path from photos to a decision."""
        return Looker(gate=self.gate, reader=self.reader, policy=self.policy, new_id=new_id)


def still_the_same(promoted: Change | None) -> Bundle:
    """The bundle that was promoted, refused if it has changed since; `None` is the default one."""
    if promoted is None:
        if not DEFAULT_BUNDLE.is_dir():  # a wheel brings no model
            why = f"there is no folder {DEFAULT_BUNDLE}; set INSPECTION_BUNDLE to the folder of a bundle"
            raise BundleMissing(DEFAULT_BUNDLE.name, why)
        return Bundle.open(DEFAULT_BUNDLE)
    bundle = Bundle.open(promoted.folder)
    if bundle.sha256 != promoted.sha256:
        why = f"it has changed since its promotion on {promoted.at:%Y-%m-%d}; promote it anew if so meant"
        raise BundleTampered(promoted.folder.name, why)
    return bundle


def overlaid(shown: bytes, reading: PhotoReading) -> bytes:
    """The copy people may see, with the heat map laid over it; a JPEG again.

    The findings' boxes are not drawn into it: pages draw them sharp, numbered, and only the strongest.
    """
    picture = simplejpeg.decode_jpeg(shown)
    return bytes(simplejpeg.encode_jpeg(overlay(picture, reading.heat), quality=85))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyUnusable(f"The policy {path} cannot be read: {error}.") from error
