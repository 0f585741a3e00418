"""Which encoding a text file is in, judged by all of its bytes and not by the worst of them."""

from __future__ import annotations

import codecs
from typing import BinaryIO

UNDECODED = "\N{REPLACEMENT CHARACTER}"
"""Stands in a cell for bytes that are not UTF-8."""

_CHUNK = 1 << 20
_LEGACY_ENCODING = "cp1252"


def encoding_of(file: BinaryIO) -> str | None:
    """UTF-8 or cp1252, which older spreadsheets write in Mali; None when it is neither.

    A byte order mark says UTF-8. Letters of cp1252 hardly ever happen to be UTF-8, so a file of
    which at least half the letters beyond ASCII are UTF-8 is a UTF-8 file that was damaged: decode
    it with errors="replace".
    Reads the file to its end and goes back to its start.
    """
    has_mark = file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8
    file.seek(0)
    if has_mark or _looks_like_utf8(file):
        return "utf-8-sig"
    return _LEGACY_ENCODING if _is_legacy(file) else None


def _looks_like_utf8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    good = bad = 0
    chunk = file.read(_CHUNK)
    while chunk:
        following = file.read(_CHUNK)
        text = decoder.decode(chunk, final=not following)
        undecoded = text.count(UNDECODED)
        bad += undecoded
        good += len(text) - len(text.encode("ascii", "ignore")) - undecoded
        chunk = following
    file.seek(0)
    return good >= bad


def _is_legacy(file: BinaryIO) -> bool:
    try:
        while chunk := file.read(_CHUNK):
            chunk.decode(_LEGACY_ENCODING)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True
