"""Which lines of a document begin with a speaker: the ways it writes labels are learnt from how
often they come back.
"""

import re
from collections import Counter
from collections.abc import Callable

from studio.dialogue.layouts import script_labels
from studio.dialogue.layouts.script_labels import STAGE, Label, plain_name
from studio.progress import UNWATCHED, Watch
from studio.text.paragraphs import is_break
from studio.text.scripts import has_chinese

DIRECTION = re.compile(
    rf"(?:{STAGE}\s*)+$|[△▲◎◆※♪♫]|〔[^〕]*$|(?:Enter|Exit|Exeunt|Re-enter|Curtain|Blackout"
    rf"|Lights)\b(?![:.]\s\w+ [a-z])"
    r"|(?:FADE|CUT|DISSOLVE|SMASH CUT|MATCH CUT|INTERCUT|BACK TO|THE END|TITLE|SUPER)\b.{0,40}$"
    r"|\d{1,5}$|\d{1,2}:\d{2}:\d{2}[,.]\d{1,3}\s*-->.*$"
)
OPENED = re.compile(r"^[（(【\[〔][^）)】\]〕]*$")
LEADING = re.compile(rf"(?:{STAGE}\s*)+")
SHORT_NAME = re.compile(r"[\u3400-\u9fff]{2,4}")
AFTER_NAME = re.compile(
    rf"(?P<stage>\s*(?:{STAGE}\s*)*)(?:(?P<gap>[ \t\u3000]+)|(?=[“「『\"]))(?=\S)"
)
LISTED = re.compile(
    rf"(?P<names>[^:：,，。.!?]{{1,24}}(?:[,，][^:：,，。.!?]{{1,24}}){{1,4}})(?P<stage>"
    rf"(?:{STAGE}\s*)*)(?P<mark>[:：])\s*"
)
BACK, SHARE = (
    2,
    0.3,
)  # a way of writing labels counts when names come back so often, on so many of the lines
CASUAL_SHARE = 0.8  # of the lines: then whatever stands before the colons is a name


