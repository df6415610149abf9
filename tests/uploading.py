"""What tests of uploads share."""

import base64
import hashlib
import socket

import numpy as np
import simplejpeg

from inspection.casework.receiving import Receiving
from inspection.returns.case import Line, Return
from inspection.wiring import new_id


def receiving_of(product):
    return Receiving(
        cases=product.cases,
        gate=product.gate,
        photos=product.photos,
        uploads=product.uploads,
        add_photo=product.workflow.add_photo,
    )


def requested(product):
    """A return of one item."""
    with product.cases.change() as change:
        now = change.now
    id_, line_id = new_id(), new_id()
    line = Line(id=line_id, return_id=id_, position=1, title="A cup", sku="cup-1", price_cents=4000)
    return product.workflow.request_return(
        Return(id=id_, created_at=now, currency="EUR", reference=None, lines=(line,))
    )


def large_jpeg(number, size):
    """A photo like no other of about `size` bytes, decoded in some 20 ms: noise behind an honest header."""
    random = np.random.default_rng(number)
    picture = np.ascontiguousarray(
        random.integers(60, 200, (12, 16, 3), np.uint8).repeat(50, 0).repeat(50, 1)
    )
    encoded = simplejpeg.encode_jpeg(picture, quality=90)
    filling = random.bytes(max(0, size - len(encoded)))
    comments = [
        filling[at : at + 65_000] for at in range(0, len(filling), 65_000)
    ]  # COM segments: kept, unread
    told = b"".join(b"\xff\xfe" + (len(one) + 2).to_bytes(2, "big") + one for one in comments)
    return encoded[:2] + told + encoded[2:]


def sha256_of(encoded):
    return hashlib.sha256(encoded).hexdigest()


def in_base64(said):
    return base64.b64encode(said).decode()


def photos_of(product, inspection_id):
    with product.cases.change() as change:
        return change.photos_of(inspection_id)


STREAM = {"Content-Type": "application/offset+octet-stream"}


def begin(client, inspection, encoded, *, view=None, sha256=None, length=None, **more):
    told = f"sha256 {in_base64((sha256 or sha256_of(encoded)).encode())}"
    if view is not None:
        told += f",view {in_base64(view.encode())}"
    headers = {"Upload-Length": str(len(encoded) if length is None else length), "Upload-Metadata": told}
    return client.post(f"/v1/inspections/{inspection.id}/uploads", headers=headers | more)


def send(client, location, offset, encoded, **more):
    return client.patch(location, content=encoded, headers={"Upload-Offset": str(offset), **STREAM} | more)


def line(address, method, path, length, **headers):
    """A connection on which the headers went out, and nothing of a body of so many bytes yet."""
    host, port = address.removeprefix("http://").split(":")
    told = {"Host": host, "Tus-Resumable": "1.0.0", "Content-Length": str(length), **STREAM} | headers
    opened = socket.create_connection((host, int(port)), 10)
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    opened.sendall("\r\n".join(lines).encode())
    return opened
