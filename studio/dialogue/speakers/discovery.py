"""Names that speak in a novel, found without a table: by the words beside verbs of speech."""

import re
from collections import Counter

from studio.dialogue.characters.aliases import TITLE_ENDS_ZH
from studio.dialogue.characters.table import Cast
from studio.dialogue.characters.validate import key
from studio.dialogue.lexicon import (
    ADVERB_ZH,
    AFTER_NAME_ZH,
    NO_HEAD_ZH,
    NOT_NAMES_ZH,
    PRONOUN_ZH,
    SURNAMES_ZH,
)
from studio.dialogue.lexicon_zh import DOUBLED_ZH, NO_NAME_ZH
from studio.dialogue.quotes.spans import find_quotes
from studio.dialogue.records import Character
from studio.dialogue.speakers.cues import Narration
from studio.dialogue.speakers.cues_en import English
from studio.dialogue.speakers.cues_zh import CLAUSE, SENTENCE
from studio.dialogue.speakers.short_names import Owners, Shorts, find_shorts
from studio.dialogue.speakers.tags_zh import MONK, is_manner, strip_lead, subject_of
from studio.progress import UNWATCHED, Watch
from studio.text.paragraphs import paragraphs
from studio.text.scripts import is_chinese
from studio.text.speech import SPEECH_ZH

LONGEST_ZH = 6
RARER = 3  # tags with a name alone for each one with more words, which are no name then
MENTIONED = 2  # places of a name in the text, beyond which one tag is enough for a person
POINTING = "那这好该此"
# `宝玉道：` in prose without quotation marks.
UNMARKED_TAG_ZH = re.compile(
    r"(?:^|[。！？；，\n])([^。！？；，\n：:]{1,24}[道曰说答问云])[：:]", re.MULTILINE
)
BEGUN = 2  # clauses that a full name begins, where speech tells of it but once
FULL_NAME_ZH = re.compile(
    rf"(?:^|[\s。！？，；：、“”「」])([{''.join(sorted(SURNAMES_ZH))}][\u3400-\u9fff]{{1,2}})",
    re.MULTILINE,
)
COUNTED_ZH = re.compile(r"[一二两三四五六七八九十几][个位名人]")
# "her mother" is another person each time, so it is never a person of the table.
RIGHT_END = re.compile(rf"{SENTENCE.pattern}|{CLAUSE.pattern}")
POSSESSED = re.compile(
    r"(?:his|her|my|our|their|your|its|one|another|this|that|a|an)\s|I$|\W*$", re.IGNORECASE
)


def novel_counts(text: str, watch: Watch = UNWATCHED) -> Counter[str]:
    """Names by the number of quotes whose tag names them."""
    return novel_names(text, watch)[0]


def novel_names(text: str, watch: Watch = UNWATCHED) -> tuple[Counter[str], Shorts]:
    """As `novel_counts`, with the names of one character that the text uses."""
    parts = paragraphs(text)
    narration = Narration(text, parts, find_quotes(text, parts))
    watch.at(0.05)
    if not is_chinese(text):
        return _english(text, narration, watch), Shorts()
    spans = [
        span
        for index in watch.over(range(len(narration.quotes)), 0.05, 0.1)
        for span in _tags(text, narration, index)
    ] or [m.span(1) for m in UNMARKED_TAG_ZH.finditer(text)]
    shorts = find_shorts(text, (text[a:b] for a, b in spans))
    counts = _chinese(text, [text[a:b] for a, b in spans], shorts)
    return counts + _by_full_name(text, spans, shorts), shorts


def _english(text: str, narration: Narration, watch: Watch) -> Counter[str]:
    rules = English(text, Cast([]))
    spelled: dict[str, Counter[str]] = {}
    for index in watch.over(range(len(narration.quotes)), 0.05, 0.1):
        clue = rules.right(*narration.right(index)) or rules.left(*narration.left(index))
        if clue and clue.name and not POSSESSED.match(clue.name):
            spelled.setdefault(key(clue.name), Counter())[clue.name] += 1
    return Counter({names.most_common(1)[0][0]: sum(names.values()) for names in spelled.values()})


def _chinese(text: str, clauses: list[str], shorts: Shorts) -> Counter[str]:
    """Prefixes of the clauses that lead to speech, kept where many different words follow them, or
    where nothing but manner and a verb of speech does."""
    openings = [clause[strip_lead(clause) :][: LONGEST_ZH + 1] for clause in clauses]
    subjects = [_unpointed(subject_of(clause, shorts.ones)[0]) for clause in clauses]
    openings = [
        head[1:] if subject and head.startswith(tuple(f"{c}{subject}" for c in POINTING)) else head
        for head, subject in zip(openings, subjects, strict=True)
    ]
    count: Counter[str] = Counter()
    after: dict[str, Counter[str]] = {}
    for head, subject in zip(openings, subjects, strict=True):
        if not subject and head[:1] in shorts.full:
            continue  # `操视之`: one character is the name, and what follows it is none
        longest = len(subject) or LONGEST_ZH
        for length in range(2, min(longest, len(head) - 1) + 1):
            count[head[:length]] += 1
            after.setdefault(head[:length], Counter())[head[length]] += 1
    plain = Counter(filter(None, subjects))
    names = {p for p, n in count.items() if n >= 2 and _is_name(p, n, count, after[p])}
    names |= {
        name
        for name, n in plain.items()
        if _may_be_name(name) and (n >= 2 or text.count(name) > MENTIONED)
    }
    names = {name for name in names if not _goes_on(name, names, plain, count)}
    names |= _once_tagged(text, openings, names)
    # 那呆子 is 呆子 where both occur.
    table = Cast(
        [], [Character(name) for name in names if not (name[0] in POINTING and name[1:] in names)]
    )
    return Counter(
        m.name
        for head in openings
        for m in table.find(head)[:1]
        if m.start == 0 or head[0] in POINTING and m.start == 1
    )


