"""Chinese narration beside a quote → who speaks: `王平说：“…”`, `“…”甄嬛道`, `他对少安说：`."""

import re
from bisect import bisect_left
from collections.abc import Sequence

from studio.dialogue.characters.table import Cast, Mention
from studio.dialogue.lexicon import (
    AFTER_NAME_ZH,
    BARE_TAG_ZH,
    OBJECT_ZH,
    PRONOUN_ZH,
    PRONOUNS_ZH,
)
from studio.dialogue.records import Clue
from studio.dialogue.speakers.clauses_zh import EPITHET, OWNS, is_late, is_listener, is_seen
from studio.dialogue.speakers.kinship import SUBJECT_ZH
from studio.dialogue.speakers.tags_zh import (
    FINAL,
    acting_subject,
    is_predicate,
    subject_of,
    unknown_name,
)
from studio.text.speech import SPEECH_ZH

SENTENCE = re.compile(r"[。！？!?…]+[”」』）)]*|[\r\n]+")
CLAUSE = re.compile(r"[，,、；;：:—]+")
OWNED = re.compile(
    r"(?:(?:[旁身左右对前后里外手]|跟前|面前|背后|身后|对面|名下)[边旁面下]?[的那]|的|他妈|他爸|他爹|他哥|他娘|妈|爸|爹|娘|媳妇|家|们|一家|这|那)"
)
HEARD = re.compile(r"(?:听见|听到|听得|看见|只见|只听)$")
SPACE = re.compile(r"[\s\u3000]*")
COLON, VERB_COMMA, VERB_AFTER, SUBJECT, CARRIED = 0.95, 0.88, 0.9, 0.55, 0.72
LOOK, MAX_CLAUSES = 160, 6
RARE_COMMAS = 4  # full stops for each comma, beyond which commas are left out
LONG_CLAUSE, LONG_TAIL = 12, 14  # characters of a clause without commas, and behind its subject
# Verbs that take a person, so that the name behind them is no subject: `三藏埋怨行者道`.
TAKES_PERSON = re.compile(
    r"(?:[埋抱]怨|[扯抱搂揪捉拿拦挡扶按捺劝绑捆定]住|[扯抱搀扶牵引领跟随指背驮围]着|[搀扶]起|递[与给]|迎着?|喝退"
    r"|别了?|辞了?|[撞望看忽又一即瞧遇]见|认得|唤|叫|引|领|随|跟|差|救|放下|怨|怪|嘲|哄|吓|打|赶|追|杀|害|伏侍|陪|背|驮"
    r"|擒|降|献|送|还|借|求|央及?|嘱咐?|吩咐|分付|令|着|请|命|与|报|奏|启|谢|拜|连|众|闻)$"
)
APPEARS = re.compile(r"(?:闪|走|跳|转|撞|跑|飞)[上出过来](?:了?一?[个位名员])?")


