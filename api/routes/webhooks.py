"""Webhooks: endpoints of other systems, and what they were told; docs/webhooks.md is for receivers."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access.callers import Caller, Role, allow
from api.bodies.pages import Cursor, Limit, Page
from api.bodies.webhooks import (
    DeliveryOut,
    ReplayIn,
    ReplayOut,
    SecretOut,
    WebhookChange,
    WebhookId,
    WebhookIn,
    WebhookOut,
    cursor_of,
    moment_of,
)
from api.etags import IfMatch, Versioned, tagged, version_of
from api.once import made_id, once
from inspection.webhooks.endpoint import DeliveryState, Webhook
from inspection.webhooks.webhooks import Webhooks

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=Versioned)

Owner = Annotated[Caller, Depends(allow(Role.SERVICE, Role.ADMINISTRATOR, scope="webhooks"))]


def listening(request: Request) -> Webhooks:
    """Those of this product."""
    there = request.app.state.desk.product.webhooks
    assert isinstance(there, Webhooks)  # noqa: S101 the wiring put them there
    return there


WebhooksDep = Annotated[Webhooks, Depends(listening)]


@router.post("", summary="Add a webhook", status_code=201)
def add(
    body: WebhookIn, request: Request, response: Response, webhooks: WebhooksDep, caller: Owner
) -> SecretOut:
    """From now on its events are posted there. The secret that signs them is shown this once."""
    id_ = made_id(request)
    made = once(request, lambda: webhooks.add(body.url, body.types, by=caller.id, webhook_id=id_))
    webhook = made or webhooks.kept.get(str(id_))
    response.headers["Location"] = f"/v1/webhooks/{webhook.id}"
    return _with_secret(response, webhook, webhooks)


@router.get("", summary="List webhooks")
def list_webhooks(
    webhooks: WebhooksDep, caller: Owner, cursor: Cursor = None, limit: Limit = 50
) -> Page[WebhookOut]:
    """The oldest first."""
    found, following = webhooks.kept.list(after=cursor, limit=limit)
    return Page(items=[WebhookOut.of(one) for one in found], next=following)


@router.get("/{webhook_id}", summary="Read a webhook")
def read(webhook_id: WebhookId, response: Response, webhooks: WebhooksDep, caller: Owner) -> WebhookOut:
    """Without its secret."""
    return _tagged(response, webhooks.kept.get(webhook_id))


@router.patch("/{webhook_id}", summary="Change a webhook")
def change(
    webhook_id: WebhookId,
    body: WebhookChange,
    response: Response,
    webhooks: WebhooksDep,
    caller: Owner,
    if_match: IfMatch = None,
) -> WebhookOut:
    """Its address, its types or both. Attempts that are still to come go to the new address."""
    version = version_of(if_match, lambda: webhooks.kept.get(webhook_id).version)
    changed = webhooks.change(webhook_id, by=caller.id, url=body.url, types=body.types, version=version)
    return _tagged(response, changed)


@router.delete("/{webhook_id}", summary="Remove a webhook", status_code=204)
def remove(webhook_id: WebhookId, webhooks: WebhooksDep, caller: Owner, if_match: IfMatch = None) -> None:
    """It is told nothing any more, not even what is under way."""
    version = version_of(if_match, lambda: webhooks.kept.get(webhook_id).version)
    webhooks.kept.remove(webhook_id, by=caller.id, version=version)


@router.post("/{webhook_id}/rotate", summary="Make a new secret")
def rotate(
    webhook_id: WebhookId,
    request: Request,
    response: Response,
    webhooks: WebhooksDep,
    caller: Owner,
    if_match: IfMatch = None,
) -> SecretOut:
    """Shown this once. For 24 hours each event carries a signature of the old secret, too."""
    version = version_of(if_match, lambda: webhooks.kept.get(webhook_id).version)
    made = once(request, lambda: webhooks.kept.rotate(webhook_id, by=caller.id, version=version))
    return _with_secret(response, made or webhooks.kept.get(webhook_id), webhooks)


@router.get("/{webhook_id}/deliveries", summary="What became of its events")
def list_deliveries(
    webhook_id: WebhookId,
    webhooks: WebhooksDep,
    caller: Owner,
    state: DeliveryState | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[DeliveryOut]:
    """The newest events first; `state=given_up` lists what will not be tried again by itself."""
    webhooks.kept.get(webhook_id)
    found, following = webhooks.kept.deliveries.list(webhook_id, state=state, after=cursor, limit=limit)
    return Page(items=[DeliveryOut.of(one) for one in found], next=following)


@router.post("/{webhook_id}/replay", summary="Send events again", status_code=202)
def replay(
    webhook_id: WebhookId, body: ReplayIn, request: Request, webhooks: WebhooksDep, caller: Owner
) -> ReplayOut:
    """Under the ids they had, whether they arrived or not; some hundred a call, the oldest first."""
    deliveries = webhooks.kept.deliveries
    if body.since is None:
        once(request, lambda: deliveries.replay(webhook_id, str(body.event_id)))
        return ReplayOut(replayed=1, next=None)
    count, following = deliveries.replay_since(
        webhook_id, body.since, undelivered=body.undelivered, after=moment_of(body.cursor)
    )
    return ReplayOut(replayed=count, next=cursor_of(following))


@router.post("/{webhook_id}/test", summary="Try a webhook", status_code=202)
def test(webhook_id: WebhookId, request: Request, webhooks: WebhooksDep, caller: Owner) -> DeliveryOut:
    """Sends it an event `webhook.ping`, whatever it listens to; its deliveries say whether it arrived."""
    id_ = made_id(request)
    deliveries = webhooks.kept.deliveries
    made = once(request, lambda: deliveries.ping(webhook_id, by=caller.id, event_id=id_))
    return DeliveryOut.of(made or deliveries.one(str(id_), webhook_id))


def _tagged(response: Response, webhook: Webhook) -> WebhookOut:
    tagged(response, webhook.version)
    return WebhookOut.of(webhook)


def _with_secret(response: Response, webhook: Webhook, webhooks: Webhooks) -> SecretOut:
    tagged(response, webhook.version)
    response.headers["Cache-Control"] = "no-store"
    return SecretOut.shown(webhook, webhooks.secret_of(webhook))
