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
    dark = looks.light_end <= 70
    hazy = looks.dark_end >= 155 and looks.light_end - looks.dark_end <= 75
    washed_out = hazy or (looks.clipped >= 0.35 and looks.burnt >= 0.02)
    if looks.strongest <= 12 and not dark and not washed_out:
        return [Problem.NOTHING_THERE]
    seen = {
        Problem.DARK: dark,
        Problem.WASHED_OUT: washed_out,
        # without outlines there is nothing whose sharpness could be judged
        Problem.BLURRED: looks.outlines >= 8 and (looks.crispness <= 1.9 or looks.direction <= 1.8),
        Problem.GLARE: looks.glare >= 0.03,
        Problem.TOO_FAR: looks.detailed <= 0.15 and looks.strongest >= 100,
    }
    return [problem for problem, is_seen in seen.items() if is_seen]
