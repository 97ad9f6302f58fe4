"""Somebody the English narration has just brought in without a name: `the door was opened by a
Hindoo servant`. A pronoun right behind means him, and nobody of the table.
"""

import re

from studio.dialogue.speakers.mentions import MentionIndex

PERSON = (
    "man|men|woman|boy|girl|lad|servant|gentleman|lady|fellow|voice|sergeant|inspector|constable"
    "|officer|porter|maid|child|person|stranger|clerk|soldier|sailor|footman|butler|coachman|waiter"
    "|youth|urchin|housekeeper|messenger|visitor|figure|driver|guard|priest|doctor|nurse|postman"
    "|workman|labourer|beggar|peasant|shopkeeper|landlord|landlady|policeman|passenger|traveller"
)
STRANGER = re.compile(
    rf"\b(?:an?|another|some|one of the)\s+(?:[\w’'-]+,?\s+){{0,5}}?(?:{PERSON})\b", re.IGNORECASE
)
LOOK = 500  # characters of narration before a tag that are read


def brought_in(text: str, start: int, end: int, kind: str, named: MentionIndex) -> dict[str, float]:
    """What speaks for somebody else as the speaker of a line at `end`, with a tag of a kind: a
    person without a name brought in within narration text[start:end], and whether somebody with a
    name is spoken of after that."""
    found = [match.start() for match in STRANGER.finditer(text, max(start, end - LOOK), end)]
    if not found:
        return {}
    later = bool(named.between(found[-1], end))
    return {"else-new-before" if later else "else-new": 1.0, f"else-new@{kind}": 1.0}
