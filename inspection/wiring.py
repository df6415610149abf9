"""The one place that names adapters: settings in, a product that works out."""

import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from random import SystemRandom
from typing import Any, Literal

import numpy as np
import simplejpeg
import structlog
import uuid_utils
from numpy.typing import NDArray

from inspection.access.links import Links
from inspection.access.passes import Passes
from inspection.access.secret import Secret, secret_of
from inspection.catalogue import Catalogue
from inspection.checked import Checked, troubles
from inspection.deciding import Terms
from inspection.errors import (
    BundleMissing,
    BundleTampered,
    InspectionError,
    PhotoNotFound,
    PhotoRejected,
    PolicyUnusable,
)
from inspection.forgetting import Forgetting
from inspection.keeping import Keeping
from inspection.look import Looker, SentPhoto
from inspection.machine import cores
from inspection.people import People
from inspection.photo.decode import open_photo
from inspection.photo.photo import Photo, Picture
from inspection.photo.quality import judge
from inspection.photo.shown import shown_copy
from inspection.ports import Cases, Gate, Job, PhotoStore
from inspection.returns.policy import Policy
from inspection.seen.backfill import Backfill, Pictures
from inspection.seen.loading import Loading
from inspection.seen.memory import PhotoMemory
from inspection.seen.photos import SeenPhotos
from inspection.seen.same import COMPARED_PX
from inspection.settings import DEFAULT_BUNDLE, Settings
from inspection.store.cases import SqlCases
from inspection.store.engine import Database, open_engine, sqlite_url
from inspection.store.events import SqlEvents
from inspection.store.fingerprints import SqlFingerprints
from inspection.store.forgotten import SqlForgotten
from inspection.store.idempotency import SqlKeys
from inspection.store.jobs.queue import JobQueue
from inspection.store.jobs.worker import Duties, Worker
from inspection.store.keys import SqlApiKeys
from inspection.store.lists import SqlLists
from inspection.store.migrations import migrate
from inspection.store.photos import open_photos
from inspection.store.references import SqlReferences
from inspection.store.remembered import SqlRemembered
from inspection.store.served import Change, ServedHistory
from inspection.store.spent import SqlSpent
from inspection.store.uploads import UploadFolder
from inspection.store.webhooks import SqlWebhooks
from inspection.sweeping import Sweeps, seldom
from inspection.telemetry import metrics
from inspection.telemetry.log import doing
from inspection.telemetry.reads import LoggedPhotos
from inspection.telemetry.traces import span
from inspection.verdict.reading import PhotoReading, Quality
from inspection.vision.bundle import Bundle
from inspection.vision.overlay import overlay
from inspection.vision.reader import BundleReader
from inspection.vision.reference_cache import ReferenceCache
from inspection.vision.runtime import open_runtime
from inspection.vision.specialist import Specialist
from inspection.webhooks.addresses import AddressRules
from inspection.webhooks.delivery import Courier
from inspection.webhooks.endpoint import AT_ONCE, MOST_WEBHOOKS
from inspection.webhooks.sender import Sender
from inspection.webhooks.signing import Signer
from inspection.webhooks.webhooks import Webhooks
from inspection.workflow import Workflow

SELDOM = timedelta(minutes=5)
"""Between rounds that ask for photos to erase: none is erased later for it than promised, in days."""

log = structlog.get_logger("inspection")


class PhotoGate:
    """`inspection.photo` behind the port."""

    def open(self, encoded: bytes) -> Photo:
        """See `inspection.photo.decode`."""
        return open_photo(encoded)

    def judge(self, photo: Photo) -> Quality:
        """See `inspection.photo.quality`."""
        return judge(photo)

    def shown(self, photo: Photo) -> bytes:
        """See `inspection.photo.shown`."""
        return shown_copy(photo)


