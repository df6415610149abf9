"""One bundle, ready to read items: photos in, calibrated claims, findings and heat maps out."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from hashlib import sha256
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from inspection.machine import cores
from inspection.photo.photo import Photo
from inspection.verdict.findings import PhotoId, View
from inspection.verdict.reading import Model, PhotoReading, Reading
from inspection.vision import augment
from inspection.vision.borders import middle
from inspection.vision.bundle import Bundle
from inspection.vision.claims import Meaning
from inspection.vision.features import ReferenceFeatures, features_of, read_reference
from inspection.vision.points import OF_QUERY, points_of
from inspection.vision.preprocess import letterbox
from inspection.vision.reference_cache import Recent, ReferenceCache
from inspection.vision.references import ReferenceBank, build_bank, reference_scores
from inspection.vision.runtime import Runtime, Squares, blank
from inspection.vision.specialist import Specialist

_AT_ONCE = 4
"""References whose photos are in memory at the same time."""


class BundleReader:
    """Implements `ports.Reader`. Safe to call from several threads.

    The model runs on at most `workers` threads however many callers there are: one a core gives
    the most photos a second, and each costs memory.
    """

    def __init__(
        self,
        bundle: Bundle,
        runtime: Runtime,
        *,
        cache: ReferenceCache | None = None,
        workers: int | None = None,
        specialist: Specialist | None = None,
    ) -> None:
        self._card = bundle.card
        self._meaning = Meaning(card=bundle.card, calibrations=bundle.calibrations)
        self._proofs = bundle.calibrations
        self._runtime = runtime
        self._specialist = specialist
        self._model = _model(bundle, runtime, specialist)
        self._cache = cache or ReferenceCache()
        self._banks: Recent[ReferenceBank] = Recent(2)
        self._embeddings: Recent[NDArray[np.float16]] = Recent(20 * cores())  # of photos that were just read
        self._pool = ThreadPoolExecutor(workers or cores(), thread_name_prefix="reader")

    @property
    def model(self) -> Model:
        """Which bundle answers, on which device."""
        return self._model

    def read(
        self,
        photos: Sequence[tuple[PhotoId, View | None, Photo]],
        references: Iterable[Photo] = (),
    ) -> Reading:
        """See `ports.Reader`."""
        bank = self._bank(references)
        readings = self._pool.map(partial(self._read, bank=bank), photos)
        return Reading(
            model=self._model,
            photos=tuple(readings),
            proof=self._proofs.proof(references=bank is not None),
        )

    def embedding(self, photo: Photo) -> NDArray[np.float16]:
        """What the model sees in the whole view, (d,) of unit length; of a photo just read, for nothing."""

        def made() -> NDArray[np.float16]:
            square, _ = letterbox(photo.whole, self._card.view_side)
            outputs = self._runtime.run(square[None], blank(self._card.crop_side))
            return np.asarray(outputs.embedding[0], np.float16)

        return self._embeddings.get(photo.sha256, made)

    def _read(self, taken: tuple[PhotoId, View | None, Photo], *, bank: ReferenceBank | None) -> PhotoReading:
        id_, view, photo = taken
        square, placement = letterbox(photo.whole, self._card.view_side)
        crops = self._crops(photo)
        blind = blank(self._card.crop_side)
        outputs = self._runtime.run(square[None], blind if crops is None else crops)
        self._embeddings.get(photo.sha256, lambda: np.asarray(outputs.embedding[0], np.float16))
        compared = None
        if bank is not None:
            seen = features_of(outputs, 0, placement, points_of(middle(photo.whole), OF_QUERY))
            compared = reference_scores(seen, bank)
        reading = self._meaning.reading(
            id_, view, outputs, placement=placement, compared=compared, crops_seen=crops is not None
        )
        if self._specialist is None:
            return reading
        return replace(reading, genuine=self._specialist.claim(photo.whole, reading.category))

    def _crops(self, photo: Photo) -> Squares | None:
        """(m, crop, crop, 3) cut from the middle of the photo's own crops, never resampled."""
        side = self._card.crop_side
        cut = [
            crop[(crop.shape[0] - side) // 2 :, (crop.shape[1] - side) // 2 :][:side, :side]
            for crop in photo.crops[: self._card.crops]
            if min(crop.shape[:2]) >= side
        ]
        return np.stack(cut) if cut else None

    def _bank(self, references: Iterable[Photo]) -> ReferenceBank | None:
        """Built once for a set of references; two photos in another order are the same set."""
        features = list(self._features(iter(references)))
        if not features:
            return None
        key = " ".join(sorted({one.sha256 for one in features}))
        return self._banks.get(key, lambda: build_bank(features))

    def _features(self, references: Iterator[Photo]) -> Iterator[ReferenceFeatures]:
        """A few photos are held at a time: their features are a third of the size."""
        while few := list(islice(references, _AT_ONCE)):
            yield from self._pool.map(self._reference, few)
            few.clear()  # before the next ones are opened

    def _reference(self, photo: Photo) -> ReferenceFeatures:
        reader = f"{self._model.sha256} {self._model.device} {augment.VERSION}"
        read = partial(
            read_reference,
            self._runtime,
            photo.whole,
            photo.sha256,
            view=self._card.view_side,
            crop=self._card.crop_side,
        )
        return self._cache.get(photo.sha256, reader, read)


def _model(bundle: Bundle, runtime: Runtime, specialist: Specialist | None) -> Model:
    """With a specialist, both names and one hash of both: the same answers need the same two."""
    if specialist is None:
        return Model(bundle=bundle.card.name, sha256=bundle.sha256, device=runtime.device)
    both = sha256(f"{bundle.sha256} {specialist.sha256}".encode()).hexdigest()
    return Model(bundle=f"{bundle.card.name}+{specialist.card.name}", sha256=both, device=runtime.device)
