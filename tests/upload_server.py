"""An app of uploads alone, and a process that serves it: `python upload_server.py BUNDLE HOME PORT`."""

import sys
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request

from api import problems
from api.access.body import BoundedBodies
from api.access.callers import Caller, Role, the_caller
from api.deps import Desk
from api.headers import SafeHeaders
from api.routes import photos, uploads
from inspection.errors import Unauthenticated
from inspection.settings import Settings
from inspection.wiring import Product


def upload_app(product):
    @asynccontextmanager
    async def house(app):
        yield
        app.state.desk.close()

    app = FastAPI(lifespan=house)
    app.state.desk = Desk(product)
    app.add_middleware(BoundedBodies)  # as the product has it: uploads have to pass
    app.add_middleware(SafeHeaders)
    problems.install(app)
    app.include_router(uploads.router)
    app.include_router(photos.router)
    app.dependency_overrides[the_caller] = said_caller
    return app


def said_caller(request: Request):
    """Whoever the request says: what is tested here is what each may, not how each proves who they are."""
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    role, _, return_id = request.headers.get("x-caller", bearer).partition(" ")
    if not role:
        raise Unauthenticated("Who asks?")
    return Caller(f"test:{role}", Role(role), return_id or None, frozenset({"inspections"}))


if __name__ == "__main__":
    bundle, home, port = sys.argv[1:]
    served = Product(Settings(bundle=Path(bundle), home=Path(home)))
    uvicorn.run(upload_app(served), port=int(port), http="api.protocol:ProblemProtocol", log_level="critical")