@dataclass(frozen=True)
class Product:
    """Everything, built on first use: a command that needs no database opens none.

    `keeps_features` is for a service: it puts the features of references into its home folder. A
    command, run from anywhere, leaves no folder behind.
    """

    settings: Settings
    keeps_features: bool = False

    @cached_property
    def gate(self) -> Gate:
        """The way in for photos."""
        return PhotoGate()

    @cached_property
    def bundle(self) -> Bundle:
        """The model, verified file by file: the one asked for, else the last promoted, else the default."""
        if self.settings.bundle_given:
            return Bundle.open(self.settings.bundle)
        standing = self.served.standing()
        return still_the_same(standing[-1] if standing else None)

    @property
    def served_folder(self) -> Path:
        """Where that bundle lies, whole or not."""
        if self.settings.bundle_given:
            return self.settings.bundle
        standing = self.served.standing()
        return standing[-1].folder if standing else DEFAULT_BUNDLE

    @cached_property
    def served(self) -> ServedHistory:
        """Which bundle was in use when, in the home folder."""
        return ServedHistory(self.settings.home / "served.jsonl")

    @cached_property
    def reader(self) -> BundleReader:
        """The model on the device that was asked for."""
        runtime = open_runtime(
            self.bundle,
            device=self.settings.device,
            precision=self.settings.precision,
            engine=self.settings.runtime,
        )
        return BundleReader(self.bundle, runtime, cache=self.features, specialist=self.specialist)

    @cached_property
    def features(self) -> ReferenceCache:
        """Of photos that others are compared with."""
        return ReferenceCache(self.settings.home / "references" if self.keeps_features else None)

    @property
    def specialist(self) -> Specialist | None:
        """The one the merchant asks of these items, verified file by file; `None` where none is set."""
        folder = self.settings.specialist
        return None if folder is None else Specialist.open(folder)

    @cached_property
    def policy(self) -> Policy:
        """The rules."""
        return Policy.parse(_text(self.settings.policy))

    @cached_property
    def looker(self) -> Looker:
        """The path from photos to a decision."""
        return Looker(gate=self.gate, reader=self.reader, policy=self.policy, new_id=new_id)

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
    def cases(self) -> SqlCases:
        """Returns, inspections, reviews and the record."""
        return SqlCases(self.database, self.queue, heard=metrics.heard)

    @cached_property
    def queue(self) -> JobQueue:
        """The way in for jobs."""
        return JobQueue(self.database)

    @cached_property
    def listeners(self) -> SqlWebhooks:
        """Who is told, and what became of it."""
        return SqlWebhooks(self.database, self.queue)

    @cached_property
    def signer(self) -> Signer:
        """Of webhooks."""
        return Signer(tuple(one.key for one in self.secret.derived("webhooks")))

    @cached_property
    def webhooks(self) -> Webhooks:
        """What their owners do with them."""
        return Webhooks(
            kept=self.listeners,
            rules=AddressRules(frozenset(self.settings.webhooks_to_private.lower().split())),
            signer=self.signer,
        )

    @cached_property
    def courier(self) -> Courier:
        """Tells events to whoever listens."""
        return Courier(
            deliveries=self.listeners.deliveries,
            sender=Sender(rules=self.webhooks.rules),
            signer=self.signer,
            jitter=SystemRandom().random,
        )

    @cached_property
    def lists(self) -> SqlLists:
        """Pages of what is kept."""
        return SqlLists(self.database)

    @cached_property
    def idempotency(self) -> SqlKeys:
        """What was answered under which key."""
        return SqlKeys(self.database)

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

    @cached_property
    def catalogue(self) -> Catalogue:
        """Photos of undamaged items."""
        references = SqlReferences(self.database)
        return Catalogue(
            gate=self.gate,
            keeping=self.keeping,
            references=references,
            new_id=new_id,
            remember=self._remember_reference,
        )

    @cached_property
    def keeping(self) -> Keeping:
        """The way in for originals."""
        return Keeping(photos=self.photos, expect=self.uploads.expect)

    def _remember_reference(self, sha256: str) -> None:
        with suppress(InspectionError):  # what is not remembered now is remembered by the backfill
            photo = photo_again(self.photos, self.gate, sha256)
            if photo is not None:
                self.memory.remember([photo], seen=False)

    @cached_property
    def secret(self) -> Secret:
        """What links, sessions and webhooks are signed with."""
        given = self.settings.secret
        return secret_of(None if given is None else given.get_secret_value(), self.settings.home)

    @cached_property
    def links(self) -> Links:
        """Shoppers' links."""
        return Links(self.secret)

    @cached_property
    def passes(self) -> Passes:
        """People's way in where there is no issuer."""
        return Passes(self.secret)

    @cached_property
    def keys(self) -> SqlApiKeys:
        """API keys of other systems."""
        return SqlApiKeys(self.database)

    @cached_property
    def spent(self) -> SqlSpent:
        """What is good once, or no more."""
        return SqlSpent(self.database)

    @cached_property
    def terms(self) -> Terms:
        """How long things stay open."""
        return Terms(new_id=new_id)

    @cached_property
    def workflow(self) -> Workflow:
        """The durable path of an inspection."""
        return Workflow(
            cases=self.cases,
            photos=self.photos,
            keeping=self.keeping,
            gate=self.gate,
            looker=lambda: self.looker,
            terms=self.terms,
            jitter=SystemRandom().random,
            memory=lambda: self.memory,
        )

    @cached_property
    def seen(self) -> SeenPhotos:
        """The search among all photos."""
        rows, model = SqlFingerprints(self.database), self.bundle.sha256
        return SeenPhotos(rows, lambda sha256: picture_of(self.photos, self.gate, sha256), model=model)

    @cached_property
    def memory(self) -> PhotoMemory:
        """Every photo that came before."""
        return PhotoMemory(self.seen, self.database.writing, self._embedding)

    def _embedding(self, photo: Photo) -> NDArray[np.float16]:
        return self.reader.embedding(photo)  # not bound before it is asked: a hash needs no model

    @cached_property
    def loading(self) -> Loading:
        """Reads them into memory, beside everything else."""
        folder = self.settings.home / "seen" if self.keeps_features else None
        return Loading(self.seen.index, folder, self._failed)

    @cached_property
    def backfill(self) -> Backfill:
        """Remembers what nobody looked at."""
        return Backfill(
            SqlRemembered(self.database, model=self.bundle.sha256),
            Pictures(
                again=lambda sha256: photo_again(self.photos, self.gate, sha256), erase=self.photos.erase
            ),
            lambda photo: self.memory.remember([photo]),
        )

    @cached_property
    def people(self) -> People:
        """What people do with one."""
        return People(cases=self.cases, terms=self.terms)

    @property
    def looks_at_once(self) -> int:
        """In this process."""
        return self.settings.looks_at_once or cores()

    def worker(self) -> Worker:
        """This process's, not begun yet; its looks wait until it knows which photos came before."""
        self.loading.start()
        return Worker(
            self.database,
            f"{socket.gethostname()[:20]}-{new_id()}",
            Duties(
                handlers={Job.LOOK: self._look, Job.DELIVER: self._deliver},
                failed=self.give_up,
                interrupted=self._interrupted,
                tell=self._failed,
            ),
            at_once={Job.LOOK: self.looks_at_once, Job.DELIVER: MOST_WEBHOOKS * AT_ONCE},
        )

    @cached_property
    def sweeps(self) -> Sweeps:
        """What time alone brings about."""
        parts = {
            "inspections": self.workflow.sweep,
            "idempotency keys": self.idempotency.sweep,
            "uploads": self.uploads.sweep,
            "retention": seldom(self.forgetting.sweep, SELDOM),
            "erasure": seldom(self.forgetting.sweep_again, SELDOM),
            "events": SqlEvents(self.database).sweep,
            "reused photos": self.loading.sweep,
            "backfill": self.backfill.sweep,
            "spent": self.spent.sweep,
        }
        return Sweeps(parts, self._failed)

    def sweep(self) -> None:
        """Now."""
        self.sweeps.run(datetime.now(UTC))

    def _failed(self, part: str, error: Exception) -> None:
        """Nobody waits for an answer: the log and the metrics are told."""
        metrics.HOUSEKEEPING_FAILURES.labels(part=part).inc()
        log.error("failed", part=part, exc_info=error)

    def _interrupted(self, inspection_id: str, turn: int, attempt: int) -> None:
        log.warning("worker died in a look", inspection_id=inspection_id, turn=turn, attempt=attempt)
        self.workflow.look_again(inspection_id, turn, attempt, "The process that looked at it ended.")

    def _look(self, inspection_id: str, turn: int, attempt: int) -> None:
        with (
            doing("look", inspection_id=inspection_id, turn=turn),
            span("look"),
            metrics.looking(inspection_id, attempt) as became,
        ):
            became(self.workflow.look(inspection_id, turn, attempt))

    def _deliver(self, event_id: str, webhook_id: str, attempt: int) -> None:
        with doing("deliver", event_id=event_id, webhook_id=webhook_id, attempt=attempt), span("deliver"):
            self.courier.deliver(event_id, webhook_id, attempt)

    @cached_property
    def _counting(self) -> tuple[dict[str, float], Checked]:
        counted: dict[str, float] = {}
        return counted, Checked("records", lambda: counted.update(self._counted()), every=0)

    def standing(self) -> dict[str, float]:
        """The gauges of `inspection.telemetry.metrics.STANDING`; none where they cannot be read in time."""
        counted, reading = self._counting
        return dict(counted) if reading.trouble() is None else {}

    def _counted(self) -> dict[str, float]:
        backlog = self.lists.backlog(datetime.now(UTC))
        return {
            "inspection_submitted": backlog.submitted,
            "inspection_submitted_oldest_seconds": backlog.submitted_oldest,
            "inspection_reviews_open": backlog.reviews,
            "inspection_reviews_late": backlog.late,
            "inspection_reviews_late_oldest_seconds": backlog.late_oldest,
            "inspection_deliveries_undelivered": backlog.undelivered,
            "inspection_delivery_oldest_seconds": backlog.undelivered_oldest,
            "inspection_workers_alive": backlog.workers,
        }

    @cached_property
    def checks(self) -> dict[str, Checked]:
        """Of the stores: opened at the latest by asking, so that a folder that cannot be made is found."""
        return {
            "records": Checked("records", partial(self._check, "cases")),
            "photos": Checked("photos", partial(self._check, "photos")),
        }

    def _check(self, store: Literal["cases", "photos"]) -> None:
        checked: Cases | PhotoStore = getattr(self, store)
        checked.check()

    def stores_up(self) -> dict[str, bool]:
        """Which of them can be used."""
        wrong = troubles(self.checks)
        return {name: name not in wrong for name in self.checks}

    def give_up(self, job: Job, arguments: Sequence[Any], why: str) -> None:
        """A job that failed for good: a look goes to a person, a delivery stays listed as undelivered."""
        metrics.JOB_FAILURES.labels(kind=job.value).inc()
        log.error("given up", job=job.value, arguments=arguments, why=why)
        if job is Job.LOOK:
            self.workflow.unread(arguments[0], arguments[1], why)
        else:
            event_id, webhook_id, attempt = arguments
            self.courier.missed(event_id, webhook_id, attempt)

    @cached_property
    def photos(self) -> PhotoStore:
        """Where the settings say, else a folder in the home folder; tried as it is opened."""
        return LoggedPhotos(open_photos(self.settings.photos or self.settings.home / "photos"))

    @cached_property
    def uploads(self) -> UploadFolder:
        """Photos on their way."""
        return UploadFolder(self.database, self.settings.home / "uploads", new_id=new_id)

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


