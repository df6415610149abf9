"""Everything, built on first use."""

import numpy as np
import simplejpeg

from inspection.look import SentPhoto
from inspection.telemetry import metrics
from inspection.wiring.work import Work


class Product(Work):
    """A command that needs no database opens none."""

    def close(self) -> None:
        """Let go of the database."""
        if "loading" in self.__dict__:
            self.loading.close()
        if "queue" in self.__dict__:
            self.queue.close()
        if "database" in self.__dict__:
            self.database.close()

    def warm(self, role: str = "api") -> None:
        """Load everything and look at a grey square: the first real photo should wait for nothing."""
        grey = np.full((480, 640, 3), 127, np.uint8)
        model = self.looker.look([SentPhoto.of(simplejpeg.encode_jpeg(grey))]).inspection.reading.model
        metrics.MODEL.labels(bundle=model.bundle, sha256=model.sha256, device=model.device, role=role).set(1)
