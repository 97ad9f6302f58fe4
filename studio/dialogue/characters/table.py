"""The table of persons: which name in the text means whom.

Longest name first, one name one person.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from studio.dialogue.characters.validate import ARTICLE, check, gender_of, key
from studio.dialogue.lexicon import (
    FEMALE_EN,
    FEMALE_ZH,
    GIVEN_FEMALE_ZH,
    GIVEN_MALE_ZH,
    MALE_EN,
    MALE_ZH,
)
from studio.dialogue.records import Character
from studio.text.scripts import has_chinese

DETERMINER = re.compile(r"(?:the|an?|his|her|my|their|our|your)\s+", re.IGNORECASE)
TITLES = frozenset("mrs lady miss mr sir lord".split())
# Roles that narration writes small, and the titles of those who bear them.
ROLES = {
    word: frozenset({word, *short.split()})
    for word, short in {
        "doctor": "dr",
        "captain": "capt",
        "colonel": "col",
        "general": "gen",
        "major": "maj",
        "sergeant": "sergt sgt",
        "lieutenant": "lieut lt",
        "professor": "prof",
        "inspector": "",
        "admiral": "",
        "king": "",
        "queen": "",
        "prince": "",
        "princess": "",
        "duke": "",
        "duchess": "",
        "count": "",
        "countess": "",
        "baron": "",
    }.items()
}
VOTES, TIMES, MANY = (
    3,
    3,
    16,
)  # pronouns for a gender that are enough, how many more for each against it; plenty
RARE, OFTEN = 50, 60  # 他 for each 她, and how many of them, beyond which women are 他 as well
NEAR = 60  # characters after a name within which a pronoun still speaks of it


@dataclass(frozen=True, slots=True)
class Mention:
    """A name as it stands in the text, with whom it means, and its part in the sentence as far as
    form tells.
    """

    start: int
    end: int
    name: str
    role: str = "other"  # "subject", "object", "owner" or "other"


class Cast:
    """Persons with every name they go by; finds them in text.

    Given persons win over discovered ones.
    """

    def __init__(
        self, characters: Iterable[Character], discovered: Iterable[Character] = ()
    ) -> None:
        given = list(characters)
        check(given)
        self.given = {person.name for person in given}
        self._owner: dict[str, str] = {}
        self.gender: dict[str, str | None] = {}
        self._titles: dict[str, frozenset[str]] = {}
        spelled: list[str] = []
        for person in [*given, *discovered]:
            new = [n for n in person.names if key(n) not in self._owner]
            if not new:
                continue
            spelled += new
            self._owner |= {key(n): person.name for n in new}
            self._titles[person.name] = (
                frozenset(w.lower() for n in person.names for w in re.findall(r"[A-Za-z]+", n))
                & TITLES
            )
            self.gender.setdefault(
                person.name, gender_of(person.gender) or title_gender(person.names)
            )
        self._pattern = _pattern(spelled)

    def resolve(self, phrase: str) -> str | None:
        """Whom a noun phrase means: the whole of it, else the last known name inside it, else
        None.
        """
        if (whole := self._owner.get(key(phrase))) is not None:
            return whole
        inside = self.find(phrase)
        return inside[-1].name if inside else None

    def shortened(self, name: str) -> str | None:
        """The one person of the table whose full name holds all words of a shorter one, `Mrs.
        Forrester` for `Mrs. Cecil Forrester`; None when there is none or more than one."""
        words = _words(name)
        if not words - TITLES:
            return None
        fits = {
            owner
            for other, owner in self._owner.items()
            if owner in self.given and words <= _words(other)
        }
        return next(iter(fits)) if len(fits) == 1 else None

    def owner(self, name: str) -> str | None:
        """Whom exactly this name means, None where the table does not have it."""
        return self._owner.get(key(name))

    def ending(self, short: str) -> str | None:
        """The one person with a name that ends in a character; None for none or several."""
        fits = {owner for name, owner in self._owner.items() if name.endswith(short)}
        return fits.pop() if len(fits) == 1 else None

    def titled(self, role: str) -> str | None:
        """The one person whose names bear the title of a role: `doctor` is Dr. Lamb where no other
        doctor stands in the table; None when there is none or more than one."""
        titles = ROLES.get(role, frozenset())
        bearers = {
            owner
            for name, owner in self._owner.items()
            if titles & set(re.findall(r"[a-z]+", name))
        }
        return next(iter(bearers)) if len(bearers) == 1 else None

    def resolve_label(self, label: str) -> str:
        """Whom a script's label means: a known name, else the label as it stands."""
        return self._owner.get(key(label), label)

    def find(self, text: str, start: int = 0, end: int | None = None) -> list[Mention]:
        """Every known name in text[start:end], longest first where several begin together."""
        if self._pattern is None:
            return []
        stop = len(text) if end is None else end
        return [
            Mention(m.start(), m.end(), self._owner[key(m.group())])
            for m in self._pattern.finditer(text, start, stop)
            if key(m.group()) in self._owner
        ]

    def station(self, name: str, kinship: str) -> float:
        """How well titles fit a kinship, 1 where nothing is known: a wife or mother is Mrs., an
        uncle is no Miss.
        """
        titles = self._titles.get(name, frozenset())
        if kinship in ("mother", "wife", "aunt"):
            return 1.5 if titles & {"mrs", "lady"} else 0.4 if titles & {"miss"} else 0.7
        if kinship in ("father", "husband", "uncle"):
            return 1.5 if titles & {"mr", "sir", "lord"} else 0.8
        return 1.0

    def learn_gender(self, text: str, mentions: list[Mention]) -> None:
        """Fill unknown genders from the pronouns that follow each name before the next name
        comes.
        """
        votes: dict[str, Counter[str]] = {}
        he_is_male = not is_old_prose(text)
        ends = [*(mention.start for mention in mentions[1:]), len(text)]
        for mention, following in zip(mentions, ends, strict=False):
            stop = min(mention.end + NEAR, following)
            tail = text[mention.end : stop]
            tally = votes.setdefault(mention.name, Counter())
            tally["f"] += len(FEMALE_EN.findall(tail)) + tail.count("她")
            tally["m"] += len(MALE_EN.findall(tail))
            if he_is_male:
                tally["m"] += tail.count("他") - tail.count("他们") - tail.count("其他")
        for name, tally in votes.items():
            winner = max(("f", "m"), key=lambda g: tally[g])
            loser = tally["f"] + tally["m"] - tally[winner]
            many = tally[winner] >= MANY and tally[winner] >= 2 * loser
            if self.gender.get(name) is None and (many or tally[winner] >= VOTES + TIMES * loser):
                self.gender[name] = winner
        for name, known in self.gender.items():
            if known is None:
                self.gender[name] = given_gender(name)


