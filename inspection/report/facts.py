"""What a file says of its origin, in words that take nothing for proven."""

from inspection.photo.provenance import Provenance


def facts(provenance: Provenance) -> tuple[tuple[str, str], ...]:
    """Name and value of all that is there, as the file has it: not escaped, and possibly hostile."""
    camera = " ".join(part for part in (provenance.camera_make, provenance.camera_model) if part)
    told = (
        ("Format", provenance.format),
        ("Camera", camera),
        ("Taken, by the camera's clock", (provenance.taken_at or "").replace("T", " ")),
        ("Software", provenance.software),
        ("Editing program named", provenance.edited_with),
        ("Declared source (IPTC)", provenance.source_type),
        ("Place", "recorded in the file; not read" if provenance.has_gps else None),
        ("Content credentials (C2PA)", "present; not verified" if provenance.has_c2pa else None),
        ("Size and format of a screenshot", "yes" if provenance.looks_like_screenshot else None),
    )
    return tuple((name, value) for name, value in told if value)
