"""A released bundle behind the gate and the rules, as the product runs it: files in, decisions out.

The product's own path is `inspection.workflow`, which training may not import: what it does for one photo is
done here by the same functions, and a test holds the two to the same decisions.
"""

import math
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from inspection.photo.decode import open_photo
from inspection.photo.quality import judge
from inspection.verdict.authenticity import combined
from inspection.verdict.confidence import at_prior
from inspection.verdict.decision import decide
from inspection.verdict.doubt import doubts
from inspection.verdict.evidence import Evidence, chance_wrong
from inspection.verdict.findings import PhotoId
from inspection.verdict.grading import Grading, grade
from inspection.verdict.reading import Proof, Quality, Question, Reading
from inspection.vision.bundle import Bundle
from inspection.vision.reader import BundleReader
from inspection.vision.runtime import open_runtime
from training.evaluate.case import Case, Judged
from training.evaluate.house import House

_PHOTO = PhotoId("photo-1")
_OF_ANYTHING = Proof(up_to=1.0, error=0.0, confidence=1.0, returns=1, priors={})
"""If this were proven, what would still stand in the way of accepting?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One bundle on this machine's CPU; so many cases at once, the same answers for any number."""

    reader: BundleReader
    house: House
    threads: int = 1

    @classmethod
    def open(cls, bundle: Bundle, house: House, threads: int = 1) -> "Service":
        """In the precision that the bundle's card asks for."""
        runtime = open_runtime(bundle, device="cpu")
        return cls(reader=BundleReader(bundle, runtime, workers=threads), house=house, threads=threads)

    def with_reader(self, reader: BundleReader) -> "Service":
        """The same rules over another runtime of the bundle."""
        return replace(self, reader=reader)

    def judge(self, cases: Iterable[Case]) -> Iterator[Judged]:
        """In their order. Raises `PhotoRejected` where the gate does not let a photo in."""
        with ThreadPoolExecutor(self.threads) as pool:
            waiting: deque[Future[Judged]] = deque()
            for case in cases:
                waiting.append(pool.submit(self._one, case))
                if len(waiting) > self.threads:  # so that only a few cases are in memory
                    yield waiting.popleft().result()
            yield from (one.result() for one in waiting)

    def _one(self, case: Case) -> Judged:
        photo = open_photo(case.photo())
        references = (open_photo(reference()) for reference in case.references)
        reading = self.reader.read([(_PHOTO, None, photo)], references)
        return _judged(case, reading, judge(photo), self.house)


def _judged(case: Case, reading: Reading, quality: Quality, house: House) -> Judged:
    evidence = weigh(reading, quality, house)
    unsettled = doubts(evidence, house.stakes)
    stands_in_the_way = doubts(replace(evidence, proof=_OF_ANYTHING), house.stakes)
    grading = evidence.grading
    chance = math.inf if grading is None else chance_wrong(evidence, grading, house.stakes)
    return Judged(
        truth=case.truth,
        reading=replace(reading.photos[0], heat=None),  # megabytes over thousands of photos
        grading=grading,
        decision=decide(evidence, house.stakes),
        chance_wrong=chance,
        provable=math.inf if stands_in_the_way else chance,
        doubts=tuple(doubt.reason.code for doubt in unsettled),
    )


def weigh(reading: Reading, quality: Quality, house: House) -> Evidence:
    """The evidence that one photo of an item gives; it stands for the one view that the house asks for."""
    return Evidence(
        price_cents=house.price_cents,
        grading=graded(reading, house),
        claims={question: combined(reading, question) for question in Question},
        remarks=tuple((_PHOTO, None, remark) for remark in quality.remarks),
        proof=reading.proof,
    )


def graded(reading: Reading, house: House) -> Grading | None:
    """By the rubric, at the odds that the house assumes; `None` where no claim about damage was made."""
    damaged = combined(reading, Question.DAMAGED)
    if damaged is None:
        return None
    prior = house.stakes.priors[Question.DAMAGED]
    findings = [
        replace(finding, probability=at_prior(prior, finding.probability))
        for finding in reading.photos[0].findings
    ]
    chance = at_prior(prior, damaged.probability)
    return grade(findings, house.rubric, error_rate=house.stakes.error_budget, damaged=chance)
