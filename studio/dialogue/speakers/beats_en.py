"""English sentences that turn to a listener right before a quote: `Alice turned to Ben. “…”` is
Alice's line, whoever acts behind it.
"""

import re

from studio.dialogue.characters.table import Cast
from studio.dialogue.lexicon import PRONOUNS_EN
from studio.dialogue.records import Clue

SURE = 0.82
HOW = r"(?:\s+(?:round|around|back|again|up|down|over|quietly|softly|gently|\w+ly|in a low voice))?"
TO = (
    r"(?:turned|(?:began|started|was|went on)\s+(?:talking|speaking|explaining|whispering)"
    r"|(?:began|started)\s+to\s+(?:talk|speak|explain|whisper)|spoke|talked|leaned|bent|beckoned|called"
    rf"|whispered|motioned|signalled|appealed|walked|went|nodded|bowed|waved){HOW}"
    r"\s+(?:to|towards?|across to|over to)"
)
AT = rf"(?:looked|glanced|smiled|grinned|frowned|stared|winked|pointed|shouted|glared){HOW}\s+at"
DIRECT = r"(?:faced|addressed|approached|eyed|greeted|stopped|interrupted)"
TURNED = re.compile(
    r"(?:^|[.!?]\s+)(?P<who>[A-Z][\w’'. “”\"-]{0,40}?)\s+(?:then\s+|now\s+|\w+ly\s+)?"
    rf"(?:{TO}|{AT}|{DIRECT})\s+(?P<listener>[^.!?,;:]{{1,40}})[.!]\s*$"
)


def turned_to(text: str, start: int, end: int, cast: Cast) -> Clue | None:
    """The clue in narration text[start:end] that ends with a sentence of that make, or None."""
    match = TURNED.search(text[max(start, end - 240) : end].rstrip())
    if match is None:
        return None
    who, at = match["who"].strip(), max(start, end - 240) + match.start("who")
    listener = cast.resolve(match["listener"])
    if who.lower() in PRONOUNS_EN:
        return Clue("verb-before", SURE, None, PRONOUNS_EN[who.lower()], at, listener)
    name = cast.resolve(who)
    if name is None or name == listener:
        return None
    return Clue("verb-before", SURE, name, None, at, listener)
