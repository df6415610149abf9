"""One look at one item: from photos to a decision. Each step is one line of `look`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from inspection.errors import NoPhotos, PhotoRejected, SamePhotoAsReference, SamePhotoTwice, TooManyPhotos
from inspection.ports import Gate, Photo, Reader
from inspection.returns.policy import Policy
from inspection.verdict.authenticity import combined
from inspection.verdict.confidence import at_prior
from inspection.verdict.decision import decide
from inspection.verdict.evidence import Evidence
from inspection.verdict.findings import PhotoId, View
from inspection.verdict.grading import Grading, grade
from inspection.verdict.inspection import InspectedPhoto, Inspection, counted, superseded
from inspection.verdict.reading import Question, Reading

MOST_PHOTOS = 20
"""Of one item, and as many references: more would be a mistake, not evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPhoto:
    """One photo as it came in: how to get its untouched bytes, and what the sender says they show.

    They are read when they are needed, and again for the record: 40 photos at once would be 160 MB.
    """

    read: Callable[[], bytes]
    view: View | None = None

    @classmethod
    def of(cls, encoded: bytes, view: View | None = None) -> "SentPhoto":
        """A photo whose bytes are here already."""
        return cls(read=lambda: encoded, view=view)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """An inspection and the pictures it was made from, for whoever wants to show them.

    `price_cents` and `asked` are what the looker was told.
    """

    inspection: Inspection
    photos: Mapping[PhotoId, Photo]
    price_cents: int | None
    asked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Looker:
    """Photos in, decision out. `now` and `new_id` are passed in so that the path can be replayed."""

    gate: Gate
    reader: Reader
    policy: Policy
    new_id: Callable[[], str]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def look(
        self,
        sent: Sequence[SentPhoto],
        references: Sequence[SentPhoto] = (),
        *,
        price_cents: int | None = None,
        asked: int = 0,
        inspection_id: str | None = None,
    ) -> Looked:
        """Look at one item.

        `references` show it undamaged (0 to 20). `price_cents` is what was paid, if known; `asked`
        counts the photos already asked for; `inspection_id` is the case it is for, else a new one.
        Raises `PhotoRejected`, whose message names the photo
        where there are several, or `RequestRejected`.
        """
        check_count(sent, references)
        views = {id_: photo.view for id_, photo in _numbered(sent)}
        photos = self._opened(sent)
        undamaged = self._undamaged(references, photos)
        reading = self.reader.read([(id_, views[id_], photos[id_]) for id_ in photos], undamaged)
        inspected = tuple(
            InspectedPhoto(id=id_, sha256=photo.sha256, view=views[id_], quality=self.gate.judge(photo))
            for id_, photo in photos.items()
        )
        price = self.policy.price_cents if price_cents is None else price_cents
        evidence = self._weigh(reading, inspected, price_cents=price, asked=asked)
        inspection = Inspection(
            id=inspection_id or self.new_id(),
            at=self.now(),
            photos=inspected,
            reading=reading,
            grading=evidence.grading,
            decision=decide(evidence, self.policy.stakes),
            policy=self.policy.version,
        )
        return Looked(inspection=inspection, photos=photos, price_cents=price_cents, asked=asked)

    def _opened(self, sent: Sequence[SentPhoto]) -> dict[PhotoId, Photo]:
        """All of them, each once; one after the other, so that one file's bytes are held at a time."""
        photos: dict[PhotoId, Photo] = {}
        seen: dict[str, int] = {}
        for position, (id_, photo) in enumerate(_numbered(sent), start=1):
            photos[id_] = self._open(id_, photo, of=len(sent))
            first = seen.setdefault(photos[id_].sha256, position)
            if first != position:
                raise SamePhotoTwice(first, position)
        return photos

    def _undamaged(self, references: Sequence[SentPhoto], photos: Mapping[PhotoId, Photo]) -> Iterator[Photo]:
        """Opened as the reader takes them, and not held here; none of them is one of the photos."""
        positions = {photo.sha256: position for position, photo in enumerate(photos.values(), start=1)}
        for number, reference in enumerate(references, start=1):
            opened = self._open(f"reference-{number}", reference, of=2)
            if same := positions.get(opened.sha256):
                raise SamePhotoAsReference(same, number)
            yield opened

    def _open(self, name: str, photo: SentPhoto, *, of: int) -> Photo:
        try:
            return self.gate.open(photo.read())
        except PhotoRejected as error:
            if of > 1:  # say which one, or nobody can act on it
                error.photo = name
            raise

    def _weigh(
        self, reading: Reading, photos: Sequence[InspectedPhoto], *, price_cents: int, asked: int
    ) -> Evidence:
        weighed, poor = counted(reading, photos), superseded(photos)
        return Evidence(
            price_cents=price_cents,
            grading=self._grade(weighed),
            claims={question: combined(weighed, question) for question in Question},
            missing=missing_views([photo.view for photo in photos], self.policy.required_views),
            remarks=tuple(
                (photo.id, photo.view, remark)
                for photo in photos
                if photo.id not in poor
                for remark in photo.quality.remarks
            ),
            asked=asked,
            proof=reading.proof,
        )

    def _grade(self, reading: Reading) -> Grading | None:
        # a grade rests on the claim about damage: without one there is nothing to grade by
        damaged = combined(reading, Question.DAMAGED)
        if damaged is None:
            return None
        stakes = self.policy.stakes
        prior = stakes.priors[Question.DAMAGED]
        findings = [
            replace(finding, probability=at_prior(prior, finding.probability))
            for photo in reading.photos
            for finding in photo.findings
        ]
        chance = at_prior(prior, damaged.probability)
        return grade(findings, self.policy.rubric, error_rate=stakes.error_budget, damaged=chance)


def check_count(sent: Sequence[SentPhoto], references: Sequence[SentPhoto]) -> None:
    """At least one photo, and not too many of either."""
    if not sent:
        raise NoPhotos
    for count in (len(sent), len(references)):
        if count > MOST_PHOTOS:
            raise TooManyPhotos(count, MOST_PHOTOS)


def check_room(there: Sequence[object]) -> None:
    """Whether one more photo may come. Raises `TooManyPhotos`."""
    if len(there) >= MOST_PHOTOS:
        raise TooManyPhotos(len(there) + 1, MOST_PHOTOS)


def missing_views(views: Sequence[View | None], required: Sequence[View]) -> tuple[View, ...]:
    """Required views that no photo shows. A photo whose view is not said stands for one of them."""
    unsaid = sum(view is None for view in views)
    return tuple(view for view in required if view not in views)[unsaid:]


def _numbered(sent: Sequence[SentPhoto]) -> list[tuple[PhotoId, SentPhoto]]:
    # numbered by us: phones name every photo image.jpg, and one id must not hide another
    return [(PhotoId(f"photo-{n}"), photo) for n, photo in enumerate(sent, start=1)]
