"""The product's own app, where each request says itself who it is from."""

from fastapi import Request

from api.access.callers import Caller, Role
from api.app import create_app
from inspection.errors import Unauthenticated


def upload_app(product):
    """As it is served, with another lock at its door."""
    app = create_app(product)
    app.state.access.caller = said_caller
    return app


def said_caller(request: Request):
    """Whoever the request says: what is tested here is what each may, not how each proves who they are."""
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    role, _, return_id = request.headers.get("x-caller", bearer).partition(" ")
    if not role:
        raise Unauthenticated("Who asks?")
    return Caller(f"test:{role} {return_id}", Role(role), return_id or None, frozenset({"inspections"}))
