"""What a token stands for where that is no whole character: some of a character's bytes.

A tokenizer that falls back to bytes cuts rare characters apart: "囍" may be three tokens of a byte
each. The text that belongs to such a token is either the whole character or nothing, so the bytes
themselves are what can be shown.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

FALLBACK = re.compile(r"<0x([0-9A-Fa-f]{2})>")  # as SentencePiece writes a byte


def split_characters(
    tokenizer: Any, ids: Sequence[int], texts: Sequence[str]
) -> dict[int, dict[str, Any]]:
    """Those of the tokens that hold a part of a character: place → {"segments": [[text, whether it
    is bytes in hexadecimal], …], "of": the character}.

    texts: the piece of text of each token, a character of several tokens with its first.
    """
    found: dict[int, dict[str, Any]] = {}
    character = ""
    for place, (number, text) in enumerate(zip(ids, texts, strict=True)):
        if text:
            character = text[-1]
        data = _bytes(tokenizer, number)
        if data is None:
            continue
        segments = _segments(data)
        if any(raw for _, raw in segments):
            of = text[0] if text and segments[0][1] and len(segments) == 1 else character
            found[place] = {"segments": segments, "of": of}
    return found


def _segments(data: bytes) -> list[tuple[str, bool]]:
    """Bytes as runs of whole characters and of bytes that are none, these in hexadecimal."""
    found: list[tuple[str, bool]] = []
    while data:
        try:
            found.append((data.decode("utf-8"), False))
            break
        except UnicodeDecodeError as error:
            if error.start:
                found.append((data[: error.start].decode("utf-8"), False))
            found.append((data[error.start : error.end].hex(" ").upper(), True))
            data = data[error.end :]
    joined: list[tuple[str, bool]] = []
    for text, raw in found:
        if joined and joined[-1][1] and raw:
            joined[-1] = (f"{joined[-1][0]} {text}", True)
        else:
            joined.append((text, raw))
    return joined


def _bytes(tokenizer: Any, number: int) -> bytes | None:
    """The bytes of a token; None where its text says all."""
    raw = tokenizer.convert_ids_to_tokens(int(number))
    if not isinstance(raw, str) or number in tokenizer.added_tokens_decoder:
        return None
    if fallback := FALLBACK.fullmatch(raw):
        return bytes.fromhex(fallback[1])
    if not _byte_level(tokenizer):
        return None
    letters = _letters()
    return bytes(letters[one] for one in raw) if all(one in letters for one in raw) else None


@lru_cache(maxsize=8)
def _byte_level(tokenizer: Any) -> bool:
    """Whether its vocabulary writes each byte as a letter, as GPT-2's does: a blank is "Ġ"."""
    return "Ġ" in tokenizer.get_vocab()


@lru_cache(maxsize=1)
def _letters() -> dict[str, int]:
    """The letter of each byte in a byte-level vocabulary: printable ones stand for themselves, the
    others follow from U+0100 on (Radford et al. 2019, `bytes_to_unicode`).
    """
    own = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in own]
    return {chr(byte): byte for byte in own} | {
        chr(0x100 + n): byte for n, byte in enumerate(others)
    }
