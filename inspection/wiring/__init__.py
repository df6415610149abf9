"""The one place that names adapters: settings in, a product that works out.

Read upwards, each file knows those before it: model, records, door, seen, casework, watching, work, product.
"""

from inspection.wiring.gate import PhotoGate
from inspection.wiring.ids import new_id
from inspection.wiring.model import overlaid, still_the_same
from inspection.wiring.product import Product
from inspection.wiring.seen import picture_of

__all__ = ["PhotoGate", "Product", "new_id", "overlaid", "picture_of", "still_the_same"]