def _unpointed(subject: str) -> str:
    """A subject of two characters or more, without a pointing word: `那老者` is 老者; "" else."""
    if len(subject) > 2 and subject[0] in POINTING:
        return subject[1:]
    return subject if len(subject) > 1 else ""


def _goes_on(name: str, names: set[str], plain: Counter[str], count: Counter[str]) -> bool:
    """Whether a longer prefix is a shorter name and the words after it: `三藏合掌`, `八戒沙僧`."""
    for size in range(2, len(name)):
        known, rest = name[:size], name[size:]
        if known not in names:
            continue
        rare = plain[known] >= RARER * count[name]
        two = rest in names and plain[rest] >= RARER * count[name]
        if is_manner(rest) or (rare and (two or rest[-1] not in TITLE_ENDS_ZH)):
            return True
    return False


def _by_full_name(text: str, spans: list[tuple[int, int]], shorts: Shorts) -> Counter[str]:
    """The tags with a name of one character, by the full name that it stands for."""
    if not shorts.full:
        return Counter()
    full = {name for names in shorts.full.values() for name in names}
    owners = Owners(
        (m.start(), m.group(), m.group())
        for m in re.finditer("|".join(sorted(full, key=lambda n: (-len(n), n))) or "(?!)", text)
    )
    found = Counter(dict.fromkeys(sorted(full), 0))
    for low, high in spans:
        name, start = subject_of(text[low:high], shorts.ones)
        if len(name) == 1 and name in shorts.full:
            found[owners.at(name, low + start) or name] += 1
    return found


def _tags(text: str, narration: Narration, index: int) -> list[tuple[int, int]]:
    """The clauses that may name the speaker: those of the sentence that leads to the quote, or the
    first after it.
    """
    low, high = narration.left(index)
    body = text[low:high].rstrip()
    if body[-1:] in ("：", ":"):
        ends = [m.end() for m in SENTENCE.finditer(body)]
        begin = low + (ends[-1] if ends else 0)
        cuts = [
            begin,
            *(m.end() for m in CLAUSE.finditer(text, begin, low + len(body) - 1)),
            low + len(body),
        ]
        return [(a, b) for a, b in zip(cuts, cuts[1:], strict=False) if b - a <= 60]
    low, high = narration.right(index)
    head = text[low : min(high, low + 12)]
    stop = RIGHT_END.search(head)
    head = head[: stop.start()] if stop else head
    return [(low, low + len(head))] if SPEECH_ZH.search(head) else []


def last_tag(text: str, narration: Narration, index: int) -> str:
    """The clause nearest to a quote that may name its speaker; "" where none stands beside it."""
    spans = _tags(text, narration, index)
    return text[slice(*spans[-1])] if spans else ""


def _once_tagged(text: str, openings: list[str], names: set[str]) -> set[str]:
    """Full names, a surname first, that lead to speech too seldom to be told by that alone, and
    begin other clauses too.
    """
    fit = {
        head[:length]
        for head in openings
        for length in (2, 3)
        if len(head) > length
        and head[0] in SURNAMES_ZH
        and head[length] in AFTER_NAME_ZH
        and _may_be_name(head[:length])
        and not any(head.startswith(known) for known in names)
    }
    begun = Counter(
        m[1][:length]
        for m in FULL_NAME_ZH.finditer(text)
        for length in (2, 3)
        if m[1][:length] in fit
    )
    return {name for name in fit if begun[name] >= BEGUN}


def _may_be_name(prefix: str) -> bool:
    """Whether nothing in a prefix speaks against its being a name."""
    if (
        prefix in NOT_NAMES_ZH
        or (prefix[-1] == prefix[-2] and prefix not in DOUBLED_ZH)
        or PRONOUN_ZH.search(prefix)
        or not all("\u3400" <= c <= "\u9fff" for c in prefix)
        or prefix[0] in "对向朝因被"
        or (len(prefix) == 2 and prefix[0] in POINTING and prefix[1] in SURNAMES_ZH)
    ):
        return False
    if COUNTED_ZH.match(prefix) or NO_NAME_ZH.search(prefix) or "的" in prefix or is_manner(prefix):
        return False
    return not (
        prefix[-1] in AFTER_NAME_ZH
        or any(c in "道说问答曰" for c in MONK.sub("", prefix))
        or ADVERB_ZH.search(prefix)
        or prefix[0] in NO_HEAD_ZH
        or prefix[0] in "谓顾"
    )


def _is_name(prefix: str, n: int, count: Counter[str], after: Counter[str]) -> bool:
    """Whether a prefix ends where a name ends: verbs or manner follow it, and nothing in it is
    one.
    """
    if not _may_be_name(prefix):
        return False
    follows = sum(k for c, k in after.items() if c in AFTER_NAME_ZH)
    longest = max((count[prefix + c] for c in after if c not in AFTER_NAME_ZH), default=0)
    return follows >= 2 and follows >= 0.5 * n and longest <= 0.8 * n
