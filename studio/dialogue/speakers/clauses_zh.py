"""The clauses of a Chinese sentence: whether a name in a clause before the verb of speech is who
speaks, or only somebody listened to, pointed at or seen.
"""

import re

from studio.dialogue.speakers.kinship import HEADS_ZH
from studio.text.speech import SAYING_ZH

# `对坐在桌边的苗凯说`: who is spoken to stands behind all that describes him.
LISTENER = re.compile(
    r"(?:对[着准]?(?![面门岸手方])|[朝冲][着]?|指[着点]|望着|看着|瞧着|瞪着|盯着)[^，,。：:；;]{1,30}的$"
)
# `见少平正摘杏花，就问弟弟`: whoever sees goes on to speak.
SEEN = re.compile(r"(?:^|[，,。；;：:\s他她])(?:[看望瞧一]?见|眼见|发现|听见|听到|听说)$")
GOES_ON = re.compile(r"[，,](?:他|她)?(?:也|又)?(?:就|便|才|忙|赶[忙紧快]?|连忙|慌忙|急忙|于是)")
# `这家伙就调转了话头`: a word of scorn or of age for whoever was spoken of.
EPITHET = re.compile(r"[这那](?:个|位)?(?:家伙|小子|东西|后生|汉子|小伙子?|老小子)")
# `他父亲说`: the pronoun is no subject.
OWNS = re.compile(rf"的?(?:{'|'.join(HEADS_ZH)})(?!们)")
# What may stand behind the verb of a tag: its object, and the end of the sentence.
TAG_ENDS = re.compile(
    rf"(?<![不没怎未])(?:{SAYING_ZH})(?:[道着了过]|起来|一[句声])*(?![的得好是])[^，,。！？!?；;：:]{{0,7}}"
    r"[。！？!?…；;]*$"
)
STOPS = re.compile(r"[。！？!?…；;]")


def is_listener(text: str, low: int, start: int) -> bool:
    """Whether text[low:start], the clause before a name, makes the name the one who is spoken to or
    pointed at, all that describes him standing between."""
    return text[start - 1] == "的" and bool(LISTENER.search(text, low, start))


def is_seen(text: str, low: int, start: int, high: int) -> bool:
    """Whether a name at `start` is only seen or heard by whom the words up to `high` go on with:
    `他进了院子，见少平正摘杏花，就问弟弟`."""
    return bool(SEEN.search(text, max(low - 1, 0), start) and GOES_ON.search(text, start, high))


def is_late(text: str, low: int, start: int, end: int, high: int) -> bool:
    """Whether a pronoun ends a clause text[low:high] that began before it, as objects do."""
    return end >= len(text[:high].rstrip("，,、；; ")) and bool(text[low:start].strip())


def is_whole_tag(sentence: str) -> bool:
    """Whether a paragraph under a quote says no more than who spoke it, and to whom: `少平问她。`,
    and not `少平笑了。` or `少平听他说得有理。`"""
    first = STOPS.split(sentence.strip(), maxsplit=1)[0]
    return bool(TAG_ENDS.search(first))