class Labels:
    """Reads labels.

    `given` tells whether the user's table has a name; bodies are the trimmed lines of the text.
    """

    def __init__(
        self,
        bodies: list[str],
        given: Callable[[str], bool] = lambda name: False,
        watch: Watch = UNWATCHED,
    ) -> None:
        self.given = given
        self.plain = [
            b for b in watch.over(bodies, 0, 0.3) if not is_break(b) and not DIRECTION.match(b)
        ]
        self.colon = Counter(
            plain_name(m["name"])
            for b in watch.over(self.plain, 0.3, 0.5)
            if (m := script_labels.label(b)) and m["mark"] in script_labels.COLONS
        )
        self.dotted = self._learn(script_labels.dotted, watch.within(0.5, 0.6))
        self.spaced = self._learn(script_labels.spaced, watch.within(0.6, 0.7))
        self.bracketed = self._learn(script_labels.bracketed, watch.within(0.7, 0.8))
        self.celled = self._learn(script_labels.celled, watch.within(0.8, 0.9))
        self.casual = self._learn_casual(watch.within(0.9, 1))

    def _learn(self, read: Callable[[str], Label | None], watch: Watch) -> Counter[str]:
        """The names written in one of the rarer ways; empty unless that way is the document's
        own.
        """
        names = Counter(
            plain_name(found.name) for b in watch.over(self.plain, 0, 1) if (found := read(b))
        )
        back = sum(n for n in names.values() if n >= BACK)
        enough = back >= 6 and back >= SHARE * len(self.plain) and back >= 0.6 * names.total()
        return names if enough and back > self.colon.total() else Counter()

    def _learn_casual(self, watch: Watch) -> Counter[str]:
        """The names before colons where nearly every line begins with one and they come back, so
        that they need not look like names: the lines of a chat.
        """
        names = Counter(
            plain_name(found.name)
            for b in watch.over(self.plain, 0, 1)
            if (found := script_labels.casual(b))
        )
        enough = names.total() >= max(BACK + 1, CASUAL_SHARE * len(self.plain))
        come_back = 3 * len(names) <= 2 * names.total()
        return names if enough and come_back and names.keys() > self.colon.keys() else Counter()

    def knows(self, name: str) -> bool:
        """Whether a name is in the table or labels other lines."""
        return (
            self.given(name)
            or self.colon[name] > 1
            or self.spaced[name] > 1
            or self.dotted[name] > 1
            or self.celled[name] > 1
            or self.casual[name] > 1
        )

    def at(self, body: str) -> Label | None:
        """The label at the head of a line; typing slips are taken for what they were meant to
        be.
        """
        if found := self._with_mark(body):
            return found
        if found := self._without_mark(body):
            return found
        ways = (
            (self.spaced, script_labels.spaced),
            (self.dotted, script_labels.dotted),
            (self.bracketed, script_labels.bracketed),
            (self.celled, script_labels.celled),
        )
        for names, read in ways:
            found = read(body) if names else None
            if found and (
                _sure(found)
                or names[plain_name(found.name)] > 1
                or self.given(plain_name(found.name))
            ):
                return found
        if self.casual and (found := script_labels.casual(body)):
            return found if self.casual[plain_name(found.name)] else None
        lead = LEADING.match(body)
        behind = self._with_mark(body[lead.end() :]) if lead else None
        if lead and behind and self.knows(plain_name(behind.name)):
            return Label(
                behind.name, lead.group() + behind.stage, behind.mark, lead.end() + behind.length
            )
        return None

    def _with_mark(self, body: str) -> Label | None:
        """A label with its colon, or with `；` typed for `：` when the name is known or short and
        words follow.
        """
        match = script_labels.label(body)
        if not match:
            return self._listed(body)
        name = plain_name(match["name"])
        if match["mark"] in "；;" and not (
            body[match.end() :] and (self.knows(name) or SHORT_NAME.fullmatch(name))
        ):
            return None
        return Label(match["name"].strip(), match["stage"], match["mark"], match.end())

    def _listed(self, body: str) -> Label | None:
        """Known names with commas between them: `MABEL, EDITH:`."""
        match = LISTED.match(body)
        names = [plain_name(name) for name in re.split("[,，]", match["names"])] if match else []
        if not match or not all(self.knows(name) for name in names):
            return None
        return Label(
            "、".join(names) if has_chinese(names[0]) else " & ".join(names),
            match["stage"],
            match["mark"],
            match.end(),
        )

    def _without_mark(self, body: str) -> Label | None:
        """A known name whose colon was forgotten: a space or an opening quote mark stands in its
        place.
        """
        name = self._known_head(body)
        after = AFTER_NAME.match(body, len(name)) if name else None
        if not name or after is None:
            return None
        rest = body[after.end() :]
        if has_chinese(name):
            fits = len(rest) > 2 or rest[-1] in "。！？!?…”」"
        else:
            fits = (
                name.isupper()
                and (rest[0].isupper() or rest[0] in '“"')
                and not (rest.split()[0].isupper() and rest[1:2].isalpha())
            )
        return (
            Label(name, after["stage"], "", after.end())
            if fits and (after["gap"] or not after["stage"])
            else None
        )

    def _known_head(self, body: str) -> str:
        head = re.match(
            r"[\u3400-\u9fff·]{1,12}|[A-Z][A-Z'’.\-]*(?: [A-Z][A-Z'’.\-]*){0,3}(?=\s)", body
        )
        if not head:
            return ""
        name = head.group()
        while " " in name and not self.knows(name):
            name = name.rsplit(" ", 1)[0]  # `TOM I see.`
        return name if self.knows(name) else ""


def _sure(found: Label) -> bool:
    """Whether a label needs no second one like it: it has a direction, a wide space behind it, or
    is in capitals.
    """
    return (
        bool(found.stage)
        or found.mark == " "
        or (found.mark == "." and len(found.name) > 2 and found.name.isupper())
    )
