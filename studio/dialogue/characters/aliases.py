"""Which of the names that a text uses mean one person: safe rules of form only, so that two are
never made one.

English: `Holmes`, `Mr. Holmes`, `Sherlock Holmes` where the longer name that holds the words is the
only one, and the common short forms of first names. Chinese: a given name and the same with its
surname (悟空, 孙悟空).
"""

import re
from collections import Counter

from studio.dialogue.characters.nicknames import nicknamed
from studio.dialogue.characters.table import title_gender
from studio.dialogue.lexicon import SURNAMES_ZH, TITLES_EN
from studio.dialogue.records import Character

SURNAME_ZH = re.compile(f"[{''.join(sorted(SURNAMES_ZH))}]")
TITLE_ENDS_ZH = frozenset("王子僧尚师君主怪妖魔仙神佛帝后妃臣将官兵老星爷姐哥妹弟婆公娘妈爸叔伯")
LEAST, SHARE = (
    3,
    0.02,
)  # how often a surname must stand before a given name, and in which share of its places
SHORT_EN = {
    short: full
    for full, shorts in {
        "elizabeth": "lizzy lizzie eliza bess betty beth",
        "catherine": "kitty kate cathy",
        "margaret": "meg maggie peggy",
        "william": "will bill billy willy",
        "robert": "bob bobby rob",
        "richard": "dick",
        "edward": "ned ted teddy",
        "thomas": "tom tommy",
        "james": "jim jimmy",
        "henry": "harry hal",
        "charles": "charlie charley",
        "josephine": "jo",
        "theodore": "teddy",
        "katherine": "kitty kate",
        "frances": "fanny",
        "john": "jack johnny",
        "samuel": "sam",
        "benjamin": "ben",
        "daniel": "dan",
        "matthew": "matt",
        "michael": "mike",
        "joseph": "joe",
        "alexander": "alec",
        "frederick": "fred",
        "susan": "susy",
        "sarah": "sally",
    }.items()
    for short in shorts.split()
}


def merged(names: Counter[str], text: str) -> list[Character]:
    """One character for each person, the most frequent of its names first; order by how often they
    speak.
    """
    latin = [n for n, _ in names.most_common() if n.isascii()]
    chinese = [n for n, _ in names.most_common() if not n.isascii()]
    owner = _latin(latin) | _pet_names(latin, text) | _chinese(chinese, text)
    total: Counter[str] = Counter()
    for person in nicknamed(text) if latin else ():
        owner = dict.fromkeys(person.aliases, person.name) | owner
        total[person.name] += 0
    other: dict[str, list[str]] = {}
    for name, count in names.items():
        total[_root(owner, name)] += count
    pointed = {p + n: n for p in "那这" for n in chinese if n[:1] not in p and p + n[:1] in names}
    for name in (*names, *owner):
        root = _root(owner, name)
        if name != root:
            other.setdefault(root, []).append(name)
    for name, plain in pointed.items():  # beside 那魔, 那魔王 is 魔王
        if name not in total:
            other.setdefault(_root(owner, plain), []).append(name)
    return [
        Character(name, list(dict.fromkeys(other.get(name, [])))) for name, _ in total.most_common()
    ]


def _root(owner: dict[str, str], name: str) -> str:
    seen = {name}
    while (above := owner.get(name)) is not None and above not in seen:
        seen.add(above)
        name = above
    return name


def _latin(names: list[str]) -> dict[str, str]:
    """{name: the more frequent name of the same person}. Names are joined only where all that could
    be joined with one of them could also be joined with each other: `Bingley` stays apart beside
    Mr. and Miss Bingley.
    """
    forms = {name: _Form(name) for name in names if name.split()[-1][:1].isupper()}
    rank = {name: number for number, name in enumerate(forms)}
    holders: dict[str, list[str]] = {}
    for name, form in forms.items():
        for word in form.full:
            holders.setdefault(word, []).append(name)
    near = {}
    for name, form in forms.items():  # who fits shares a word
        others = {other for word in form.full for other in holders[word]} - {name}
        near[name] = [
            other for other in sorted(others, key=rank.__getitem__) if form.fits(forms[other])
        ]
    clear = {
        name
        for name, others in near.items()
        if all(a == b or forms[a].fits(forms[b]) for a in others for b in others)
    }
    owner: dict[str, str] = {}
    for name in forms:
        for other in near[name]:
            if name in clear and other in clear and rank[name] < rank[other]:
                owner.setdefault(other, name)
    return owner


def _pet_names(names: list[str], text: str) -> dict[str, str]:
    """Short forms that only speech uses (`Lizzy`), for the one person whose first name they
    shorten.
    """
    owner: dict[str, str] = {}
    first = {name: name.split()[0].lower() for name in names}
    for short, full in SHORT_EN.items():
        spelled = short.capitalize()
        holders = [name for name in names if full in (first[name], SHORT_EN.get(first[name]))]
        if (
            len(holders) == 1
            and spelled not in names
            and len(re.findall(rf"\b{spelled}\b", text)) >= LEAST
        ):
            owner[spelled] = holders[0]
    return owner


class _Form:
    """The words of a name: capitalised ones without titles, short forms written out."""

    def __init__(self, name: str) -> None:
        words = [w.lower() for w in re.findall(r"[A-Z][A-Za-z'’-]*", name)]
        self.titles = frozenset(words) & TITLES_EN
        self.plain = frozenset(words) - TITLES_EN - {"the"}
        self.full = frozenset(SHORT_EN.get(w, w) for w in self.plain)
        self.gender = title_gender([name])

    def fits(self, other: "_Form") -> bool:
        """Whether both can be one person: the words of one are among the other's, and no title
        contradicts.
        """
        if (
            not self.plain
            or not other.plain
            or (self.gender and other.gender and self.gender != other.gender)
        ):
            return False
        if self.titles and other.titles and self.titles != other.titles:
            return False
        if self.plain <= other.plain or other.plain <= self.plain:
            return True
        return (
            not self.titles
            and not other.titles
            and (self.full <= other.full or other.full <= self.full)
        )


def _chinese(names: list[str], text: str) -> dict[str, str]:
    """{name: the name of the same person it stands under}: a given name of two characters, and the
    surname that the text puts before it."""
    owner: dict[str, str] = {}
    known = set(names)
    given = {
        name: Counter[str]() for name in names if len(name) == 2 and name[1] not in TITLE_ENDS_ZH
    }
    for surname in SURNAME_ZH.finditer(text) if given else ():
        if (name := text[surname.end() : surname.end() + 2]) in given:
            given[name][surname.group()] += 1
    for name, before in given.items():
        total = text.count(name)
        likely = [(s, n) for s, n in before.most_common(2) if n >= LEAST and n >= SHARE * total]
        if len(likely) == 1 or (len(likely) == 2 and likely[0][1] >= 8 * likely[1][1]):
            full = likely[0][0] + name
            if any(
                other != name and other != full and other.startswith(likely[0][0] + name)
                for other in known
            ):
                continue
            owner[full] = name
    return owner