def still_the_same(promoted: Change | None) -> Bundle:
    """The bundle that was promoted, refused if it has changed since; `None` is the default one."""
    if promoted is None:
        if not DEFAULT_BUNDLE.is_dir():  # a wheel brings no model
            why = f"there is no folder {DEFAULT_BUNDLE}; set INSPECTION_BUNDLE to the folder of a bundle"
            raise BundleMissing(DEFAULT_BUNDLE.name, why)
        return Bundle.open(DEFAULT_BUNDLE)
    bundle = Bundle.open(promoted.folder)
    if bundle.sha256 != promoted.sha256:
        why = f"it has changed since its promotion on {promoted.at:%Y-%m-%d}; promote it anew if so meant"
        raise BundleTampered(promoted.folder.name, why)
    return bundle


def overlaid(shown: bytes, reading: PhotoReading) -> bytes:
    """The copy people may see, with the heat map laid over it; a JPEG again.

    The findings' boxes are not drawn into it: pages draw them sharp, numbered, and only the strongest.
    """
    picture = simplejpeg.decode_jpeg(shown)
    return bytes(simplejpeg.encode_jpeg(overlay(picture, reading.heat), quality=85))


def picture_of(photos: PhotoStore, gate: Gate, sha256: str) -> Picture | None:
    """The copy people may see, as large as comparing needs it; `None` where there is none any more.

    One that is broken is made anew from the original. Raises `ValueError` where neither can be read.
    """
    try:
        return _as_compared(photos.shown(sha256))
    except PhotoNotFound:
        return None
    except ValueError:
        log.warning("shown copy broken", sha256=sha256)
        if photo_again(photos, gate, sha256) is None:
            raise
        return _as_compared(photos.shown(sha256))


def _as_compared(shown: bytes) -> Picture:
    return np.asarray(simplejpeg.decode_jpeg(shown, min_height=COMPARED_PX, min_width=COMPARED_PX), np.uint8)


def photo_again(photos: PhotoStore, gate: Gate, sha256: str) -> Photo | None:
    """Opened once more, from its shown copy, else from the original; `None` where neither can be read."""
    try:
        return replace(gate.open(photos.shown(sha256)), sha256=sha256)
    except (PhotoNotFound, PhotoRejected):
        pass  # nobody looked at it yet, or its copy is cut off
    try:
        photo = gate.open(photos.original(sha256))
    except (PhotoNotFound, PhotoRejected):
        return None
    photos.put_shown(sha256, gate.shown(photo), again=True)
    return photo


def new_id() -> str:
    """A UUID of version 7 (RFC 9562): sorts by time."""
    return str(uuid_utils.uuid7())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyUnusable(f"The policy {path} cannot be read: {error}.") from error
