"""The cutting methods: nothing is lost by any of them, no limit is passed, and each cuts where it
says.
"""

import random
import re
import time
import unicodedata
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from studio.chunking import Chunk, ChunkSpec, chunk_text, methods
from studio.chunking.cut import cut_text
from studio.chunking.encoders.base import Vectors
from studio.chunking.methods.clauses import pieces
from studio.chunking.methods.settle import made_of
from studio.chunking.tokens.counting import count_tokens
from studio.text.punctuation import NEVER_FIRST
from studio.text.sentences import borders

MUCH = 120_000  # characters of a book; whole ones stand in test_chunking.py
METHODS = ("semantic", "structure", "paragraph", "recursive", "length", "tokens", "greedy")
JOINED = "\u200d\ufe0f\U0001f3fd\U0001f3fb"


def forced(text: str, before: Chunk, start: int) -> bool:
    """Whether nothing but marks, spaces and parts of characters stands between the chunk before and
    `start`.
    """
    return all(
        character in NEVER_FIRST
        or character.isspace()
        or character in JOINED + "\"'—"
        or unicodedata.category(character)[0] == "M"
        for character in text[before.start + 1 : start + 1]
    )


def alike(text: str, places: list[int], told: object) -> Vectors:
    """Stands in for an encoder where the method looks at none."""
    return Vectors(np.ones((len(places) - 1, 1)))


def check(text: str, spec: ChunkSpec, *, quick: bool = False) -> list[Chunk]:
    quick = quick and spec.method not in ("semantic", "greedy")
    chunks = cut_text(text, spec, encoder=alike).chunks if quick else chunk_text(text, spec)
    for chunk in chunks:
        assert chunk.text == text[chunk.start : chunk.end] != ""
        assert (
            chunk.tokens
            == count_tokens(chunk.text, spec.token_counter).count(0, len(chunk.text))
            <= spec.max_tokens
        )
    for before, chunk in pairwise(chunks):
        assert before.start <= chunk.start <= before.end < chunk.end
        if chunk.text.lstrip()[:1] in NEVER_FIRST:
            assert forced(text, before, chunk.start), (spec.method, chunk.text[:20])
    if not spec.overlap:
        assert "".join(chunk.text for chunk in chunks) == text
    assert not text or (chunks[0].start, chunks[-1].end) == (0, len(text))
    return chunks


MEAN = [
    "他说：“好。”",
    "“他说‘走。’”",
    "「『真的？』」",
    "真的吗？！",
    "……",
    "——",
    "。",
    "，",
    "；",
    "”",
    "』",
    "）",
    "（",
    "“",
    "‘",
    "《",
    "》",
    "(",
    ")",
    '"',
    "'",
    "\r\n",
    "\n",
    "\n\n",
    "\r",
    "\u2028",
    "\x85",
    "   ",
    "　　",
    "\t",
    'Mr. Wu said "no." ',
    "e.g. 4.0 ",
    "It's 'fine.' ",
    "U.S. ",
    "word ",
    "averyveryverylongword" * 3,
    "第一章 开头\n",
    "第二条 甲，乙。\n",
    "# 标题\n",
    "## 第三节 丙\n",
    "Chapter 1\n",
    "INT. HOUSE - DAY\n",
    "目录\n",
    "一、甲\n",
    "===\n",
    "很长的一句话没有标点" * 4,
    "👩‍👩‍👧‍👦",
    "👍🏽",
    "🇨🇳🇫🇷",
    "e\u0301",
    "ก็",
    "مرحبا؟ ",
    "שלום. ",
    "𠀀",
    "\ud800",
    "\0",
    "\ufeff",
    "\u200b",
    "①",
    "（一）",
    "1. ",
    "- ",
    "3.14%",
    "｡",
    "、",
    "．",
]
WHOLE = [
    "",
    " ",
    "。",
    "”",
    "\n" * 50,
    " " * 700,
    "。" * 300,
    "”』）。！？" * 60,
    "没有标点" * 200,
    "第一章 甲\n" * 40,
    "# a\n" * 50,
    "“未闭合的引号。" * 60,
    "(" * 400,
    "\u0301" * 90,
    "👩‍👩‍👧" * 90,
    "字" * 40_000,
    "字，" * 20_000,
    "word " * 8_000,
    "a" * 4_000,
    "\r\n" * 90,
    " 。 ”" * 90,
    "“" * 300,
    "'\"" * 200,
    "— " * 200,
    "一\n" * 400,
]