class Chinese:
    """Clues in Chinese narration.

    Subjects are names that no preposition or verb makes an object.
    """

    def __init__(
        self,
        text: str,
        cast: Cast,
        short: Sequence[Mention] = (),
        ones: frozenset[str] = frozenset(),
    ) -> None:
        """short: mentions by one character, sorted; ones: as in `tags_zh.may_be_subject`."""
        self.text, self.cast, self.short, self.ones = text, cast, short, ones
        self._starts = [mention.start for mention in short]
        # Some editions have no commas: then a sentence is one clause with several subjects.
        self.commas = text.count("，") >= text.count("。") / RARE_COMMAS

    def _mentions(self, low: int, high: int) -> list[Mention]:
        """The names in text[low:high], those of one character included, in order."""
        short = self.short[bisect_left(self._starts, low) : bisect_left(self._starts, high)]
        known = self.cast.find(self.text, low, high)
        if not short:
            return known
        taken = {mention.start for mention in short}
        return sorted([*short, *(m for m in known if m.start not in taken)], key=lambda m: m.start)

    def left(self, start: int, end: int) -> Clue | None:
        """The clause that leads to a quote, by its colon, or by a verb of speech and a comma."""
        body = self.text[start:end].rstrip()
        if not body or body[-1] not in "：:，,":
            return None
        begin = max(start, start + len(body) - LOOK)
        low = self._sentence_start(begin, start + len(body) - 1)
        high = start + len(body)
        colon = body[-1] in "：:"
        if not colon and not SPEECH_ZH.search(self.text, low, high):
            return None
        found = self._from_clauses(
            low, high - 1, "colon" if colon else "verb-before", COLON if colon else VERB_COMMA
        )
        return found or (self._carried(start, low) if colon else None)

    def right(self, start: int, end: int) -> Clue | None:
        """The tag after a quote: `甄嬛道。`, `她问。`, `王满银笑着说`; nothing if it leads to the
        next quote.
        """
        space = SPACE.match(self.text, start, end)
        low = space.end() if space else start
        high = min(end, low + 60)
        stop = SENTENCE.search(self.text, low, high)
        high = stop.start() if stop else high
        first = CLAUSE.search(self.text, low, high)
        clause_end = first.start() if first else high
        subject = self._first_subject(low, min(clause_end, low + 14)) or self._unknown(
            low, clause_end
        )
        if subject is None or subject[1] - low > 8:
            return None
        clue, after = subject
        verb = SPEECH_ZH.search(self.text, after, high)
        if not verb or verb.start() - after > 14:
            return None
        return Clue(
            "verb-after",
            VERB_AFTER,
            clue.name,
            clue.pronoun,
            clue.at,
            self._addressee(after, high, clue.name),
        )

    def subject(self, start: int, end: int, *, last: bool) -> Clue | None:
        """Who acts in the first (or last) sentence of narration beside a quote."""
        pieces = self._sentences(start, end)
        if not pieces:
            return None
        low, high = pieces[-1] if last else pieces[0]
        found = self._first_subject(low, min(high, low + 60))
        if found is None:
            return None
        says = SPEECH_ZH.search(self.text, found[1], high)
        return Clue(
            "says" if says else "subject", SUBJECT, found[0].name, found[0].pronoun, found[0].at
        )

    def _from_clauses(self, low: int, high: int, method: str, sure: float) -> Clue | None:
        """The subject of the last clause, else of an earlier one of the same sentence, else a name
        read from it.
        """
        cuts = [low, *(m.end() for m in CLAUSE.finditer(self.text, low, high)), high]
        clauses = list(zip(cuts, cuts[1:], strict=False))[: -1 - MAX_CLAUSES : -1]
        for rank, (a, b) in enumerate(clauses):
            if found := self._first_subject(a, b, low, high) or self._strict(a, b):
                return self._led(found, high, method, sure - 0.04 * min(rank, 4))
        for a, b in clauses:
            if found := self._unknown(a, b):
                bare = BARE_TAG_ZH.fullmatch(
                    self.text[a:b].strip()
                )  # `土地道`: nothing else can be meant
                return self._led(found, high, method, sure - (0.06 if bare else 0.2))
        if len(clauses) > 1:
            a, b = clauses[-1]  # `墨送至江边，执其手曰`: whoever acts goes on to speak
            if acting := self._new(a, *acting_subject(self.text[a:b], self.ones)):
                return self._led(acting, high, method, sure - 0.2)
        return None

    def _carried(self, start: int, end: int) -> Clue | None:
        """The subject of an earlier sentence of the same narration, where the last one leaves it
        out (`叫：`).
        """
        for low, high in reversed(self._sentences(max(start, end - LOOK), end)):
            if found := self._first_subject(low, high):
                return Clue("colon-carried", CARRIED, found[0].name, found[0].pronoun, found[0].at)
        return None

    def _led(self, found: tuple[Clue, int], high: int, method: str, sure: float) -> Clue:
        clue, after = found
        return Clue(
            method, sure, clue.name, clue.pronoun, clue.at, self._addressee(after, high, clue.name)
        )

    def _first_subject(
        self, low: int, high: int, opens: int | None = None, ends: int | None = None
    ) -> tuple[Clue, int] | None:
        """The first known name or pronoun in text[low:high] that is not an object or an owner.

        opens, ends: of the sentence up to its quote, where text[low:high] is one of its clauses.
        """
        spots: list[tuple[int, int, Clue]] = []
        opens, ends = low if opens is None else opens, high if ends is None else ends
        for mention in self._mentions(low, high):
            if opens < low and is_listener(self.text, low, mention.start):
                continue
            if opens < low and is_seen(self.text, low, mention.start, ends):
                continue
            if self._is_subject(mention, low) or self._refuses(mention, low, high):
                spots.append(
                    (mention.start, mention.end, Clue("", 0, mention.name, None, mention.start))
                )
        for match in PRONOUN_ZH.finditer(self.text, low, high):
            object_ = opens < low and is_late(self.text, low, match.start(), match.end(), high)
            owner = OWNS.match(self.text, match.end(), high) is not None
            if not (object_ or owner) and self._is_subject(
                Mention(match.start(), match.end(), ""), low
            ):
                spots.append(
                    (
                        match.start(),
                        match.end(),
                        Clue("", 0, None, PRONOUNS_ZH[match.group()], match.start()),
                    )
                )
        for match in EPITHET.finditer(self.text, low, high) if self.cast.given else ():
            if not OBJECT_ZH.search(self.text[max(low, match.start() - 4) : match.start()]):
                spots.append((match.start(), match.end(), Clue("", 0, None, "m", match.start())))
        for match in SUBJECT_ZH.finditer(self.text, low, high):
            if not OBJECT_ZH.search(
                self.text[max(low, match.start() - 4) : match.start()]
            ) and self._no_tail(match, spots):
                spots.append(
                    (match.start(), match.end(), Clue("", 0, match.group(), None, match.start()))
                )
        if not spots:
            return None
        if not self.commas and high - low > LONG_CLAUSE and (late := self._last(spots, low, high)):
            return late
        heard = [spot for spot in spots if HEARD.search(self.text[max(low, spot[0] - 3) : spot[0]])]
        _, after, clue = min(heard or spots, key=lambda spot: spot[0])
        return clue, after

    def _last(
        self, spots: list[tuple[int, int, Clue]], low: int, high: int
    ) -> tuple[Clue, int] | None:
        """Of the subjects of a sentence without commas the one that the predicate at its end goes
        with: `那呆子跳得起来两边乱张行者道` is 行者."""
        for start, end, clue in sorted(spots, key=lambda spot: -spot[0]):
            tail = self.text[end:high].rstrip("：:，, ")
            pair = next((m for m in self._mentions(low, start) if m.end == start), None)
            if pair and not self._is_subject(pair, low):
                continue  # `与八戒沙僧道`: the second of two listeners
            if TAKES_PERSON.search(self.text[max(low, start - 4) : start]):
                continue
            if is_predicate(tail) or (len(tail) <= LONG_TAIL and FINAL.search(tail)):
                return clue, end
        return None

    def _no_tail(self, match: re.Match[str], spots: list[tuple[int, int, Clue]]) -> bool:
        """Whether a word of kinship is no part of a name, and a verb or adverb follows it."""
        inside = any(a <= match.start() < b for a, b, _ in spots)
        return not inside and self.text[match.end() : match.end() + 1] in AFTER_NAME_ZH

    def _refuses(self, mention: Mention, low: int, high: int) -> bool:
        """`被莉莉拒挡了，说：`: whoever stops another goes on to speak."""
        return self.text[max(low, mention.start - 1) : mention.start] == "被" and self.text[
            high - 1 : high + 1
        ] in ("，说", ",说")

    def _is_subject(self, mention: Mention, low: int) -> bool:
        before = self.text[max(low, mention.start - 4) : mention.start]
        return not OBJECT_ZH.search(before) and not OWNED.match(self.text, mention.end)

    def _addressee(self, low: int, high: int, speaker: str | None) -> str | None:
        for mention in self._mentions(low, high):
            before = self.text[max(low, mention.start - 3) : mention.start]
            if mention.name != speaker and OBJECT_ZH.search(before):
                return mention.name
        return None

    def _strict(self, low: int, high: int) -> tuple[Clue, int] | None:
        """Somebody whom no table names, in a clause that is only subject, manner and verb: the
        subject of an earlier clause cannot be meant.
        """
        clause = self.text[low:high]
        found = subject_of(clause, self.ones)
        if not found[0] and (appears := list(APPEARS.finditer(clause))):
            low += appears[-1].end()
            found = subject_of(self.text[low:high], self.ones)
        return self._new(low, *found)

    def _unknown(self, low: int, high: int) -> tuple[Clue, int] | None:
        """A name read from the text: what stands before the first word that may follow a name, 2 to
        4 characters.
        """
        if not self.commas and high - low > LONG_CLAUSE:
            return None
        return self._new(low, *unknown_name(self.text[low:high], self.ones))

    def _new(self, low: int, name: str, start: int) -> tuple[Clue, int] | None:
        at = low + start
        return (Clue("", 0, name, None, at), at + len(name)) if name else None

    def _sentence_start(self, low: int, high: int) -> int:
        ends = [m.end() for m in SENTENCE.finditer(self.text, low, high)]
        return ends[-1] if ends else low

    def _sentences(self, low: int, high: int) -> list[tuple[int, int]]:
        found, at = [], low
        for match in SENTENCE.finditer(self.text, low, high):
            if self.text[at : match.start()].strip():
                found.append((at, match.end()))
            at = match.end()
        if self.text[at:high].strip("：:，, \u3000\r\n\t"):
            found.append((at, high))
        return found
