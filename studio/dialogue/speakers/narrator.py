"""Who tells a story in the first person: the one whom the others call by name, and whom the
narration does not name.
"""

from collections import Counter

from studio.dialogue.characters.table import Cast
from studio.dialogue.speakers.cues import Group
from studio.dialogue.speakers.mentions import MentionIndex

FIRST_PERSON = {True: ("我", "叙述者", "作者"), False: ("I", "Narr", "Narrator", "the narrator")}
TAGS, CALLS = 3, 2  # lines tagged with "I", and calls beside them, that are enough


def find_narrator(
    groups: list[Group],
    calls: list[tuple[str, ...]],
    outside: MentionIndex,
    cast: Cast,
    *,
    chinese: bool,
) -> str | None:
    """The narrator's name: as the table gives it, else by who is called beside lines tagged `I
    said`.

    calls: the persons called by name in each group. None when no line is tagged so; "I" or "我"
    when the narrator stays without a name.
    """
    own = [i for i, g in enumerate(groups) if _says_i(g)]
    if not own:
        return None
    for word in FIRST_PERSON[chinese]:
        if (known := cast.resolve(word)) is not None:
            return known
    votes: Counter[str] = Counter()
    for index in own if len(own) >= TAGS else ():
        for near in (index - 1, index + 1):
            if 0 <= near < len(groups) and not _says_i(groups[near]):
                votes.update(calls[near])
    fit = {name: n / (1 + outside.count[name] ** 0.5) for name, n in votes.items() if n >= CALLS}
    return max(fit, key=lambda name: fit[name]) if fit else FIRST_PERSON[chinese][0]


def _says_i(group: Group) -> bool:
    return group.clue is not None and group.clue.pronoun == "i"
