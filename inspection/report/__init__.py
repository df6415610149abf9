"""An inspection as a person reads it: one self-contained page, or a fragment of a larger one.

pictures = {photo_id: Pictures(shown=url_or_data_uri, heat=url_or_data_uri_or_None, ...)}
render(inspection, pictures)    -> str     a whole HTML file: no script, no request to anywhere
fragment(inspection, pictures)  -> Markup  the same without the page around it, for a web page
facts(photo.provenance)         -> for Pictures(facts=...): what the file says of its origin
STYLE                           the CSS that the fragment needs; light, dark, phone and print
"""

from inspection.report.facts import facts
from inspection.report.render import STYLE, fragment, render
from inspection.report.seen import Pictures, data_uri

__all__ = ["STYLE", "Pictures", "data_uri", "facts", "fragment", "render"]
