"""Who sent a request: by a key, a link, a session; or from this machine itself, before any setup."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property

from fastapi import Request

from api.access.callers import Caller, NotKnown, Role
from api.access.cookies import LINK, SESSION, is_plain, name_of, set_cookie
from api.access.csrf import FormTokens, check_form, check_sender
from api.access.issuer import Issuer
from api.access.limits import RATES, UNKNOWN, Limiter, Rate
from api.access.local import from_here
from api.access.oidc import Logins
from api.access.proxies import Proxies
from api.access.session import Session, Sessions
from api.access.settings import AccessSettings
from api.access.spent import Spent, SpentHere
from inspection.access.keys import NOTED_EVERY, PREFIX, ApiKeys, checked
from inspection.access.links import Links
from inspection.access.passes import Passes
from inspection.access.secret import Secret
from inspection.errors import StoreUnusable

LOCAL = Caller("local:administrator", Role.ADMINISTRATOR)
_LONGEST_CREDENTIAL = 4096


class Access:
    """Built once an app; what it needs of the product is made on first use. Safe for threads."""

    def __init__(
        self,
        settings: AccessSettings,
        *,
        secret: Callable[[], Secret],
        keys: Callable[[], ApiKeys],
        spent: Callable[[], Spent] = SpentHere,
        rates: dict[Role, Rate] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.limiter = Limiter()
        self._rates = RATES if rates is None else rates
        self._proxies = Proxies()
        self._secret, self._keys, self._spent = secret, keys, spent

    @cached_property
    def secret(self) -> Secret:
        """Read, or made, when it is first needed."""
        return self._secret()

    @cached_property
    def keys(self) -> ApiKeys:
        """Where API keys are kept."""
        return self._keys()

    @cached_property
    def spent(self) -> Spent:
        """Sessions that ended, passes and answers to logins that came."""
        return self._spent()

    @cached_property
    def links(self) -> Links:
        """Shoppers' links."""
        return Links(self.secret)

    @cached_property
    def sessions(self) -> Sessions:
        """People's sessions."""
        return Sessions(self.secret, self.spent)

    @cached_property
    def passes(self) -> Passes:
        """The way in for people where there is no issuer."""
        return Passes(self.secret)

    @cached_property
    def forms(self) -> FormTokens:
        """What shows that a form is from our page."""
        return FormTokens(self.secret)

    @cached_property
    def logins(self) -> Logins | None:
        """Where people sign in; `None` where that was not set up."""
        oidc = self.settings.oidc
        return None if oidc is None else Logins(Issuer(oidc), self.secret, self.spent)

    def caller(self, request: Request) -> Caller:
        """See `KnowsCallers.caller`. A request is asked about, and counted, once."""
        known: Caller | None = getattr(request.state, "caller", None)
        if known is None:
            known = request.state.caller = self._judged(request)
        return known

    def _judged(self, request: Request) -> Caller:
        found = self._found(request)
        if found is None:
            self.count_unknown(request)
            raise NotKnown
        request.state.asks = found.id  # for the log, where it is refused now
        if found is not LOCAL:
            self._count(request, found.id, self._rates[found.role])
        return found

    def count_unknown(self, request: Request) -> None:
        """One more request of somebody nobody knows. Raises `AskedTooOften`."""
        self._count(request, f"address:{self._proxies.address_of(request)}", UNKNOWN)

    def session(self, request: Request) -> Session | None:
        """The person's session that the request's cookie is for."""
        if not hasattr(request.state, "session"):  # it may have ended: the database is asked once a request
            cookie = self.cookie(request, SESSION)
            request.state.session = None if cookie is None else self.sessions.read(cookie, self.clock())
        return request.state.session  # type: ignore[no-any-return]

    def cookie(self, request: Request, name: str) -> str | None:
        """The value of one of ours."""
        plain = is_plain(request, self.settings.public_url)
        return request.cookies.get(name_of(name, plain=plain))

    def form_token(self, request: Request) -> str | None:
        """What this browser's forms have to bring along, as `?csrf=`; `None` where nothing is asked."""
        session = self.session(request)
        if session is not None:
            return self.forms.make(session.id)
        link = self.cookie(request, LINK)
        return None if link is None else self.forms.make(link)

    def open_to_local(self) -> bool:
        """Whether whoever sits at this machine needs nothing: nobody set anything up yet.

        One key that was ever made ends it, revoked or not: what was closed once never opens by itself.
        """
        return self.settings.oidc is None and self.settings.public_url is None and not self.keys.any()

    def _found(self, request: Request) -> Caller | None:
        named = request.headers.getlist("authorization")
        if named:  # whoever shows something is judged by that alone
            return self._by_bearer(named[0]) if len(named) == 1 else None
        return self._by_session(request) or self._by_link(request) or self._by_place(request)

    def _by_bearer(self, header: str) -> Caller | None:
        scheme, _, credential = header.partition(" ")
        if scheme.lower() != "bearer" or len(credential) > _LONGEST_CREDENTIAL:
            return None
        credential = credential.strip()
        return self._by_key(credential) if credential.startswith(PREFIX) else self._by_token(credential)

    def _by_key(self, text: str) -> Caller | None:
        now = self.clock()
        key = checked(text, self.keys, now)
        if key is None:
            return None
        if key.last_used_at is None or now - key.last_used_at >= NOTED_EVERY:
            with suppress(StoreUnusable):  # a note: what was asked for may need no writing
                self.keys.used(key.id, now)
        scopes = frozenset(scope.value for scope in key.scopes)
        return Caller(f"key:{key.id}", Role.SERVICE, scopes=scopes, line=f"key:{key.line or key.id}")

    def _by_token(self, token: str) -> Caller | None:
        read = self.links.read(token, now=self.clock())
        return None if read is None else Caller(f"link:{read[0]}", Role.SHOPPER, return_id=read[0])

    def _by_session(self, request: Request) -> Caller | None:
        session = self.session(request)
        if session is None:
            return None
        self._from_our_page(request, session.id)
        now = self.clock()
        if session.stale(now):
            plain = is_plain(request, self.settings.public_url)
            value = self.sessions.cookie(session, now)
            request.state.cookies = [set_cookie(SESSION, value, plain=plain, seconds=None)]
        return Caller(session.person, session.role)

    def _by_link(self, request: Request) -> Caller | None:
        token = self.cookie(request, LINK)
        caller = None if token is None else self._by_token(token)
        if caller is not None and token is not None:
            self._from_our_page(request, token)
        return caller

    def _by_place(self, request: Request) -> Caller | None:
        if not from_here(request) or not self.open_to_local():
            return None
        check_sender(request, None)
        return LOCAL

    def _from_our_page(self, request: Request, session: str) -> None:
        check_sender(request, self.settings.public_url)
        check_form(request, self.forms, session)

    def _count(self, request: Request, who: str, rate: Rate) -> None:
        request.state.limits = {"RateLimit-Policy": rate.policy}  # what a refusal says
        request.state.limits = self.limiter.take(who, rate, time.monotonic()).headers
