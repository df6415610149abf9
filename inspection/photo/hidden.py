"""Is there an archive behind or inside the photo? A file that is two things at once is an attack."""

_END_OF_ZIP = b"PK\x05\x06"
_ZIP_ENTRY = b"PK\x01\x02"
_OTHER_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\xfd7zXZ\x00")


def hides_archive(encoded: bytes) -> bool:
    """Whether an unpacker would find files here.

    What phones append themselves stays welcome: more pictures (MPO), a motion photo's video,
    Samsung's notes. So we look for a ZIP's directory where its end record says it is, and for
    signatures too long to occur by chance.
    """
    if encoded.count(_END_OF_ZIP) > 100:  # one is a coincidence in a motion photo's video; these are not
        return True
    end = encoded.rfind(_END_OF_ZIP)
    while end != -1:
        if _ends_a_zip(encoded, end):
            return True
        end = encoded.rfind(_END_OF_ZIP, 0, end)
    return any(signature in encoded for signature in _OTHER_ARCHIVES)


def _ends_a_zip(encoded: bytes, end: int) -> bool:
    size = int.from_bytes(encoded[end + 12 : end + 16], "little")
    if size == 0xFFFFFFFF:  # ZIP64 keeps the size elsewhere
        return _ZIP_ENTRY in encoded[:end]
    return 0 < size <= end and encoded[end - size : end - size + 4] == _ZIP_ENTRY
