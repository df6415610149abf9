"""Does every runtime here say of the golden cases what the fp32 graph said when the bundle was released?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from inspection.errors import DeviceUnavailable, ExtraMissing
from inspection.vision.bundle import Bundle
from inspection.vision.golden import GoldenCase, golden_cases
from inspection.vision.parity import Parity, compare
from inspection.vision.runtime import Outputs, Runtime, open_runtime

EXACT = 1e-3
"""How far fp32 on a CPU may be from what was released: another processor rounds otherwise, no more."""
ON_GPU = 1e-2
"""The same of a GPU, which may multiply with 10 bits of mantissa (TF32)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """One runtime's figures, or why it could not run here.

    `relied_on`: this installation would serve with it unless told otherwise, or measures others by it.
    """

    device: str
    relied_on: bool
    parities: tuple[Parity, ...] = ()
    absent: str | None = None

    @property
    def flips(self) -> int:
        """Answers that differ from those of the release, over all claims."""
        return sum(parity.flips for parity in self.parities)

    @property
    def holds(self) -> bool:
        """Whether every claim does; one that is absent says nothing wrong."""
        return all(parity.holds for parity in self.parities)

    @property
    def failed(self) -> bool:
        """Whether it is a fault of the bundle here: what nobody relies on is only reported."""
        return self.relied_on and not self.holds


def verify(bundle: Bundle) -> tuple[Verified, ...]:
    """Every runtime that this installation could have: fp32 and int8 on the CPU, CUDA, torch.

    fp32 on the CPU is compared with the numbers of the release; the others with those too, and
    with it where the release kept none. Raises `BundleUnsuitable` where the golden cases cannot
    be read.
    """
    cases = golden_cases(bundle)
    reference = open_runtime(bundle, device="cpu", precision="fp32")
    exact = _runs(reference, cases)
    tries: list[tuple[str, dict[str, Any], float]] = []
    if bundle.has("int8"):
        tries.append(("cpu (int8)", {"device": "cpu", "precision": "int8"}, bundle.card.tolerance))
    tries += [("cuda", {"device": "cuda"}, ON_GPU), ("torch", {"engine": "torch"}, EXACT)]
    return (
        Verified(
            device=reference.device, relied_on=True, parities=compare(bundle, cases, exact, allowed=EXACT)
        ),
        *(_tried(bundle, cases, exact, one) for one in tries),
    )


def lines(verified: Sequence[Verified]) -> Iterator[str]:
    """One a runtime and claim, for a terminal."""
    for one in verified:
        if one.absent:
            yield f"{one.device}: not here. {one.absent}"
        for parity in one.parities:
            changed = f"{parity.flips} of {parity.cases} flipped"
            fault = "" if parity.holds else ", which is too much" if one.relied_on else ", not relied on"
            yield f"{one.device}: {parity.claim} {parity.most:.4f} at most, {changed}{fault}"


def _tried(
    bundle: Bundle,
    cases: Sequence[GoldenCase],
    exact: Sequence[Outputs],
    one: tuple[str, dict[str, Any], float],
) -> Verified:
    name, options, allowed = one
    relied_on = options.get("precision") != "int8" or bundle.cpu_precision == "int8"
    try:
        runtime = open_runtime(bundle, **options)
    except (DeviceUnavailable, ExtraMissing) as error:
        return Verified(device=name, relied_on=relied_on, absent=str(error))
    # torch takes a GPU where there is one
    within = max(allowed, ON_GPU) if runtime.device.startswith("cuda") else allowed
    parities = compare(bundle, cases, _runs(runtime, cases), allowed=within, exact=exact)
    return Verified(device=runtime.device, relied_on=relied_on, parities=parities)


def _runs(runtime: Runtime, cases: Sequence[GoldenCase]) -> list[Outputs]:
    return [runtime.run(case.view, case.crops) for case in cases]