def generated(count: int) -> list[str]:
    chance = random.Random(20)
    return WHOLE + [
        "".join(chance.choices(chance.sample(MEAN, chance.randint(1, 12)), k=chance.randint(1, 40)))
        for _ in range(count - len(WHOLE))
    ]


@pytest.mark.long
@pytest.mark.parametrize("method", METHODS)
def test_hundreds_of_generated_texts_lose_nothing(method):
    for number, text in enumerate(generated(500)):
        most = (16, 24, 40, 100)[number % 4]
        check(
            text,
            ChunkSpec(
                method=method,
                max_tokens=most,
                overlap=most // 4 if number % 5 == 0 else 0,
                token_counter=("estimate", "characters")[number // 4 % 2],
                granularity=0.7,
            ),
            quick=number % 10 > 0,
        )


@pytest.mark.long
@pytest.mark.parametrize("method", METHODS)
def test_real_texts_lose_nothing(shared, method):
    files = sorted(
        path for path in shared.rglob("*") if path.suffix in (".txt", ".md", ".csv", ".ref")
    )
    large = [path for path in files if path.suffix != ".ref" and path.name != "train.txt"]
    for path in large + files[:: len(files) // 12]:
        text = path.read_bytes().decode("utf-8")[:MUCH]
        check(text, ChunkSpec(method=method, max_tokens=300))


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
def test_every_real_text_loses_nothing(shared, method):
    for path in sorted(shared.rglob("*")):
        if path.is_file():
            check(path.read_bytes().decode("utf-8"), ChunkSpec(method=method, max_tokens=512))


def test_overlap_is_the_end_of_the_chunk_before():
    text = "".join(f"这是第{n}句话，说的是第{n}件事情。" for n in range(300))
    for method in METHODS:
        chunks = check(
            text, ChunkSpec(method=method, max_tokens=100, overlap=30, token_counter="characters")
        )
        lapped = [before.end - chunk.start for before, chunk in pairwise(chunks)]
        assert max(lapped) <= 30
        assert sum(size > 0 for size in lapped) > 0.9 * len(lapped), method
    exact = check(
        text, ChunkSpec(method="tokens", max_tokens=100, overlap=30, token_counter="characters")
    )
    assert all(chunk.tokens >= 96 for chunk in exact[1:-1])


# structure


def test_a_statute_has_one_chunk_an_article(shared):
    text = (shared / "laws/criminal_law.md").read_text(encoding="utf-8")
    articles = re.findall(
        r"^第[一二三四五六七八九十百零]+条(?:之[一二三四五六七八九十]+)?(?= )", text, re.MULTILINE
    )
    assert len(articles) == len(set(articles)) > 500
    for unit in ("auto", "article"):
        chunks = check(text, ChunkSpec(method="structure", structure_unit=unit, max_tokens=2048))
        names = [
            chunk.heading.split(" › ")[-1].removesuffix("（删去）").strip() for chunk in chunks
        ]
        held = [chunk for name, chunk in zip(names, chunks, strict=True) if "条" in name]
        assert [name for name in names if "条" in name] == articles
        for name, chunk in zip(articles, held, strict=True):
            body = chunk.text[chunk.text.rindex(f"{name} ") :]
            assert body.startswith(name) and "\n#" not in body
            assert (
                len(
                    re.findall(
                        r"^第[一二三四五六七八九十百零]+条(?:之[一二三四五六七八九十]+)? ",
                        chunk.text,
                        re.MULTILINE,
                    )
                )
                == 1
            )
        assert (
            len(chunks) == len(articles) + 3
        )  # what stands before the first article, and two annexes
    by_article = {chunk.heading.split(" › ")[-1]: chunk.heading for chunk in held}
    assert by_article["第一百零二条"] == "第二编 分则 › 第一章 危害国家安全罪 › 第一百零二条"
    assert by_article["第一百六十九条之一"] == (
        "第二编 分则 › 第三章 破坏社会主义市场经济秩序罪 › 第三节 "
        "妨害对公司、企业的管理秩序罪 › 第一百六十九条之一"
    )
    assert by_article["第四百五十二条"] == "附则 › 第四百五十二条"


def test_the_paths_of_a_statute_are_those_of_its_lines(shared):
    text = (shared / "laws/criminal_law.md").read_text(encoding="utf-8")
    chunks = chunk_text(
        text, ChunkSpec(method="structure", structure_unit="article", max_tokens=2048)
    )
    above: dict[int, str] = {}
    expected = {}
    for line in text.splitlines():
        if line.startswith("##"):
            level = len(line) - len(line.lstrip("#"))
            above = {of: title for of, title in above.items() if of < level} | {
                level: line.lstrip("# ")
            }
        elif found := re.match(
            r"第[一二三四五六七八九十百零]+条(?:之[一二三四五六七八九十]+)?(?= )", line
        ):
            expected[found.group()] = " › ".join([*above.values(), found.group()])
    told = {
        chunk.heading.split(" › ")[-1].removesuffix(" （删去）"): chunk.heading.removesuffix(
            " （删去）"
        )
        for chunk in chunks
    }
    assert {name: told[name] for name in expected} == expected


@pytest.mark.long
def test_a_novel_is_cut_by_chapter(shared):
    text = (shared / "novels/journey_to_the_west.txt").read_bytes().decode("utf-8")
    chunks = check(text, ChunkSpec(method="structure", max_tokens=32768))
    titles = re.findall(r"^(?:第[一二三四五六七八九十百零]+回|附录) .*$", text, re.MULTILINE)
    assert len(chunks) == len(titles) + 1 == 102
    assert [chunk.heading for chunk in chunks[1:]] == [" ".join(title.split()) for title in titles]
    parts = check(text, ChunkSpec(method="structure", max_tokens=1024))
    assert {chunk.heading for chunk in parts} >= {" ".join(title.split()) for title in titles}
    assert all(text[chunk.start - 1] in "\n。！？”’…；：— " for chunk in parts[1:])
    for title in titles:
        sizes = [chunk.tokens for chunk in parts if chunk.heading == " ".join(title.split())]
        assert max(sizes) < 1.8 * min(sizes)


def test_a_script_is_cut_by_scene():
    text = "".join(
        f"第{n}场 日 内 皇宫\n\n皇帝：今天是第{n}天。\n甄嬛：（笑）是。\n\n" for n in range(1, 9)
    )
    assert made_of(text) == "scene"
    chunks = check(text, ChunkSpec(method="structure", max_tokens=512))
    assert [chunk.heading for chunk in chunks] == [f"第{n}场 日 内 皇宫" for n in range(1, 9)]
    play = (
        "ACT I\n\nSCENE I. A hall.\n\nHAMLET. To be.\n\nSCENE II. A room.\n\n"
        "OPHELIA. My lord.\n\nACT II\n\nSCENE I. A hall.\n\nHAMLET. No.\n"
    )
    assert [chunk.heading for chunk in check(play, ChunkSpec(method="structure"))] == [
        "ACT I › SCENE I. A hall",
        "ACT I › SCENE II. A room",
        "ACT II › SCENE I. A hall",
    ]
    film = "INT. HOUSE - DAY\n\nHe comes in.\n\nEXT. STREET - NIGHT\n\nShe runs.\n"
    assert len(check(film, ChunkSpec(method="structure"))) == 2


def test_headings_go_with_the_first_unit_below_and_nothing_is_joined():
    text = (
        "前面的话。\n\n第一编 总则\n\n第一章 甲\n\n第一条 一。\n\n第二条 二。\n\n第二章 乙\n\n"
        "第三条 三。\n\n三之二。\n\n附则\n\n第四条 四。\n"
    )
    chunks = check(text, ChunkSpec(method="structure", structure_unit="article", min_tokens=400))
    assert [chunk.text.strip() for chunk in chunks] == [
        "前面的话。",
        "第一编 总则\n\n第一章 甲\n\n第一条 一。",
        "第二条 二。",
        "第二章 乙\n\n第三条 三。\n\n三之二。",
        "附则\n\n第四条 四。",
    ]
    assert [chunk.heading for chunk in chunks] == [
        "",
        "第一编 总则 › 第一章 甲 › 第一条",
        "第一编 总则 › 第一章 甲 › 第二条",
        "第一编 总则 › 第二章 乙 › 第三条",
        "附则 › 第四条",
    ]
    by_chapter = check(text, ChunkSpec(method="structure", structure_unit="chapter"))
    assert [chunk.text.strip()[:5] for chunk in by_chapter] == [
        "前面的话。",
        "第一编 总",
        "第二章 乙",
        "附则\n\n第",
    ]
    by_part = check(text, ChunkSpec(method="structure", structure_unit="part"))
    assert [chunk.text.strip()[:5] for chunk in by_part] == [
        "前面的话。",
        "第一编 总",
        "附则\n\n第",
    ]


def test_a_unit_over_the_limit_is_cut_evenly():
    text = (
        "第一章 甲\n\n"
        + "".join("这是一个句子，它说明一件事情。" * 3 + "\n\n" for _ in range(9))
        + "第二章 乙\n\n短。\n"
    )
    chunks = check(text, ChunkSpec(method="structure", structure_unit="chapter", max_tokens=160))
    sizes = [chunk.tokens for chunk in chunks if chunk.heading == "第一章 甲"]
    assert len(sizes) == 3 and max(sizes) - min(sizes) < 30
    assert all(text[: chunk.start].endswith("\n") for chunk in chunks[1:])


def test_a_text_without_structure_is_cut_by_paragraph_and_says_so():
    text = "他走了很远的路。\n" * 40
    for unit in ("auto", "article"):
        spec = ChunkSpec(method="structure", structure_unit=unit, max_tokens=64, min_tokens=20)
        cut = cut_text(text, spec)
        assert "paragraph" in cut.note
        assert [chunk.text for chunk in cut.chunks] == [
            chunk.text
            for chunk in chunk_text(text, spec.model_copy(update={"method": "paragraph"}))
        ]
    assert cut_text("第一条 甲。\n第二条 乙。\n", ChunkSpec(method="structure")).note == ""


@pytest.mark.long
def test_a_section_settles_what_later_text_cannot_change():
    text = "".join(
        f"第{n}章 题\n\n" + "他走进屋子坐下喝茶，然后又走了。" * (n % 7 + 2) + "\n\n"
        for n in range(1, 60)
    )
    for method in METHODS[1:6]:
        spec = ChunkSpec(method=method, structure_unit="chapter", max_tokens=120, min_tokens=20)
        whole = methods.plan(text, borders(text), count_tokens(text), spec)
        for end in borders(text)[-60:-1]:
            half = methods.plan(text[:end], borders(text[:end]), count_tokens(text[:end]), spec)
            kept = [half.units.places[first] for first in half.firsts[: half.settled + 1]]
            assert len(kept) > 10
            assert kept == [whole.units.places[first] for first in whole.firsts[: len(kept)]], (
                method
            )


# paragraph, recursive, tokens


def test_paragraphs_stay_whole():
    long = "".join(f"这是第{n}段，" + "有一些话要说。" * 8 + "\n\n" for n in range(12))
    assert [
        chunk.text.count("段")
        for chunk in check(long, ChunkSpec(method="paragraph", max_tokens=200, min_tokens=20))
    ] == [1] * 12
    short = "".join(f"“第{n}句。”他说。\n" for n in range(50))
    chunks = check(short, ChunkSpec(method="paragraph", max_tokens=100, min_tokens=40))
    assert min(chunk.tokens for chunk in chunks) >= 40
    assert all(chunk.text.endswith("\n") for chunk in chunks)
    one = "他走进屋子坐下喝茶。" * 100
    sizes = [
        chunk.tokens
        for chunk in check(one, ChunkSpec(method="paragraph", max_tokens=300, min_tokens=64))
    ]
    assert max(sizes) - min(sizes) <= 10


def test_a_paragraph_of_a_wrapped_book_ends_at_a_blank_line(shared):
    text = (shared / "speakers/pdnc/TheSignOfTheFour/novel_text.txt").read_text(encoding="utf-8")
    chunks = check(text, ChunkSpec(method="paragraph", max_tokens=2000, min_tokens=0))
    assert all(re.search(r"\n\s*\n$", chunk.text) for chunk in chunks[:-1])


def test_recursive_cuts_at_the_strongest_border():
    text = "".join(
        f"# 部{p}\n\n"
        + "".join(f"## 节{p}.{s}\n\n" + ("一段话在这里说完。" * 5 + "\n\n") * 2 for s in range(3))
        for p in range(3)
    )
    chunks = check(text, ChunkSpec(method="recursive", max_tokens=420, min_tokens=16))
    assert [chunk.text[:4] for chunk in chunks] == ["# 部0", "# 部1", "# 部2"]
    finer = check(text, ChunkSpec(method="recursive", max_tokens=130, min_tokens=16))
    assert all(chunk.text.startswith("#") for chunk in finer)
    words = check("word " * 300, ChunkSpec(method="recursive", max_tokens=40, min_tokens=0))
    assert all(chunk.text.startswith("word") and chunk.text.endswith(" ") for chunk in words)


def test_no_chunk_is_short_where_it_can_be_helped(shared):
    text = (shared / "speakers/pdnc/AlicesAdventuresInWonderland/novel_text.txt").read_text(
        encoding="utf-8"
    )
    for method in ("paragraph", "recursive", "length"):
        assert (
            min(
                chunk.tokens
                for chunk in chunk_text(
                    text, ChunkSpec(method=method, max_tokens=512, min_tokens=100)
                )
            )
            >= 100
        )


def test_windows_are_full():
    text = "他走进屋子坐下喝茶，“真的吗？！”她问。" * 200
    chunks = check(
        text, ChunkSpec(method="tokens", max_tokens=64, token_counter="characters", min_tokens=0)
    )
    assert all(60 <= chunk.tokens <= 64 for chunk in chunks[:-1])
    for most in range(16, 30):
        emoji = check(
            "👩‍👩‍👧‍👦🇨🇳👍🏽e\u0301" * 30,
            ChunkSpec(method="tokens", max_tokens=most, token_counter="characters", min_tokens=0),
        )
        assert all(
            chunk.text[0] in "👩🇨👍e" and not chunk.text.endswith("\u200d") for chunk in emoji
        )


# sentences over the limit


def parts(text: str, limit: int) -> list[str]:
    tokens = count_tokens(text, "characters")
    places = [0, *pieces(text, 0, len(text), tokens, limit), len(text)]
    return [text[start:end] for start, end in pairwise(places)]


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        (
            "天地玄黄，宇宙洪荒；日月盈昃，辰宿列张。",
            14,
            ["天地玄黄，宇宙洪荒；", "日月盈昃，辰宿列张。"],
        ),
        ("天地玄黄，宇宙洪荒，日月盈昃。", 8, ["天地玄黄，", "宇宙洪荒，", "日月盈昃。"]),
        ("他走了很远的路但是没有到达那个地方。", 14, ["他走了很远的路", "但是没有到达那个地方。"]),
        (
            "He walked a very long way because he had to go home.",
            34,
            ["He walked a very long way ", "because he had to go home."],
        ),
        ("one two three four five six", 12, ["one two ", "three ", "four five ", "six"]),
        ("天地玄黄宇宙洪荒日月”。", 10, ["天地玄黄宇宙洪荒日", "月”。"]),
        ("天地玄黄宇宙洪荒日”。", 10, ["天地玄黄宇宙洪荒", "日”。"]),
    ],
)
def test_a_long_sentence_is_cut_by_clause_then_word_then_character(text, limit, expected):
    found = parts(text, limit)
    assert "".join(found) == text
    if " two " not in text:
        assert found == expected
    assert all(len(part) <= limit and part[0] not in NEVER_FIRST for part in found)
    assert all(part.split()[0] in text.split() for part in found if " two " in text)


