"""The HTTP front: one app over one product."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import Depends, FastAPI

import inspection
from api import problems, telemetry
from api.access.access import Access
from api.access.given import access_settings
from api.access.install import install
from api.access.queries import known_queries
from api.bodies import events
from api.deps import Desk
from api.described import describe
from api.pages import files
from api.routes import (
    cases,
    classify,
    health,
    inspections,
    keys,
    links,
    photos,
    references,
    returns,
    reviews,
    session,
    shopper,
    uploads,
    webhooks,
)
from api.telemetry import Counted
from inspection.ending import ENDING
from inspection.machine import give_memory_back
from inspection.settings import Settings
from inspection.telemetry import log, traces
from inspection.telemetry.metrics import REGISTRY, Standing
from inspection.wiring import Product

ABOUT = """Photos of a returned item in, a decision with its reasons out.

Every error is a problem (RFC 9457, `application/problem+json`) with a stable `code`. Beside what each
operation names, any path answers 405 to a method that it has not, and any request that is no HTTP as we
know it is a 400 or 431. Asking too often is 429; `RateLimit` on every answer says how much is left."""

PARTS = (
    classify, returns, cases, photos, uploads, reviews, references, webhooks, keys, links, session, health,
    inspections, shopper, files,
)  # fmt: skip


def serve() -> FastAPI:
    """For `uvicorn --factory api.app:serve`. A port for metrics alone is opened by the command `serve`."""
    settings = Settings.read()
    log.configure()
    log.catch_all()
    traces.configure("inspection")
    return create_app(Product(settings, keeps_features=True), works=True)


def create_app(product: Product, *, works: bool = False) -> FastAPI:
    """The API and the pages of that product; one that `works` runs the jobs in this process, too."""
    app = FastAPI(
        title="Inspection",
        version=inspection.__version__,
        description=ABOUT,
        lifespan=_open_house,
        # the framework's documentation pages fetch scripts from elsewhere; this works offline
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # an address has one spelling, and none leads to a host that a request names
        dependencies=[Depends(known_queries)],
        webhooks=events.router,
    )
    app.state.desk = Desk(product, works=works)
    problems.install(app)
    settings = access_settings(product.settings)
    install(
        app,
        Access(
            settings, secret=lambda: product.secret, keys=lambda: product.keys, spent=lambda: product.spent
        ),
    )
    app.add_middleware(Counted)
    if product.settings.metrics_port is None:
        app.include_router(telemetry.router)
    for part in PARTS:
        app.include_router(part.router)
    describe(app, address=settings.public_url)
    return app


@asynccontextmanager
async def _open_house(app: FastAPI) -> AsyncIterator[None]:
    """Answers at once; the model is loaded beside it, and `/readyz` says when it is there."""
    give_memory_back()
    desk = app.state.desk
    product = desk.product
    standing = Standing(product.standing, product.stores_up)
    REGISTRY.register(standing)
    warming = threading.Thread(target=desk.warm, name="warm", daemon=True)
    warming.start()
    yield
    desk.stop()  # first: or it would begin until a database comes that may never come
    REGISTRY.unregister(standing)
    await to_thread.run_sync(warming.join, ENDING.left())
    await to_thread.run_sync(desk.close)
