"""Where persons are named: in narration or in speech, and how much a mention weighs."""

import re
from dataclasses import replace

from studio.dialogue.cast import Mention

SENTENCE_START = re.compile(r"(?:^|[.!?。！？…”\"\n\r；;:：]|--|—)[\s\u3000_(*]*(?:(?:[Aa]nd|[Bb]ut|[Ss]o|[Tt]hen|[Hh]ere|[Ww]hen|[Aa]s|只见|却说|这时|于是|那)\s*)?$")
OBJECT = re.compile(
    r"(?:\b(?:to|at|of|with|for|from|by|upon|on|about|after|towards?|against|behind|beside|than|near|like|saw|told|asked|see|met|and)\s+"
    r"|[对向跟和与给朝冲把被替问叫让请使看望盯瞅着劝骂喊])$"
)
OWNER = re.compile(r"[’']s\b|的|家|妈|爸|爹|娘|哥|他")
SUBJECT_WEIGHT, OBJECT_WEIGHT, OWNER_WEIGHT = 1.35, 0.65, 0.55


def mentions_apart(text: str, mentions: list[Mention], spans: list[tuple[int, int]]) -> tuple[list[Mention], list[Mention]]:
    """Mentions in narration, weighed, and those inside the given sorted spans of speech."""
    outside, inside, at = [], [], 0
    for mention in mentions:
        while at < len(spans) and spans[at][1] <= mention.start:
            at += 1
        if at < len(spans) and spans[at][0] <= mention.start:
            inside.append(mention)
        else:
            outside.append(replace(mention, weight=weight(text, mention)))
    return outside, inside


def weight(text: str, mention: Mention) -> float:
    """How likely the one named here is whom the text goes on about."""
    before = text[max(0, mention.start - 24):mention.start]
    if OWNER.match(text, mention.end):
        return OWNER_WEIGHT
    if OBJECT.search(before):
        return OBJECT_WEIGHT
    return SUBJECT_WEIGHT if SENTENCE_START.search(before) else 1.0
