"""The style sheet, the script and the icon, from memory; named by content, so that a browser asks once."""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from inspection import report

HERE = Path(__file__).parent
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

router = APIRouter(include_in_schema=False)


@cache
def _files() -> dict[str, bytes]:
    found = {path.name: path.read_bytes() for path in HERE.iterdir() if path.suffix in _TYPES}
    return {**found, "report.css": report.STYLE.encode()}


@cache
def address(name: str) -> str:
    """Such as `/static/page.css?v=1a2b3c4d`: another content is another address."""
    return f"/static/{name}?v={hashlib.sha256(_files()[name]).hexdigest()[:8]}"


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """One of a fixed few, whatever path is asked for."""
    content = _files().get(name)
    if content is None:
        raise HTTPException(404, "There is no such file.")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(content, media_type=_TYPES[Path(name).suffix], headers=headers)
