"""Poems, letters and lists among the lines, known by how they are laid out.

What is recited, read out or counted off is no answer to the line before it.
"""

import re
from collections import Counter
from collections.abc import Sequence

POEM, LETTER, LIST = "poem", "letter", "list"
FORMS = (POEM, LETTER, LIST)
CHINESE = re.compile(r"[\u3400-\u9fff]+")
CLAUSE_END = re.compile(r"[，。！？；：、,!?;…\s]+")
# Of regular Chinese verse: characters between two stops → the fewest of that length. Prose, too,
# falls into four clauses of four characters now and then, hardly ever into eight. Where an edition
# sets no commas, two lines of verse are one of ten or fourteen.
REGULAR = {4: 8, 5: 4, 6: 6, 7: 4, 10: 3, 14: 3}
REGULAR_SHARE = 0.8  # of the clauses have the length of the verse; the others lead in and out
# Lines of verse are shorter than the columns of a wrapped page (65 to 75 characters).
VERSE_LINES, VERSE_COLUMNS, VERSE_CHARACTERS = 4, 58, 16
SALUTATION = re.compile(
    r"(?:(?:my|our)\s+)?(?:own\s+)?(?:very\s+)?(?:dear|dearest|honou?red|beloved)\b[^.!?\n]{0,50}"
    r"[,:;—–-]+|(?:to whom it may concern|sir|madam|gentlemen|sirs)[,:—–-]+"
    r"|(?:亲爱的|尊敬的|敬爱的)[^，。！？\n]{1,16}[：:，,！!]"
    r"|[^，。！？：:\n]{1,16}(?:台鉴|钧鉴|大鉴|尊鉴|惠鉴|雅鉴|如晤|如面|见字如面|见信如晤|膝下)"
    r"[：:，,。！!]*",
    re.IGNORECASE,
)
# In a wrapped line of prose the last words may stand alone: a closing begins with a capital, and a
# signature follows a bare one.
CLOSING = re.compile(
    r"(?:I (?:am|remain),?\s.{0,40}\s)?Yours?\b.{0,40}\b(?:sincerely|truly|faithfully|ever|etc"
    r"|obediently|affectionate(?:ly)?|servant|friend|son|daughter|brother|sister|cousin)[,.]?"
    r"|(?:此致|敬礼|顺颂.{1,6})[！!。]*"
    r"|[^，。！？\n]{0,12}(?:顿首|谨启|敬启|敬上|谨上|拜上|手启|手书|亲笔)[。]*"
)
SIGNED = re.compile(
    r"(?:Yours|Sincerely|Faithfully|Respectfully|Affectionately|With love|Love|Best wishes"
    r"|(?:Kind|Best|Warm) regards),"
)
LISTED = re.compile(
    r"(?:[-*+•·●○▪■◆–—]\s+|[①-⑳]|\(?\d{1,3}[.)](?!\d)\s*|\d{1,3}[、．]\s*"
    r"|[（(](?:\d{1,3}|[一二三四五六七八九十]{1,3}|[a-z]|[ivx]{1,4})[)）]"
    r"|[一二三四五六七八九十]{1,3}[、．.]|第[一二三四五六七八九十\d]{1,3}(?:条|[，,、：:])"
    r"|(?:[a-z]|[ivx]{1,4})[.)]\s+)\s*\S",
    re.IGNORECASE,
)
LIST_LINES, LIST_SHARE = 3, 0.6


def form_of(text: str, *, verse: bool = True) -> str:
    """ "poem", "letter", "list" or "" of a line as it is printed, line breaks included.

    verse: whether it can be a poem at all. Poem: Chinese clauses all of one length, or at least
    four short lines that begin with capitals each, or of Chinese. Letter: a salutation or a
    closing in a line of its own. List: most lines begin with a number or a bullet.
    """
    rows = [row.strip() for row in text.splitlines() if row.strip()]
    if len(rows) >= LIST_LINES and sum(map(_listed, rows)) >= LIST_SHARE * len(rows):
        return LIST
    if len(rows) > 1 and (SALUTATION.fullmatch(rows[0]) or _closed(rows)):
        return LETTER
    return POEM if verse and (_regular(text) or _short_lines(rows)) else ""


def form_of_pieces(texts: Sequence[str], *, verse: bool) -> str:
    """The form that more than half of the characters of a turn have, else ""."""
    sizes: Counter[str] = Counter()
    for text in texts:
        sizes[form_of(text, verse=verse)] += len(text)
    form, size = sizes.most_common(1)[0]
    return form if 2 * size > sizes.total() else ""


def _listed(row: str) -> bool:
    return LISTED.match(row) is not None


def _closed(rows: Sequence[str]) -> bool:
    return any(map(CLOSING.fullmatch, rows[-3:])) or any(map(SIGNED.fullmatch, rows[-3:-1]))


def _regular(text: str) -> bool:
    """Whether it is Chinese verse, whose clauses have one length."""
    clauses = [clause for clause in CLAUSE_END.split(text) if clause]
    if len(clauses) < min(REGULAR.values()) or not all(map(CHINESE.fullmatch, clauses)):
        return False
    length, count = Counter(map(len, clauses)).most_common(1)[0]
    return count >= max(REGULAR.get(length, len(clauses) + 1), REGULAR_SHARE * len(clauses))


def _short_lines(rows: Sequence[str]) -> bool:
    """Whether it is printed as verse: short lines that were not wrapped."""
    if len(rows) < VERSE_LINES:
        return False
    if CHINESE.match(rows[0]):
        return max(map(len, rows)) <= VERSE_CHARACTERS
    capitals = sum(row.lstrip("“\"'‘(—-")[:1].isupper() for row in rows)
    return max(map(len, rows)) <= VERSE_COLUMNS and capitals >= 0.8 * len(rows)
