"""Which level a Markdown heading has whose words name a part of the text: # 第一章, ## 第一节.

Marks and words say the same in most texts. Where they contradict each other the words are right:
converters give every heading one #, or a wrong one here and there.
"""

import functools
from collections import Counter, defaultdict
from collections.abc import Iterator

from studio.text import heading_patterns as patterns

BELOW_WORDS = 60  # for headings that name no part, where the words give the others' levels


@functools.lru_cache(maxsize=4)
def levels(text: str) -> dict[int, int]:
    """The level of each named part's heading, by what its words give: that which its kind has
    mostly, or the words' own where marks do not go down with the words; {} where no part is named.
    """
    marks: dict[int, Counter[int]] = defaultdict(Counter)
    for count, title in _marked(text):
        named = patterns.structural(title)
        if named is not None:
            marks[named.level][count] += 1
    usual = {level: counts.most_common(1)[0][0] for level, counts in sorted(marks.items())}
    counts = list(usual.values())
    return usual if counts == sorted(set(counts)) else {level: level for level in usual}


def by_words(text: str) -> bool:
    """Whether the words give the levels of the text's Markdown headings."""
    return any(level == given for level, given in levels(text).items())


def _marked(text: str) -> Iterator[tuple[int, str]]:
    """(how many marks, title) of the lines that begin with #."""
    place = 0 if text.startswith("#") else text.find("\n#") + 1
    while place or text.startswith("#"):
        end = text.find("\n", place)
        line = text[place : end if end >= 0 else len(text)].rstrip()
        if found := patterns.MARKDOWN.fullmatch(line):
            title = found["title"]
            emphasis = patterns.EMPHASIS.fullmatch(title)
            yield len(found["marks"]), emphasis.group(2).strip() if emphasis else title
        place = text.find("\n#", place) + 1
        if not place:
            return
