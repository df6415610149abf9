"""What is kept: rows, photos, and photos on their way."""

from datetime import timedelta
from functools import cached_property

from inspection.casework.forgetting import Forgetting
from inspection.casework.keeping import Keeping
from inspection.ports import PhotoStore
from inspection.store.cases import SqlCases
from inspection.store.engine import Database, open_engine, sqlite_url
from inspection.store.forgotten import SqlForgotten
from inspection.store.idempotency import SqlKeys
from inspection.store.jobs.queue import JobQueue
from inspection.store.late_photos import LatePhotos
from inspection.store.lists import SqlLists
from inspection.store.migrations import migrate
from inspection.store.photos import open_photos
from inspection.store.uploads import UploadFolder
from inspection.telemetry import metrics
from inspection.telemetry.reads import LoggedPhotos
from inspection.wiring.ids import new_id
from inspection.wiring.model import Model


class Records(Model):
    """In one database and one store of photos."""

    @cached_property
    def database(self) -> Database:
        """SQLite in the home folder, or what the settings name; brought to today's schema."""
        given = self.settings.database
        here = sqlite_url(self.settings.home / "inspection.db")
        url = here if given is None else given.get_secret_value()
        connections = self.settings.database_connections
        database = Database(open_engine(url, connections), connections)
        migrate(database)
        return database

    @cached_property
    def queue(self) -> JobQueue:
        """The way in for jobs."""
        return JobQueue(self.database)

    @cached_property
    def cases(self) -> SqlCases:
        """Returns, inspections, reviews and the record."""
        return SqlCases(self.database, self.queue, heard=metrics.heard)

    @cached_property
    def lists(self) -> SqlLists:
        """Pages of what is kept."""
        return SqlLists(self.database)

    @cached_property
    def idempotency(self) -> SqlKeys:
        """What was answered under which key."""
        return SqlKeys(self.database)

    @cached_property
    def photos(self) -> PhotoStore:
        """Where the settings say, else a folder in the home folder; opened and tried by whoever needs it."""
        where = self.settings.photos or self.settings.home / "photos"
        return LoggedPhotos(LatePhotos(lambda: open_photos(where)))

    @cached_property
    def uploads(self) -> UploadFolder:
        """Photos on their way."""
        return UploadFolder(self.database, self.settings.home / "uploads", new_id=new_id)

    @cached_property
    def keeping(self) -> Keeping:
        """The way in for originals."""
        return Keeping(photos=self.photos, expect=self.uploads.expect)

    @cached_property
    def forgetting(self) -> Forgetting:
        """Erasure and retention."""
        days = self.settings.retention_days
        keep_for = None if days is None else timedelta(days=days)
        return Forgetting(
            photos=self.photos,
            rows=SqlForgotten(self.database),
            uploads=self.uploads,
            features=self.features,
            keep_for=keep_for,
        )
