"""What waits for a person, and the verdict."""

from collections.abc import Iterator

from api.bodies.inspections import InspectionOut
from api.bodies.reviews import QueuedReviewOut, ReviewOut, VerdictIn
from api.client.transport import Transport


class Reviews(Transport):
    """For people: a key reads the queue and gives no verdict."""

    def reviews(self) -> Iterator[QueuedReviewOut]:
        """What waits for a person, the most urgent first."""
        return self._pages(QueuedReviewOut, "/v1/reviews")

    def review(self, review_id: str) -> ReviewOut:
        """With the photos that came before."""
        return self._read(ReviewOut, "GET", f"/v1/reviews/{review_id}")

    def claim(self, review_id: str, *, if_version: int | None = None) -> ReviewOut:
        """Work on it, alone, for a quarter of an hour."""
        return self._read(ReviewOut, "POST", f"/v1/reviews/{review_id}/claim", if_version=if_version)

    def release(self, review_id: str, *, if_version: int | None = None) -> ReviewOut:
        """Somebody else may claim it."""
        return self._read(ReviewOut, "POST", f"/v1/reviews/{review_id}/release", if_version=if_version)

    def judge(self, review_id: str, verdict: VerdictIn, *, if_version: int | None = None) -> InspectionOut:
        """A person's verdict; `if_version` is the review's."""
        body = verdict.model_dump(mode="json")
        path = f"/v1/reviews/{review_id}/verdict"
        return self._read(InspectionOut, "POST", path, json=body, if_version=if_version)
