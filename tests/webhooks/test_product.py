"""The product as it is served: what happens over HTTP is told to who listens."""

import httpx
import pytest
from servers import running
from standardwebhooks import Webhook as Verifier

from api.access.callers import Caller, Role, the_caller
from api.app import create_app
from inspection.settings import Settings
from inspection.wiring import Product

pytestmark = pytest.mark.skipif(
    not hasattr(Product, "webhooks"), reason="the product is not wired to webhooks"
)


@pytest.fixture
def telling(database_url, tiny_bundle, tmp_path, receiver):
    url = database_url.render_as_string(hide_password=False)
    home = tmp_path / "home"
    return Product(Settings(bundle=tiny_bundle, home=home, database=url, webhooks_to_private=receiver.host))


def test_what_happens_in_the_served_product_is_told_to_who_listens(telling, receiver):
    app = create_app(telling, works=True)
    app.dependency_overrides[the_caller] = lambda: Caller("key:1", Role.SERVICE, scopes=frozenset({"admin"}))
    with running(app) as address, httpx.Client(base_url=address) as client:
        made = client.post("/v1/webhooks", json={"url": receiver.url}).json()
        wanted = {"currency": "EUR", "lines": [{"title": "A cup", "price_cents": 4000}]}
        returned = client.post("/v1/returns", json=wanted).json()
        (received,) = receiver.wait(1, seconds=40)
    told = Verifier(made["secret"]).verify(received.body, received.headers)
    assert (told["type"], told["subject"]) == ("return.requested", returned["id"])
