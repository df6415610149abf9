"""`inspection seen`: what is remembered, and remembering the rest."""

import hashlib
import json

from inspection.settings import Settings
from inspection.wiring import Product


def test_what_nobody_looked_at_is_remembered_now_and_once(say, jpeg):
    product = Product(Settings.read())
    case = product.workflow.open()
    for number in (1, 2):
        encoded = jpeg(number)
        sha256 = hashlib.sha256(encoded).hexdigest()
        product.photos.put_original(sha256, encoded)
        product.workflow.add_photo(case.id, sha256, len(encoded))
    product.close()
    coverage = say("seen", "coverage", "--json")
    assert json.loads(coverage.stdout) == {"photos": 2, "hashed": 0, "seen": 0}
    done = say("seen", "backfill")
    assert done.exit_code == 0
    assert "Remembered 2 photos. Of 2 photos 2 are found again" in done.stdout
    assert "Remembered 0 photos." in say("seen", "backfill").stdout
    assert say("seen", "coverage").stdout == (
        "Of 2 photos 2 are found again as whole pictures, 2 in parts, too.\n"
    )
