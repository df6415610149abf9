"""Steps on the way of a return that several tests take, and who takes them."""

import hashlib
import time

from api.access.callers import Caller, Role

SHOP = Caller("key:shop", Role.SERVICE, scopes=frozenset({"admin"}))
ADA = Caller("person:ada", Role.INSPECTOR)
BEN = Caller("person:ben", Role.INSPECTOR)


def shopper_of(return_id):
    return Caller(f"link:{return_id}", Role.SHOPPER, return_id=return_id)


def looked_at(client, app, line_id, encoded):
    opened = client.post("/v1/inspections", json={"line_id": line_id}).json()
    add(app, opened["id"], encoded)
    assert client.post(f"/v1/inspections/{opened['id']}/submit").status_code == 200
    return wait(client, opened["id"])


def add(app, inspection_id, encoded):
    product = app.state.desk.product
    sha256 = hashlib.sha256(encoded).hexdigest()
    product.photos.put_original(sha256, encoded)
    product.workflow.add_photo(inspection_id, sha256, len(encoded))


def wait(client, inspection_id):
    until = time.monotonic() + 20
    while (said := client.get(f"/v1/inspections/{inspection_id}").json())["state"] == "submitted":
        assert time.monotonic() < until
        time.sleep(0.05)
    return said


def review_of(client, inspection_id):
    (review,) = [r for r in client.get("/v1/reviews").json()["items"] if r["inspection_id"] == inspection_id]
    return review
