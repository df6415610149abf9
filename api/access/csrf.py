"""A browser sends its cookies whoever made it ask. So what comes with one has to prove it is from our page.

First the browser's own word, which no page can change: Sec-Fetch-Site, else Origin. Then either a header or
method that no plain form can send (another site's script would have to ask us first, and is refused), or,
for a plain form, a token bound to the session, as `?csrf=` in the form's address or in `X-CSRF-Token`.
"""

import hmac
from hashlib import sha256
from urllib.parse import urlsplit

from fastapi import Request

from api.errors import SentFromElsewhere
from inspection.access.secret import Secret
from inspection.errors import Forbidden

HEADER = "x-csrf-token"
PARAMETER = "csrf"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_NO_FORM_SENDS = ("x-requested-with", "tus-resumable", "idempotency-key", "if-match")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "")


class FormTooOld(Forbidden):
    """The form has no token, or one of another session."""

    def __init__(self) -> None:
        super().__init__("This form is from an earlier session. Please reload the page and send it again.")


class FormTokens:
    """The tokens of forms: of one session each, and worth nothing without its cookie."""

    def __init__(self, secret: Secret) -> None:
        self._keys = [one.key for one in secret.derived("form")]

    def make(self, session: str) -> str:
        """The one to put into this session's forms."""
        return _token(self._keys[0], session)

    def good(self, token: str, session: str) -> bool:
        """Whether it was made for this session, under a secret that still counts."""
        same = [hmac.compare_digest(_token(key, session).encode(), token.encode()) for key in self._keys]
        return any(same)


def form_query(request: Request) -> str:
    """What a page's plain form puts behind its address: `?csrf=…`, or nothing where nothing is asked."""
    access = getattr(request.app.state, "access", None)
    token = None if access is None else access.form_token(request)
    return "" if token is None else f"?{PARAMETER}={token}"


def check_sender(request: Request, public_url: str | None) -> None:
    """Raises `SentFromElsewhere`. A program that is no browser says nothing, and passes."""
    site = request.headers.get("sec-fetch-site")
    if request.method in _SAFE:
        # somebody may follow a link to us; no other site may put our answers into its page
        if site in ("cross-site", "same-site") and request.headers.get("sec-fetch-mode") != "navigate":
            raise SentFromElsewhere
        return
    origin = request.headers.get("origin")
    if site not in (None, "same-origin") or (
        origin is not None and not _our_own(request, origin, public_url)
    ):
        raise SentFromElsewhere


def check_form(request: Request, tokens: FormTokens, session: str) -> None:
    """Of a request that came with a cookie. Raises `FormTooOld`."""
    if request.method in _SAFE or _needs_asking_first(request):
        return
    token = request.headers.get(HEADER) or request.query_params.get(PARAMETER, "")
    if not tokens.good(token, session):
        raise FormTooOld


def _our_own(request: Request, origin: str, public_url: str | None) -> bool:
    if public_url is not None:
        ours = urlsplit(public_url)
        return origin == f"{ours.scheme}://{ours.netloc}"
    # a proxy may have ended TLS before us, so that only the host is sure
    there = urlsplit(origin)
    return there.scheme in ("http", "https") and there.netloc == request.headers.get("host")


def _needs_asking_first(request: Request) -> bool:
    """Whether a browser asks (CORS) before it sends this for another site; the answer would be no."""
    if request.method != "POST" or any(name in request.headers for name in _NO_FORM_SENDS):
        return True
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    return content_type not in _FORMS


def _token(key: bytes, session: str) -> str:
    return hmac.digest(key, session.encode(), sha256).hex()
