"""What every fitting shares: one loop, seeded, logged, and safe to kill."""

from training.engine.distributed import World, joined
from training.engine.fitting import Lesson, fit
from training.engine.progress import tracked
from training.engine.stage import Stage, fingerprint

__all__ = ["Lesson", "Stage", "World", "fingerprint", "fit", "joined", "tracked"]
