"""Marks that end, close and divide, in Chinese and English; written once for splitter and
cutter.
"""

import re

NEWLINES = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
# Closing brackets and quotation marks; the straight " and ' are judged by their place (see
# `quotes`).
CLOSING = "”’」』）》】〉〕］｝)]}﹂﹄〗〙〛›»〞〟｣"
OPENING = "“‘「『（《【〈〔［｛([{﹁﹃〖〘〚‹«〝｢"
ENDING = "。！？!?．｡‽⁇⁈⁉؟۔।॥."
ELLIPSIS = "…⋯"
DIVIDING = "，、；：,;:､،؛"
SIGNS = "％%‰℃℉﹐﹑﹒﹔﹕﹖﹗"
# What no chunk begins with, spaces aside: each of these belongs to what stands before it. The
# text's own first character is the one exception, and a run of nothing but such marks and spaces
# that is longer than a chunk.
NEVER_FIRST = frozenset(CLOSING + ENDING + ELLIPSIS + DIVIDING + SIGNS)
NEWLINE = re.compile(rf"\r\n|[{NEWLINES}]")
VISIBLE = re.compile(r"\S")
CHINESE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


def first_visible(text: str, position: int) -> str:
    """The first character at or after `position` that is not white space; "" at the end."""
    found = VISIBLE.search(text, position)
    return found.group() if found else ""
