"""An inspection for a terminal: the decision first, then what it rests on."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from inspection.report import words
from inspection.verdict.answer import KINDS
from inspection.verdict.authenticity import combined
from inspection.verdict.findings import Finding
from inspection.verdict.grading import Grade, Grading
from inspection.verdict.inspection import Inspection
from inspection.verdict.reading import Quality, Question

_COLOURS = {"accept": "green", "ask_for_photo": "yellow", "review": "blue"}
_BAR = 16  # cells of the terminal


def summary(inspection: Inspection, names: Sequence[str]) -> RenderableType:
    """`names` are the photos' as the sender knows them, in order. Nothing in it is read as markup."""
    parts: list[RenderableType] = [_decision(inspection)]
    if inspection.grading is not None:
        parts.append(_grades(inspection.grading, words.chosen(inspection.decision)))
    parts += [_claims(inspection), _photos(inspection, names), _record(inspection)]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts[:-1]), parts[-1])


def _decision(inspection: Inspection) -> RenderableType:
    colour = _COLOURS[KINDS[type(inspection.decision)]]
    said = Text(words.next_step(inspection.decision))
    for reason in inspection.decision.reasons:
        said.append(f"\n• {reason.text}")
    title = Text(words.headline(inspection.decision), style=f"bold {colour}")
    return Panel(said, title=title, title_align="left", border_style=colour, padding=(0, 1))


def _grades(grading: Grading, chosen: str) -> RenderableType:
    table = _plain("Grade")
    for grade in sorted(Grade, reverse=True):
        chance = grading.probabilities[grade]
        style = "bold" if grade is grading.value else "" if grade in grading.possible else "dim"
        ruled_out = "" if grade in grading.possible else "ruled out"
        table.add_row(
            Text(f"{grade.name} {words.GRADES[grade]}", style),
            Text(_bar(chance), style),
            Text(words.percent(chance), style),
            Text(chosen if grade is grading.value else ruled_out, style),
        )
    return table


def _claims(inspection: Inspection) -> RenderableType:
    table = _plain("Claims")
    for question in Question:
        claim = combined(inspection.counted, question)
        if claim is None:
            table.add_row(
                Text(words.QUESTIONS[question], "dim"), "", Text("—", "dim"), Text("no claim", "dim")
            )
            continue
        style = "" if claim.settled else "yellow"
        table.add_row(
            words.QUESTIONS[question],
            _bar(claim.probability),
            words.percent(claim.probability),
            Text(words.settled(claim), style),
        )
    return table


def _photos(inspection: Inspection, names: Sequence[str]) -> RenderableType:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", overflow="fold")
    table.add_column()
    findings = {reading.photo: reading.findings for reading in inspection.reading.photos}
    for photo, name in zip(inspection.photos, names, strict=True):
        lines = [*_remarks(photo.quality), *_findings(findings.get(photo.id, ()))]
        table.add_row(Text(name), Text("\n").join(lines or [Text("nothing found", "dim")]))
    return table


def _remarks(quality: Quality) -> Iterator[Text]:
    for remark in quality.remarks:
        yield Text(f"{words.PROBLEMS[remark.problem]}: {remark.advice}", "yellow")


def _findings(findings: Sequence[Finding]) -> Iterator[Text]:
    for finding in findings[: words.MOST_FINDINGS]:
        yield Text(f"{words.found(finding)}, {words.percent(finding.probability)}")
    if len(findings) > words.MOST_FINDINGS:
        yield Text(f"and {len(findings) - words.MOST_FINDINGS} weaker ones", "dim")


def _record(inspection: Inspection) -> RenderableType:
    model = inspection.reading.model
    return Text(f"{model.bundle} on {model.device} · policy {inspection.policy}\n{inspection.id}", "dim")


def _plain(title: str) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="bold dim")
    table.add_column(title, min_width=17)
    table.add_column("")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("")
    return table


def _bar(share: float) -> str:
    filled = round(share * _BAR)
    return "━" * filled + "·" * (_BAR - filled)


def lines(inspection: Inspection) -> Iterator[str]:
    """The decision alone, for a log or a greeting."""
    yield words.headline(inspection.decision)
    for reason in inspection.decision.reasons:
        yield f"  {reason.text}"
