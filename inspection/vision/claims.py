"""What a run of the graph means: claims, findings and a heat map, by the bundle's card and calibration."""

from dataclasses import dataclass, replace

import numpy as np

from inspection.verdict.confidence import UNSURE, Calibration
from inspection.verdict.findings import Finding, Kind, PhotoId, View
from inspection.verdict.reading import Basis, Category, Claim, HeatMap, PhotoReading, Question
from inspection.vision.calibrations import Calibrations
from inspection.vision.card import Card
from inspection.vision.damage import ScoreMap, find, heat_map
from inspection.vision.preprocess import Placement
from inspection.vision.references import SETUP_TO, ReferenceScores
from inspection.vision.runtime import Outputs

_PLAIN = Calibration(slope=1, intercept=0, yes_from=0, no_to=1, error_rate=0.5)
"""For a heat map of a bundle that claims no damage: its logits as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Damage:
    claim: Claim | None
    findings: tuple[Finding, ...]
    heat: HeatMap | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Turns the outputs of one photo into its reading; pure, nothing is kept between photos."""

    card: Card
    calibrations: Calibrations

    def reading(
        self,
        photo: PhotoId,
        view: View | None,
        outputs: Outputs,
        *,
        placement: Placement,
        compared: ReferenceScores | None,
        crops_seen: bool,
    ) -> PhotoReading:
        """Of outputs for one view; without crops of its own a photo makes no capture claim."""
        damage = self._damage(outputs, compared, placement, photo)
        return PhotoReading(
            photo=photo,
            view=view,
            damaged=damage.claim,
            recaptured=self._recaptured(outputs) if crops_seen else None,
            same_item=None if compared is None else self._same_item(compared),
            category=self._category(outputs),
            familiar=self._familiar(outputs),
            findings=damage.findings,
            heat=damage.heat,
        )

    def _damage(
        self, outputs: Outputs, compared: ReferenceScores | None, placement: Placement, photo: PhotoId
    ) -> _Damage:
        """By comparison where there is one to trust, else by what the bundle learned."""
        calibration = self.calibrations.damaged_by_references
        if compared is None or calibration is None or compared.setup >= SETUP_TO:
            return self._learned_damage(outputs, placement, photo)
        rows, columns = outputs.patches.shape[1:3]
        scores = ScoreMap(scores=compared.differences, placement=placement, rows=rows, columns=columns)
        severity = self.card.severities.get(Kind.DIFFERENCE)
        return _Damage(
            claim=_claim(Question.DAMAGED, compared.damage, calibration, Basis.REFERENCES),
            findings=find(
                scores, compared.damage, calibration, kind=Kind.DIFFERENCE, severity=severity, photo=photo
            ),
            heat=heat_map(scores, calibration),
        )

    def _learned_damage(self, outputs: Outputs, placement: Placement, photo: PhotoId) -> _Damage:
        """Claimed kinds make findings and the claim; the others only show where to look."""
        calibration = self.calibrations.damaged
        everything = ScoreMap.cut(outputs.damage_map[0].max(axis=0), placement)
        claimed = [index for index, kind in enumerate(self.card.kinds) if kind in self.card.claimed]
        if calibration is None or not claimed:
            return _Damage(claim=None, findings=(), heat=heat_map(everything, calibration or _PLAIN))
        found = [
            finding
            for index in claimed
            for finding in self._found(index, outputs, calibration, placement, photo)
        ]
        score = float(outputs.damage[0, claimed].max())
        return _Damage(
            claim=self._learned(_claim(Question.DAMAGED, score, calibration, Basis.LEARNED), outputs),
            findings=tuple(sorted(found, key=lambda finding: -finding.probability)),
            heat=heat_map(everything, calibration),
        )

    def _found(
        self, index: int, outputs: Outputs, calibration: Calibration, placement: Placement, photo: PhotoId
    ) -> tuple[Finding, ...]:
        """Of one kind; how bad it is was read where its map is strongest: it is said of that place alone."""
        kind = self.card.kinds[index]
        always = self.card.severities.get(kind)
        found = find(
            ScoreMap.cut(outputs.damage_map[0, index], placement),
            float(outputs.damage[0, index]),
            calibration,
            kind=kind,
            severity=always,
            photo=photo,
        )
        return found if always or not found else (self._judged(found[0], index, outputs), *found[1:])

    def _judged(self, finding: Finding, index: int, outputs: Outputs) -> Finding:
        """With the chances of each severity where the bundle has learned them, claimed if it is sure."""
        how_bad = self.calibrations.severity
        if how_bad is None or outputs.severity is None or self._strange(outputs):
            return finding
        chances = how_bad.chances(*map(float, outputs.severity[0, index]))
        return replace(finding, severity=how_bad.claim(chances), chances=chances)

    def _recaptured(self, outputs: Outputs) -> Claim | None:
        calibration = self.calibrations.recaptured
        if calibration is None:
            return None
        score = float(outputs.recaptured.mean())
        return self._learned(_claim(Question.RECAPTURED, score, calibration, Basis.LEARNED), outputs)

    def _same_item(self, compared: ReferenceScores) -> Claim | None:
        calibration = self.calibrations.same_item
        if calibration is None:
            return None
        return _claim(Question.SAME_ITEM, compared.match, calibration, Basis.REFERENCES)

    def _category(self, outputs: Outputs) -> Category | None:
        if not self.card.categories:
            return None
        logits = outputs.category[0].astype(np.float64)
        chances = np.exp(logits - logits.max())
        best = int(chances.argmax())
        return Category(name=self.card.categories[best], probability=float(chances[best] / chances.sum()))

    def _familiar(self, outputs: Outputs) -> float | None:
        familiarity = self.calibrations.familiarity
        return None if familiarity is None else familiarity.of(float(outputs.strangeness[0]))

    def _learned(self, claim: Claim, outputs: Outputs) -> Claim:
        """The same claim, open to both answers where the bundle has seen nothing like this photo."""
        if not self._strange(outputs):
            return claim
        return Claim(
            question=claim.question, probability=claim.probability, answers=UNSURE, basis=claim.basis
        )

    def _strange(self, outputs: Outputs) -> bool:
        familiarity = self.calibrations.familiarity
        return familiarity is not None and familiarity.unsure(float(outputs.strangeness[0]))


def _claim(question: Question, score: float, calibration: Calibration, basis: Basis) -> Claim:
    probability = calibration.probability(score)
    return Claim(
        question=question, probability=probability, answers=calibration.answers(probability), basis=basis
    )
