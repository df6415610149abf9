"""What people do with an inspection: claim it, judge it, object, and pay what was decided."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from inspection.casework.deciding import Taken, Terms, decided, open_review, unchanged
from inspection.errors import ClaimedByAnother, RequestRejected, ReturnNotFound, SamePerson
from inspection.ports import Cases
from inspection.returns.case import Case, ReviewCase
from inspection.returns.return_order import InspectionMove, LineMove, line_moved, moved
from inspection.returns.verdict import Verdict, VerdictKind

CLAIM_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Each is one transaction, as in `inspection.workflow`. `person` is who the login says it is."""

    cases: Cases
    terms: Terms

    def claim(self, review_id: str, person: str, *, version: int | None = None) -> ReviewCase:
        """Alone with it for a quarter of an hour, or longer. Raises `ClaimedByAnother`, `SamePerson`."""
        with self.cases.change() as change:
            review = change.review(review_id)
            unchanged("review", review, version)
            _workable(review, person, change.now)
            review = replace(review, claimed_by=person, claimed_until=change.now + CLAIM_FOR)
            change.set_review(review)
        return replace(review, version=review.version + 1)

    def release(self, review_id: str, person: str, *, version: int | None = None) -> None:
        """Somebody else may claim it. Releasing what one does not hold does nothing."""
        with self.cases.change() as change:
            review = change.review(review_id)
            unchanged("review", review, version)
            if review.claimed_by == person and review.closed_at is None:
                change.set_review(replace(review, claimed_by=None, claimed_until=None))

    def judge(self, review_id: str, person: str, verdict: Verdict, *, version: int | None = None) -> Case:
        """A person's word, which stands until an appeal.

        Raises `ClaimedByAnother`, `SamePerson`, or `ChangedMeanwhile` where the review has another version.
        """
        with self.cases.change() as change:
            review = change.review(review_id)
            unchanged("review", review, version)
            _workable(review, person, change.now)
            case = change.case(review.inspection_id)
            change.set_review(replace(review, closed_at=change.now, claimed_by=None, claimed_until=None))
            told = {"turn": case.turn, "review_id": review.id, "verdict": verdict.as_json()}
            if verdict.kind is VerdictKind.SECOND_OPINION:
                change.enter("second_opinion", case.id, person, told)
                open_review(change, case, "second_opinion", terms=self.terms, urgency=review.urgency)
                return case
            said = verdict.reason.strip() or None
            taken = Taken(verdict.kind.value, person, told, verdict.grade, said, verdict.view)
            return decided(change, case, taken, self.terms)

    def appeal(self, inspection_id: str, why: str, actor: str, *, version: int | None = None) -> Case:
        """The shopper objects, before anything was paid: another person looks. Raises `MoveRefused`."""
        with self.cases.change() as change:
            case = change.case(inspection_id)
            unchanged("inspection", case, version)
            state = moved(case.state, InspectionMove.APPEAL)
            if case.line_id is not None:
                line = change.line(case.line_id)
                reopened = line_moved(line.state, LineMove.REOPEN)
                change.set_line(replace(line, state=reopened, decided_by=None, grade=None))
            entry = change.enter("appeal", case.id, actor, {"turn": case.turn, "why": why})
            case = replace(case, state=state)
            change.set_case(case)
            urgency = case.price_cents or 0
            open_review(change, case, "appeal", terms=self.terms, urgency=urgency)
            change.tell("inspection.appealed", case.id, {"inspection_id": case.id, "record": entry.seq})
        return replace(case, version=case.version + 1)

    def pay(
        self,
        line_id: str,
        cents: int,
        actor: str,
        *,
        return_id: str | None = None,
        version: int | None = None,
    ) -> None:
        """Somebody paid the shopper for an item that was accepted, of that return where one is named.

        `version` is the return's.

        Raises `ReturnNotFound`, `MoveRefused`, or `RequestRejected` for more than its price.
        """
        with self.cases.change() as change:
            line = change.line(line_id)
            if return_id is not None and line.return_id != return_id:
                raise ReturnNotFound(return_id)
            if version is not None:
                unchanged("return", change.return_(line.return_id), version)
            state = line_moved(line.state, LineMove.PAY)
            if not 0 <= cents <= line.price_cents:
                raise RequestRejected(f"{cents} cents are not between 0 and the price of {line.price_cents}.")
            entry = change.enter("paid", line_id, actor, {"cents": cents, "decided_by": line.decided_by})
            change.set_line(replace(line, state=state, paid_cents=cents))
            told = {"return_id": line.return_id, "line_id": line_id, "cents": cents, "record": entry.seq}
            change.tell("line.paid", line_id, told)


def _workable(review: ReviewCase, person: str, now: datetime) -> None:
    if review.closed_at is not None:
        raise ClaimedByAnother(review.id)
    if person in review.not_by:
        raise SamePerson
    held = review.claimed_until is not None and review.claimed_until > now
    if held and review.claimed_by != person:
        raise ClaimedByAnother(review.id)
