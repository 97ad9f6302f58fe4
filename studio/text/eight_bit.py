"""Encodings of one byte a character for the languages of Central and Eastern Europe, the Baltic and
Turkey, judged by letters.

Each of them shares most bytes with the Western one (cp1252), so what tells is the letters at which
they differ, and that all letters of a text are those of one language.
"""

from collections import Counter

LETTERS = {
    "Polish": "ąćęłńóśźż",
    "Czech": "áčďéěíňóřšťúůýž",
    "Slovak": "áäčďéíĺľňóôŕšťúýž",
    "Hungarian": "áéíóöőúüű",
    "Croatian": "čćđšž",
    "Romanian": "ăâîşţșț",
    "Lithuanian": "ąčęėįšųūž",
    "Latvian": "āčēģīķļņšūž",
    "Estonian": "äõöüšž",
    "Turkish": "çğıöşüâîûi̇",
}
WESTERN = {
    "French": "àâæçèéêëîïôœùûüÿ",
    "German": "äöüßéè",
    "Spanish": "áéíñóúü",
    "Portuguese": "áâãàçéêíóôúü",  # õ is rarer there than in a misread Hungarian text
    "Italian": "àèéìíîòóùú",
    "Nordic": "æøåäöéü",
    "Icelandic": "áðéíóúýþæö",
    "Dutch": "ëïéèöüáó",
    "Catalan": "àçèéíïòóúü",
}
CENTRAL = ("Polish", "Czech", "Slovak", "Hungarian", "Croatian", "Romanian")
LANGUAGES = {
    "cp1250": CENTRAL,
    "iso8859_2": CENTRAL,
    "cp1257": ("Lithuanian", "Latvian", "Estonian", "Polish"),
    "cp1254": ("Turkish",),
}
MARKS = frozenset("‘’“”–—…•«»°§„‚›‹¿¡£€©®ªº\xa0")
OPENING = frozenset("¿¡")  # never behind a letter
WORDS = frozenset("őéŐÉ")  # words of one letter
# What a letter is worth: of the language alone, of the Western encoding too; of another language.
OWN, SHARED, OTHER, FOREIGN = 1.0, 0.9, 0.2, -0.8
MARK, NO_MARK, ALONE = 0.8, -0.5, -1.0
# By how much the language must fit better than any Western one where one letter tells the encoding;
# half of it is enough where two do.
LONELY = 0.5
AHEAD = 0.1  # before the Western encoding, whose letters are judged without a language
Letters = Counter[tuple[str, bool]]  # (letter, whether the Western encoding has it there): times


def score(sample: bytes, encoding: str) -> tuple[float, int]:
    """(mean worth of the characters beyond ASCII, from -1 to 1.1, in the language that fits best;
    how many they are) as `encoding` reads the sample; -1 where a Western language fits as well.
    """
    text, western = sample.decode(encoding, "replace"), sample.decode("cp1252", "replace")
    same = [a == b for a, b in zip(text, western, strict=True)]
    letters, fixed, count, telling = _letters(text, same)
    others, others_fixed, _, _ = _letters(western, [True] * len(western))
    if not telling:
        return -1.0, count
    best = max(_worth(letters, LETTERS[name], OTHER) for name in LANGUAGES[encoding]) + fixed
    rival = max(_worth(others, letters, NO_MARK) for letters in WESTERN.values()) + others_fixed
    if best - rival < count * LONELY / telling:
        return -1.0, count
    return best / count + AHEAD, count


def _letters(text: str, same: list[bool]) -> tuple[Letters, float, int, int]:
    """The letters beyond ASCII within words, what all other characters are worth, how many
    characters there are, and at how many different places one stands that the Western encoding
    has not.
    """
    letters: Letters = Counter()
    places: set[str] = set()
    fixed, count = 0.0, 0
    for place, c in enumerate(text):
        if c < "\x80":
            continue
        count += 1
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if (found := _apart(c, before, after)) is not None:
            fixed += found
            continue
        letters[c, same[place]] += 1
        if not same[place]:
            places.add(before + c + after)
    return letters, fixed, count, len(places)


def _apart(c: str, before: str, after: str) -> float | None:
    """What a character is worth in any language; None for a letter within a word.

    The sample is cut into lines, so that what stands before and behind may not be known.
    """
    inside = before.isalpha() and after.isalpha()
    if not c.isalpha():
        misplaced = before.isalpha() if c in OPENING else inside and c != "’"
        return MARK if c in MARKS and not misplaced else NO_MARK
    alone = not (before.isalpha() or after.isalpha())
    if alone and before.strip("\n") and after.strip("\n") and c not in WORDS:
        return ALONE
    if before > "\x7f" and after > "\x7f" and inside:
        return OTHER  # `příští`, but hardly ever in more than one word of many
    return NO_MARK if c.isupper() and before.islower() else None


def _worth(letters: Letters, language: str, other: float) -> float:
    """The worth of letters in a language; `other`: of one that the Western encoding shares and the
    language has not.
    """
    total = 0.0
    for (c, shared), n in letters.items():
        if c.lower() in language:
            total += n * (SHARED if shared else OWN)
        else:
            total += n * (other if shared else FOREIGN)
    return total
