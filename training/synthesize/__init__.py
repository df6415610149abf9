"""Pictures that nobody took: damage with its mask, harmless lookalikes, photos of screens, a phone's camera.

Pictures are uint8 RGB (h, w, 3), in and out; everything random comes from the generator passed first, so a
seed gives the same picture again. What is learned from these is judged on real photos only.
"""

from training.synthesize.camera import camera, photographed
from training.synthesize.damage import KINDS, Damaged, KindNotSynthesized, damage
from training.synthesize.lookalikes import LOOKALIKES, lookalike
from training.synthesize.rephotograph import rephotograph, reprint
from training.synthesize.subjects import subject

__all__ = [
    "KINDS",
    "LOOKALIKES",
    "Damaged",
    "KindNotSynthesized",
    "camera",
    "damage",
    "lookalike",
    "photographed",
    "rephotograph",
    "reprint",
    "subject",
]
