"""Is this photo good enough to be read? And if not, what would make the next one better.

Thresholds come from real photos: README.md in this folder has the figures.
"""

from inspection.photo.looks import Looks, looks_of
from inspection.photo.photo import Photo
from inspection.verdict.reading import Problem, Quality, Remark

LEAST_SIDE = 256
"""Pixels of the original's shorter side under which small damage cannot be seen."""

_ADVICE = {
    Problem.BLURRED: "Hold the phone still, tap the item to focus, and take the photo again.",
    Problem.DARK: "Turn on a light or move to a window, and take the photo again.",
    Problem.WASHED_OUT: "Move out of the bright light, wipe the lens, and take the photo again.",
    Problem.GLARE: "Tilt the item or the phone a little so that no light reflects on it.",
    Problem.TOO_FAR: "Move closer until the item fills most of the picture.",
    Problem.TOO_SMALL: "Send the original photo, not a small copy of it.",
    Problem.NOTHING_THERE: "Point the camera at the item and take the photo again.",
}


def judge(photo: Photo) -> Quality:
    """All that is wrong with a photo, the most telling problem first."""
    problems = [Problem.TOO_SMALL] if min(photo.width, photo.height) < LEAST_SIDE else []
    problems += problems_seen(looks_of(photo.whole))
    return Quality(remarks=tuple(Remark(problem=p, advice=_ADVICE[p]) for p in problems))


def problems_seen(looks: Looks) -> list[Problem]:
    """The thresholds. A photo in which nothing is seen has no other problem worth naming."""
    dark, washed_out = looks.light_end <= 60, looks.dark_end >= 150
    if looks.detailed <= 0.01 and not dark and not washed_out:
        return [Problem.NOTHING_THERE]
    seen = {
        Problem.DARK: dark,
        Problem.WASHED_OUT: washed_out,
        Problem.BLURRED: looks.crispness <= 1.6 or looks.direction <= 1.3,
        Problem.GLARE: looks.glare >= 0.06,
        Problem.TOO_FAR: looks.detailed <= 0.06 and not dark,
    }
    return [problem for problem, is_seen in seen.items() if is_seen]
