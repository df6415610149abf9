from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated

import httpx
import pytest
from access.issuer import CLIENT, CLIENT_SECRET, running_issuer, serving
from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel
from sqlalchemy import delete

from api import problems
from api.access.access import Access
from api.access.callers import Caller, Role, allow
from api.access.install import install
from api.access.settings import AccessSettings, OidcSettings
from api.routes import keys, session
from inspection.access.secret import Secret
from inspection.store.engine import Database, open_engine, sqlite_url
from inspection.store.keys import SqlApiKeys
from inspection.store.migrations import migrate
from inspection.store.tables import API_KEYS

SECRET = "a-secret-of-the-tests-that-nobody-may-log-0123456789"  # noqa: S105


class Clock:
    """Today, until it is told to go on."""

    def __init__(self):
        self.ahead = timedelta()

    def __call__(self):
        return datetime.now(UTC) + self.ahead

    def go_on(self, **by):
        self.ahead += timedelta(**by)


class Said(BaseModel):
    word: str


def guarded_app(access, **more):
    """The routes of this part, and one of each kind that the others have."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    problems.install(app)
    install(app, access, **more)
    app.include_router(session.router)
    app.include_router(keys.router)

    @app.get("/v1/returns/{return_id}")
    def one(
        request: Request,
        return_id: str,
        caller: Annotated[Caller, Depends(allow(Role.SERVICE, Role.SHOPPER, scope="returns"))],
    ):
        caller.check_return(return_id)
        assert request.app.state.access.caller(request) is caller  # asked again, it is not counted again
        return {"id": return_id, "caller": caller.id}

    @app.post("/v1/returns")
    def make(
        said: Said, caller: Annotated[Caller, Depends(allow(Role.SERVICE, Role.SHOPPER, scope="returns"))]
    ):
        return {"caller": caller.id, "word": said.word}

    @app.get("/reviews")
    def queue(caller: Annotated[Caller, Depends(allow(Role.INSPECTOR))]):
        return {"caller": caller.id}

    @app.post("/reviews/claim")
    def claim(caller: Annotated[Caller, Depends(allow(Role.INSPECTOR, Role.SHOPPER))]):
        return {"caller": caller.id}

    return app


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """A migrated database that tests of HTTP share; those of SQL have their own, on both engines."""
    database = Database(open_engine(sqlite_url(tmp_path_factory.mktemp("access") / "inspection.db")))
    migrate(database)
    yield database
    database.close()


@pytest.fixture
def no_keys(migrated):
    with migrated.writing() as connection:
        connection.execute(delete(API_KEYS))
    return SqlApiKeys(migrated)


@pytest.fixture
def door(clock, no_keys):
    """`door(...)` is an `Access` with these settings."""

    def make(*, rates=None, secret=SECRET, **settings):
        return Access(
            AccessSettings(**settings),
            secret=lambda: Secret(secret),
            keys=lambda: no_keys,
            rates=rates,
            clock=clock,
        )

    return make


@pytest.fixture
def at_the():
    """`at_the(access)` runs a server behind it, and gives an access, an address and a client."""
    with ExitStack() as stack:

        def run(access, **more):
            address = stack.enter_context(serving(guarded_app(access, **more)))
            client = stack.enter_context(httpx.Client(base_url=address))
            return SimpleNamespace(access=access, address=address, client=client)

        yield run


@pytest.fixture(scope="session")
def one_issuer():
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def issuer(one_issuer):
    """As good as new."""
    made = type(one_issuer)()
    for name in ("claims", "header", "forge", "discovery", "roles", "replays_codes", "hides_keys", "codes",
                 "keys", "tokens", "basic", "asked"):  # fmt: skip
        setattr(one_issuer, name, getattr(made, name))
    return one_issuer


@pytest.fixture
def oidc(issuer):
    def make(**more):
        return OidcSettings(
            **{"issuer": issuer.address, "client_id": CLIENT, "client_secret": CLIENT_SECRET} | more
        )

    return make


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "home"
