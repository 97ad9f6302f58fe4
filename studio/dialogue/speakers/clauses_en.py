"""The clauses of an English sentence: whether a name can be the subject of the verb that leads to a
quote.
"""

import re

SUBORDINATE = re.compile(
    r"\b(?:as|when|while|where|before|after|until|till|that|which|whom|because|if|though|although"
    r"|since|than|what|how|why|whether|for)\s+$",
    re.IGNORECASE,
)
OBJECT = re.compile(r"\b(?:\w+ed|saw|met|heard|found|took|gave|left|caught)\s+$")
# A `when` that goes on with the story, and is no clause beside it.
CONTINUES = re.compile(r",\s+when\s+$")
INVERSE = re.compile(
    r"\b(?:had not long|(?:had|was|were) (?:scarcely|hardly|barely|just|not)|no sooner)\b"
    r"[^,.;]*\b(?:when|before|than)\s+$"
)
RELATIVE = re.compile(r"(?:\s+(?:in|on|at|by|near|from)\s[^,.;]{1,30})?,?\s+who\b")
INFINITIVE = re.compile(r"(?:\w+\W+){1,3}?to\s")
AFTER_PREPOSITION = re.compile(
    r"\b(?:to|at|of|with|for|from|by|upon|on|in|over|about|after|towards?|against|behind|beside"
    r"|than|near|like|let|made|told|asked|into|[a-z]\s+and)\s+$"
)


def can_act(text: str, start: int, end: int, low: int, high: int) -> bool:
    """Whether text[start:end] can be the subject of the verb at `high`, in a sentence that begins
    at `low`: no object, unless `who` follows; not in brackets; not inside a clause with `as`,
    `when`, `that` … that a comma has closed."""
    if RELATIVE.match(text, end, high):
        return True
    if (
        is_object(text, start, low)
        or _in_brackets(text, start, low, high)
        or OBJECT.search(text, max(low, start - 14), start)
    ):
        return False
    if CONTINUES.search(text, low, start) and text[end:high].endswith(", and "):
        return True  # `…, when Ann drew back, and said,`
    if INVERSE.search(text, low, start):
        return True  # `Tom had hardly left when Ann came in, and said,`
    return not (is_subordinate(text, start, low) and "," in text[end:high])


def is_subordinate(text: str, at: int, low: int) -> bool:
    """Whether a clause with `as`, `when`, `while` … begins right before a place."""
    return not _for_to(text, at, low) and bool(SUBORDINATE.search(text, max(low, at - 12), at))


def is_object(text: str, at: int, low: int) -> bool:
    """Whether a preposition, or `told`, `asked` and the like, stand right before a place."""
    if _for_to(text, at, low):
        return False
    return bool(AFTER_PREPOSITION.search(text, max(low, at - 14), at))


def _for_to(text: str, at: int, low: int) -> bool:
    """`it was impossible for Ann to help saying`: she says it."""
    return text[max(low, at - 4) : at] == "for " and bool(INFINITIVE.match(text, at))


def _in_brackets(text: str, at: int, low: int, high: int) -> bool:
    return text.count("(", low, at) > text.count(")", low, at) and ")" in text[at:high]
