"""A thin, typed client of the HTTP API, for Python: `pip install 'inspection[client]'`.

    with Client("https://inspection.example", key="isk_…") as client:
        lines = [LineIn(title="A cup", price_cents=1990)]
        made = client.request_return(ReturnIn(currency="EUR", lines=lines))
        inspection = client.open(line_id=made.lines[0].id)
        client.upload(inspection.id, Path("cup.jpg").read_bytes())
        client.submit(inspection.id)
        print(client.wait(inspection.id).decision)

Every POST goes out under an Idempotency-Key of its own and is sent again until it is answered, so that a
bad network makes nothing twice. What is refused is raised as `Refused`, with the problem's code.
`if_version` is the `version` that was read: where somebody was quicker, `Refused` says `changed_meanwhile`.
"""

from api.client.access import Access
from api.client.inspections import Inspections
from api.client.references import References
from api.client.returns import Returns
from api.client.reviews import Reviews
from api.client.transport import OutcomeUnknown, Refused
from api.client.uploads import PhotoLost, Uploads
from api.client.webhooks import Webhooks

__all__ = ["Client", "OutcomeUnknown", "PhotoLost", "Refused"]


class Client(Returns, Uploads, Inspections, Reviews, References, Webhooks, Access):
    """`key` is an API key or a link's token. Not for several threads at once."""
