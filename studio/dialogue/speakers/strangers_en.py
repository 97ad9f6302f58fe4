"""Somebody the English narration has just brought in without a name: `the door was opened by a
Hindoo servant`. A pronoun right behind means him, and nobody of the table.
"""

import re

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


def stranger(text: str, start: int, end: int) -> int | None:
    """Where the last person without a name is brought in within narration text[start:end]; None
    where nobody is."""
    low = max(start, end - LOOK)
    found = [match.start() for match in STRANGER.finditer(text, low, end)]
    return found[-1] if found else None
