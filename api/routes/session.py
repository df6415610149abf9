"""Coming and going: people sign in at their issuer, shoppers open the link they were sent."""

import logging
import re
from contextlib import suppress
from functools import partial
from html import escape
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.access.access import Access
from api.access.callers import Caller, NotKnown, Role, the_caller
from api.access.cookies import LINK, LOGIN, SESSION, drop_cookie, is_plain, set_cookie
from api.access.csrf import check_form, check_sender
from api.access.few import at_issuer
from api.access.local import asked_host
from api.access.oidc import MOST_SECONDS, LoginRefused, Logins
from api.bodies.access import WhoAmI
from api.pages import wants_page
from inspection.errors import NotFound, SettingUnusable, SetupProblem

CALLBACK = "/session/callback"
SHOPPER_PAGE, SHOPPER_ANSWER = "/returns/{return_id}", "/v1/returns/{return_id}"
"""Where an opened link leads: a browser, and a program."""

_OUR_PAGE = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
_LONGEST_PAGE = 500

router = APIRouter()
log = logging.getLogger("inspection.access")


class NoLogin(NotFound):
    """An installation without an issuer."""

    def __init__(self) -> None:
        super().__init__("Nobody signs in here: no issuer was set up.")


@router.get("/v1/session", tags=["access"], summary="Who am I?")
def who_am_i(request: Request, caller: Annotated[Caller, Depends(the_caller)]) -> WhoAmI:
    """Whom the credentials of this request are for, and what they may be used for."""
    access = _access(request)
    by_cookie = "authorization" not in request.headers
    session = access.session(request) if by_cookie else None
    return WhoAmI(
        id=caller.id,
        role=caller.role,
        name=None if session is None else session.name,
        return_id=caller.return_id,
        scopes=sorted(caller.scopes),
        csrf=access.form_token(request) if by_cookie else None,
    )


@router.get("/session/login", include_in_schema=False)
async def login(request: Request, next: str = "/") -> Response:
    """Off to the issuer; afterwards to the page that was asked for, if it is one of ours."""
    _access(request).count_unknown(request)
    page = next if len(next) <= _LONGEST_PAGE and _OUR_PAGE.fullmatch(next) else "/"
    return await at_issuer(request, partial(_begun, request, page))


@router.get(CALLBACK, include_in_schema=False)
async def callback(request: Request) -> Response:
    """Back from the issuer."""
    _access(request).count_unknown(request)
    return await at_issuer(request, partial(_finished, request))


@router.get("/session/enter/{token}", include_in_schema=False)
def enter(token: str, request: Request) -> Response:
    """With a pass from `inspection login`; where there is an issuer, people come through it alone."""
    access, now = _access(request), _access(request).clock()
    there = access.passes.read(token, now=now) if access.settings.oidc is None else None
    if there is None or not access.spent.spend(f"pass {there.number}", there.until, now):
        access.count_unknown(request)
        raise NotKnown
    session = access.sessions.begin(f"local:{there.name}", there.name, Role(there.role), now)
    log.info("%s came in as %s", session.person, session.role.value)
    cookie = access.sessions.cookie(session, now)
    return _to("/", set_cookie(SESSION, cookie, plain=_is_plain(request), seconds=None))


@router.head("/session/enter/{token}", include_in_schema=False)
def look_at(token: str, request: Request) -> Response:
    """Whether it would let somebody in. Programs that preview links ask so, and it spends nothing."""
    access = _access(request)
    there = access.passes.read(token, now=access.clock()) if access.settings.oidc is None else None
    if there is None or f"pass {there.number}" in access.spent:
        access.count_unknown(request)
        raise NotKnown
    return _to("/")


@router.post("/session/logout", include_in_schema=False)
async def logout(request: Request) -> Response:
    """The session is over, everywhere; a link leads to the issuer's own end of it."""
    access, plain = _access(request), _is_plain(request)
    check_sender(request, access.settings.public_url)
    await to_thread.run_sync(_ended, request)
    address = None
    if access.logins is not None:
        with suppress(SetupProblem):  # whoever wants to leave is let out, issuer or not
            address = await at_issuer(request, access.logins.issuer.ends_at)
    page = HTMLResponse(_signed_out(address))
    for cookie in (SESSION, LINK):
        page.headers.append("set-cookie", drop_cookie(cookie, plain=plain))
    return page


@router.get("/r/{token}", include_in_schema=False)
def open_link(token: str, request: Request) -> Response:
    """The shopper's link: kept in a cookie, so that it is in no address any more."""
    access, now = _access(request), _access(request).clock()
    read = access.links.read(token, now=now)
    if read is None:
        access.count_unknown(request)
        raise NotKnown
    return_id, until = read
    left = max(1, int((until - now).total_seconds()))
    leads_to = SHOPPER_PAGE if wants_page(request) else SHOPPER_ANSWER
    return _to(
        leads_to.format(return_id=return_id),
        set_cookie(LINK, token, plain=_is_plain(request), seconds=left),
    )


def _access(request: Request) -> Access:
    there = request.app.state.access
    assert isinstance(there, Access)  # noqa: S101 `install` put it there
    return there


def _is_plain(request: Request) -> bool:
    return is_plain(request, _access(request).settings.public_url)


def _logins(access: Access) -> Logins:
    if access.logins is None:
        raise NoLogin
    return access.logins


def _callback(request: Request) -> str:
    """Where the issuer sends people back to: never to a host that only the request names."""
    public_url = _access(request).settings.public_url
    if public_url is not None:
        return public_url + CALLBACK
    if not _is_plain(request):
        raise SettingUnusable("public_url", f"it is needed to sign in; {asked_host(request)!r} may be anyone")
    return f"http://{request.headers['host']}{CALLBACK}"


def _to(address: str, *cookies: str) -> Response:
    response = RedirectResponse(address, status_code=303, headers={"Referrer-Policy": "no-referrer"})
    for cookie in cookies:
        response.headers.append("set-cookie", cookie)
    return response


def _begun(request: Request, page: str) -> Response:
    access, plain = _access(request), _is_plain(request)
    address, waiting = _logins(access).begin(page, _callback(request), access.clock())
    return _to(address, set_cookie(LOGIN, waiting, plain=plain, seconds=MOST_SECONDS))


def _finished(request: Request) -> Response:
    access, plain = _access(request), _is_plain(request)
    waiting = access.cookie(request, LOGIN) or ""
    answer = request.query_params
    if len(answer) != len(answer.multi_items()):  # a word said twice is an attempt at something
        raise LoginRefused
    person, page = _logins(access).finish(answer, waiting, _callback(request), access.clock())
    session = access.sessions.begin(person.id, person.name, person.role, access.clock())
    log.info("%s signed in as %s", person.id, person.role.value)
    cookie = set_cookie(SESSION, access.sessions.cookie(session, session.begun), plain=plain, seconds=None)
    return _to(page, cookie, drop_cookie(LOGIN, plain=plain))


def _ended(request: Request) -> None:
    access = _access(request)
    session = access.session(request)
    if session is not None:
        check_form(request, access.forms, session.id)
        access.sessions.end(session, access.clock())


def _signed_out(address: str | None) -> str:
    """A page of its own: any other would send a browser straight back in, through the issuer."""
    links = ['<a href="/">Sign in again</a>']
    if address is not None:
        links.append(f'<a href="{escape(address)}">Sign out of everything else</a>')
    body = "".join(f"<p>{link}</p>" for link in links)
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Signed out</title>'
    return f"{head}<main><h1>You are signed out.</h1>{body}</main></html>"
