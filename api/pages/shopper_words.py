"""How an item stands, in a shopper's words."""

from collections.abc import Mapping

from api.bodies.inspections import InspectionOut
from inspection.returns.case import Line
from inspection.returns.return_order import InspectionState, LineState

_STANDS: Mapping[InspectionState, str] = {
    InspectionState.OPEN: "It waits for your photos.",
    InspectionState.SUBMITTED: "Your photos are here, and are looked at.",
    InspectionState.IN_REVIEW: "A person looks at your photos.",
    InspectionState.EXPIRED: "No photos came in time.",
    InspectionState.WITHDRAWN: "You keep it.",
}


def stands(line: Line, inspection: InspectionOut | None) -> str:
    """One sentence."""
    if line.state is LineState.PAID:
        return "It is settled."
    if inspection is None:
        return "No photos yet."
    if inspection.state is not InspectionState.DECIDED:
        asked = inspection.asked_for is not None
        return "One more photo is needed." if asked else _STANDS[inspection.state]
    if inspection.decision == "refuse":
        return "It was not accepted. You can object, and another person looks at it."
    return f"It was accepted, as grade {inspection.grade}."
