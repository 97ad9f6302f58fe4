"""Names inside a zip. Archives made on Chinese, Japanese and Korean Windows hold them in the old
encodings without saying so, and the zip format's own reading of them is CP437 (APPNOTE 6.3.10,
appendix D)."""

import struct
import zipfile
from itertools import pairwise

from studio.text.encoding import common_share

UTF8_FLAG = 0x800
UNICODE_PATH = 0x7075  # Info-ZIP's extra field: version, CRC of the plain name, the name in UTF-8


def recovered(infos: list[zipfile.ZipInfo]) -> list[str]:
    """The members' names as whoever packed them saw them, in the same order; all unmarked ones are
    read in one encoding.
    """
    raws = [None if info.flag_bits & UTF8_FLAG else _raw(info.orig_filename) for info in infos]
    encoding = _encoding([raw for raw in raws if raw is not None and not raw.isascii()])
    names = []
    for info, raw in zip(infos, raws, strict=True):
        name = _unicode_path(info.extra) or (
            raw.decode(encoding, "replace") if raw is not None and encoding else info.orig_filename
        )
        names.append(name.replace("\0", ""))
    return names


def _raw(name: str) -> bytes | None:
    try:
        return name.encode("cp437")
    except UnicodeEncodeError:
        return None


def _encoding(raws: list[bytes]) -> str | None:
    """The one encoding of these names; None to leave them as CP437."""
    joined = b"\n".join(raws)
    if not joined:
        return None
    if _fits(joined, "utf-8"):
        return "utf-8"
    if _simple_gb(joined):
        return "gb18030"
    if (japanese := _fits(joined, "cp932")) and any("\u3041" <= c <= "\u30f6" for c in japanese):
        return "cp932"
    scored = [
        (common_share(text), name)
        for name in ("gb18030", "big5hkscs")
        if (text := _fits(joined, name))
    ]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= 0.15 else None


def _fits(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _simple_gb(data: bytes) -> bool:
    """Whether all that is not ASCII are pairs from GB 2312, which names in no other encoding keep
    to.
    """
    place = 0
    while place < len(data):
        if data[place] < 0x80:
            place += 1
        elif 0xA1 <= data[place] <= 0xF7 and place + 1 < len(data) and data[place + 1] >= 0xA1:
            place += 2
        else:
            return False
    return _fits(data, "gb18030") is not None


def _unicode_path(extra: bytes) -> str:
    """The name in an archive's own Unicode field; "" if there is none."""
    places = [0]
    while places[-1] + 4 <= len(extra):
        places.append(places[-1] + 4 + struct.unpack_from("<H", extra, places[-1] + 2)[0])
    for start, end in pairwise(places):
        if struct.unpack_from("<H", extra, start)[0] == UNICODE_PATH and end <= len(extra):
            return _fits(extra[start + 9 : end], "utf-8") or ""
    return ""