def is_old_prose(text: str) -> bool:
    """Whether a Chinese text writes 他 for women too, as all did before the 1920s: there is next to
    no 她, though 他 is frequent or speech is led by 道 and 曰. There 他 tells no gender.
    """
    men, women = text.count("他"), text.count("她")
    if women * RARE > men:
        return False
    old = sum(text.count(verb + colon) for verb in "道曰" for colon in ("：", ":"))
    return men >= OFTEN or old > sum(text.count("说" + colon) for colon in ("：", ":"))


def given_gender(name: str) -> str | None:
    """A guess from the characters of a Chinese given name (two or three characters in all), else
    None.
    """
    if not 2 <= len(name) <= 3 or name.isascii():
        return None
    given = set(name[1:])
    female, male = bool(given & GIVEN_FEMALE_ZH), bool(given & GIVEN_MALE_ZH)
    return None if female == male else "f" if female else "m"


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z][a-z'’-]+", key(name)))


def title_gender(names: Iterable[str]) -> str | None:
    """A gender that a title or kinship word in the name gives away, else None."""
    for name in names:
        words = set(re.findall(r"[a-z]+", name.casefold()))
        if words & {
            "mrs",
            "miss",
            "ms",
            "lady",
            "queen",
            "duchess",
            "princess",
            "madam",
            "madame",
            "aunt",
            "mother",
            "sister",
        }:
            return "f"
        if words & {
            "mr",
            "sir",
            "lord",
            "king",
            "duke",
            "prince",
            "uncle",
            "father",
            "brother",
            "monsieur",
        }:
            return "m"
        if any(name.endswith(w) for w in FEMALE_ZH):
            return "f"
        if any(name.endswith(w) for w in MALE_ZH):
            return "m"
    return None


def _pattern(names: list[str]) -> re.Pattern[str] | None:
    """One expression over all names, longest first; a look at the first character keeps it quick.

    Latin names stand as whole words whatever their spacing, with or without an article.
    """
    ordered = sorted(set(names), key=lambda n: (-len(n), n))
    chinese = [n for n in ordered if has_chinese(n)]
    latin = [n for n in ordered if not has_chinese(n)]
    parts = []
    if latin:
        parts.append(rf"(?<!\w)(?:(?:[Tt]he|[Aa]n?)\s+)?(?:{'|'.join(map(_latin, latin))})(?!\w)")
    if chinese:
        first_characters = re.escape("".join(sorted({n[0] for n in chinese})))
        # A single character is a name only where a clause begins, or it would be found inside
        # words.
        spelled = "|".join(
            re.escape(n) if len(n) > 1 else rf"(?<![\u3400-\u9fff]){re.escape(n)}" for n in chinese
        )
        parts.append(rf"(?=[{first_characters}])(?:{spelled})")
    return re.compile("|".join(parts)) if parts else None


def _latin(name: str) -> str:
    words = [re.escape(w) for w in (ARTICLE.sub("", name, count=1) or name).split()]
    if DETERMINER.match(name) and not ARTICLE.match(name):
        words[0] = f"[{words[0][0].lower()}{words[0][0].upper()}]{words[0][1:]}"
    return r"\s+".join(words)
