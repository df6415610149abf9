"""Is there an archive behind or inside the photo? A file that is two things at once is an attack.

Recognised are four: ZIP (and what is one: JAR, DOCX, APK) anywhere, RAR, 7z and xz behind the picture.
Anything else that follows a picture, a PDF, a program, a tar or gzip file, is not looked for and is
stored as it came. Nobody is served it: originals are kept as evidence and never given out, what people
and pages see is a copy that was encoded anew.
"""

_END_OF_ZIP = b"PK\x05\x06"
_MOST_ENDS = 100  # four bytes may meet by chance in a motion photo's video, but not that often
_ZIP_ENTRY = b"PK\x01\x02"
_OTHER_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\xfd7zXZ\x00")


def hides_archive(encoded: bytes, picture_end: int) -> bool:
    """Whether an unpacker would find files here.

    What phones append themselves stays welcome: more pictures (MPO), a motion photo's video,
    Samsung's notes. So we look for a ZIP's directory where its end record says it is, and for
    signatures too long to occur by chance. A ZIP is read from its end, so it may lie anywhere; the
    others lie behind the picture.
    """
    end = encoded.find(_END_OF_ZIP)
    for _ in range(_MOST_ENDS):
        if end == -1:
            break
        if _ends_a_zip(encoded, end):
            return True
        end = encoded.find(_END_OF_ZIP, end + 1)
    else:
        return True
    return any(encoded.find(signature, picture_end) != -1 for signature in _OTHER_ARCHIVES)


def _ends_a_zip(encoded: bytes, end: int) -> bool:
    size = int.from_bytes(encoded[end + 12 : end + 16], "little")
    if size == 0xFFFFFFFF:  # ZIP64 keeps the size elsewhere
        return _ZIP_ENTRY in encoded[:end]
    return 0 < size <= end and encoded[end - size : end - size + 4] == _ZIP_ENTRY