@pytest.mark.long
@pytest.mark.parametrize(
    "piece",
    [
        "(",
        "「",
        '"',
        "一\n",
        "。",
        " ",
        "字",
        "a ",
        "“好。”\n",
        "第一条 甲。\n",
        "# a\n\n",
        "\u0301",
        "，",
        "🇨",
        "=\n",
    ],
)
def test_time_grows_evenly_with_the_text(piece):
    def work(size: int, method: str) -> None:
        text = (piece * size)[:size]
        methods.plan(
            text, borders(text), count_tokens(text), ChunkSpec(method=method, max_tokens=512)
        )

    for method in ("structure", "paragraph", "recursive", "length", "tokens"):
        assert grows_evenly(partial(work, method=method), 60_000), method


@pytest.mark.parametrize("method", ["semantic", "greedy"])
@pytest.mark.parametrize("piece", ["(", "一\n", "。", "字", "“好。”\n", "# a\n\n"])
def test_time_by_meaning_grows_evenly_with_the_text(method, piece):
    def work(size: int) -> None:
        chunk_text((piece * size)[:size], ChunkSpec(method=method, max_tokens=256))

    assert grows_evenly(work, 40_000)


def grows_evenly(work: Callable[[int], None], size: int) -> bool:
    """Whether `size` characters take far less than 400 times what a twentieth of them takes, as
    squared time would, in one of three tries: 20 times is even, the rest is the machine's noise.
    """

    def seconds(characters: int) -> float:
        begun = time.process_time()
        work(characters)
        return time.process_time() - begun

    small = max(0.004, min(seconds(size // 20) for _ in range(3)))
    return any(seconds(size) < 90 * small for _ in range(3))


def test_by_structure_an_article_stays_whole_unless_a_limit_is_given(shared):
    text = (shared / "laws/criminal_law.md").read_bytes().decode("utf-8")
    articles = len(
        re.findall(
            r"^第[一二三四五六七八九十百零]+条(?:之[一二三四五六七八九十]+)?\s", text, re.MULTILINE
        )
    )
    chunks = chunk_text(text, ChunkSpec(method="structure"))
    own = [c for c in chunks if "条" in c.heading.split(" › ")[-1]]
    assert len(own) == len({c.heading for c in own}) == articles > 480
    assert (
        max(c.tokens for c in chunk_text(text, ChunkSpec(method="structure", max_tokens=256)))
        <= 256
    )
