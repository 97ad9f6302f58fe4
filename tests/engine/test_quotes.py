"""Quotations: every style of marks, a lost mark that costs a sentence and no chapter, and speech
told from the rest.
"""

import ast
import csv
import time
from bisect import bisect_left

import pytest

from studio.dialogue import Character, find_utterances
from studio.dialogue.layouts.detect import detect
from studio.dialogue.pairs.turns import join_turns
from studio.dialogue.quotes.quote_kinds import told_apart
from studio.dialogue.quotes.spans import find_quotes
from studio.dialogue.records import Utterance
from studio.text.paragraphs import paragraphs

NOVELS = ("AlicesAdventuresInWonderland", "PrideAndPrejudice", "TheSignOfTheFour")


def quoted(text):
    return [text[q.start : q.end] for q in find_quotes(text, paragraphs(text))]


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("“你好。”他说，“坐。”", ["你好。", "坐。"]),
        ("「今晚來嗎？」他問。『來。』", ["今晚來嗎？", "來。"]),
        ("他说：「她讲『好』。」", ["她讲『好』。"]),
        ('"Yes," he said. "No."', ["Yes,", "No."]),
        ('他说:"你好。"王平说:"好。"', ["你好。", "好。"]),
        ("＂走。＂他说。", ["走。"]),
        (
            "‘I won’t,’ said Tom. ‘The dogs’ barking is loud.’",
            ["I won’t,", "The dogs’ barking is loud."],
        ),
        (
            "'Tis I,' said Tom. 'It's the dogs' dinner.' 'Don't!'",
            ["Tis I,", "It's the dogs' dinner.", "Don't!"],
        ),
        ("‘No’ said Tom. ‘Go.’", ["No", "Go."]),
        ("‘He said “Go.”’ Tom laughed. ‘So?’", ["He said “Go.”", "So?"]),
        ("«Bonjour», dit-il. «Ça va?»", ["Bonjour", "Ça va?"]),
        ("»Guten Tag«, sagte er. »Ja.«", ["Guten Tag", "Ja."]),
        ("„Guten Tag“, sagte er. „Ja.“", ["Guten Tag", "Ja."]),
        ("〝走。〞他说。", ["走。"]),
        # marks within marks of the same kind
        ("“他说“好”，我就来了。”", ["他说“好”，我就来了。"]),
        (
            '"Well, I\'ve tried to say "How doth the little bee," but it failed!" said she.',
            ['Well, I\'ve tried to say "How doth the little bee," but it failed!'],
        ),
        # a lost or mistyped mark
        ("“你好。他说。“再见。”", ["你好。", "再见。"]),
        ("“你好。我来了。他说：“再见。”她走了。", ["你好。我来了。", "再见。"]),
        ("“你好。“他说。", ["你好。"]),
        ("”你好。”他说。", ["你好。"]),
        ("他说：”你好。”", ["你好。"]),
        ('“你好。"他说。', ["你好。"]),
        ("他说”的时候。“走。”", ["走。"]),
        ('Hello," said Tom. "Go."', ["Hello,", "Go."]),
        # one speech over paragraphs
        ("“我来了，\n\n“来找人。”他说。", ["我来了，", "来找人。"]),
        ("“我来了，\n诗一行\n来找人。”他说。", ["我来了，\n诗一行\n来找人。"]),
        (
            '"How odd:\n\n     _To the Foot_\n\nOh dear!" said she.',
            ["How odd:\n\n     _To the Foot_\n\nOh dear!"],
        ),
    ],
)
def test_marks_of_every_style(text, wanted):
    assert quoted(text) == wanted


def test_a_speech_that_runs_on_is_marked_open_and_a_lost_mark_is_not():
    text = "“我来了，\n\n“来找人。”他说。\n\n“走。他说。\n\n他走了。"
    assert [q.closed for q in find_quotes(text, paragraphs(text))] == [False, True, True]


@pytest.mark.parametrize("mark", ["“", "”", "「", '"', "‘", "'"])
def test_a_lost_mark_never_swallows_a_chapter(mark):
    close = {"“": "”", "”": "”", "「": "」", '"': '"', "‘": "’", "'": "'"}[mark]
    start = "“" if mark == "”" else mark
    rows = [
        f"{start}Line number {n} is said here.{close} He looked about. The rain went on."
        for n in range(60)
    ]
    rows[20] = rows[20].replace(mark, "", 1)
    rows.insert(21, "Narration goes on. " * 400)
    text = "\n\n".join(rows)
    found = find_quotes(text, paragraphs(text))
    assert max(q.end - q.start for q in found) <= 1500
    assert sum(q.end - q.start in range(25, 31) for q in found) >= 58


def test_a_lost_mark_in_a_text_without_line_breaks_costs_little():
    text = "他说：“走。" + "天黑了，雨还在下。" * 4000 + "她说：“好。”"
    assert max(q.end - q.start for q in find_quotes(text, paragraphs(text))) <= 400
    text = "他说：“走。" + "天黑了，雨还在下。" * 4000
    assert [q.end - q.start <= 400 for q in find_quotes(text, paragraphs(text))] == [True]


def _gold(shared, name):
    folder = shared / "speakers" / "pdnc" / name
    rows = csv.DictReader((folder / "quotation_info.csv").open(encoding="utf-8"))
    return (folder / "novel_text.txt").read_bytes().decode(), sorted(
        tuple(s) for r in rows for s in ast.literal_eval(r["quoteByteSpans"])
    )


@pytest.mark.parametrize("name", NOVELS)
def test_quotes_of_english_novels_are_found(shared, name):
    text, gold = _gold(shared, name)
    found = find_quotes(text, paragraphs(text))
    starts = [q.start for q in found]
    hit = 0
    for start, end in gold:
        near = found[max(0, bisect_left(starts, end) - 8) : bisect_left(starts, end)]
        hit += sum(max(0, min(end, q.end) - max(start, q.start)) for q in near) >= 0.5 * (
            end - start
        )
    assert hit >= 0.98 * len(gold)
    # the data leaves out letters, verses and marked words
    assert sum(q.end - q.start for q in found) <= 1.35 * sum(end - start for start, end in gold)


@pytest.mark.parametrize(
    "before, words, after, kind",
    [
        ("王平心想：", "她不会来了。", "", "thought"),
        ("", "她不会来了。", "王平想。", "thought"),
        ("王平想了一下说：", "她不会来了。", "", "speech"),
        ("他心里暗暗骂道：", "老东西！", "", "thought"),
        ("他心中大怒道：", "老东西！", "", "speech"),
        ("他暗自寻思，", "怎么办？", "", "thought"),
        ("信上写着：", "见字如面，一切安好，勿念。明年春天我一定回来看你们。", "", "read"),
        ("县令展开告示读道：", "自今日起，渡口停渡。", "", "read"),
        ("门口立着一块所谓", "石敢当", "的石碑。", "quoted"),
        ("俗话说得好：", "远亲不如近邻。", "", "quoted"),
        ("墙上有", "回避", "二字。", "quoted"),
        ("王平说：", "走吧。", "", "speech"),
        ("She thought, ", "He will not come.", "", "thought"),
        ("", "He will not come,", " thought Alice.", "thought"),
        ("", "He will not come,", " said Alice to herself.", "thought"),
        ("", "He will not come,", " said Alice, who thought it over.", "speech"),
        ("The letter read: ", "Come at once.", "", "read"),
        ("A bottle labelled ", "Poison", " stood there.", "quoted"),
        ("Alice said, ", "Come.", "", "speech"),
        ("He opened the note, which ran thus: ", "All is lost.", "", "read"),
    ],
)
def test_thoughts_quoted_words_and_letters_are_told_from_speech(before, words, after, kind):
    text = f"{before}“{words}”{after}"
    piece = Utterance(
        len(before) + 1, len(before) + 1 + len(words), words, "王平", None, 0.9, "colon"
    )
    found = told_apart(text, [piece])[0]
    assert found.kind == kind
    assert (found.speaker is None) == (kind == "quoted")


def test_pieces_of_one_speech_share_a_number():
    text = (
        "“我来看看你，”李静笑道，“顺便还你的书。”\n\n“书？”王平问。\n\n"
        "“上次借的，”李静说。她想了很久很久。\n\n"
        "王平说：“说来话长。\n\n“那年冬天很冷。”\n"
    )
    found = find_utterances(text, [Character("王平"), Character("李静")])
    assert [(u.speaker, u.speech) for u in found] == [
        ("李静", 0),
        ("李静", 0),
        ("王平", 1),
        ("李静", 2),
        ("王平", 3),
        ("王平", 3),
    ]
    turns = join_turns(found, source=text, max_gap_chars=0)
    assert [t.text for t in turns] == [
        "我来看看你，顺便还你的书。",
        "书？",
        "上次借的，",
        "说来话长。那年冬天很冷。",
    ]
    assert turns[0].pieces == ((1, 7), (14, 21))


@pytest.mark.long
@pytest.mark.parametrize(
    "unit",
    [
        "“",
        '"',
        "“”",
        "“a",
        "‘a",
        "'a ",
        "—",
        "— a ",
        "——\n",
        "“a”b“",
        "。”“",
        '"a." said he. ',
        '“「『"‘—',
        "（",
        "：",
        "甲：",
    ],
)
def test_marks_alone_cost_little_time(unit):
    text = unit * (400_000 // len(unit))
    began = time.monotonic()
    detect(text)
    find_quotes(text, paragraphs(text))
    assert time.monotonic() - began < 60


def test_a_two_megabyte_novel_is_split_quickly(shared):
    text = (shared / "novels" / "journey_to_the_west.txt").read_bytes().decode()
    began = time.monotonic()
    assert detect(text).kind == "novel"
    found = find_quotes(text, paragraphs(text))
    assert time.monotonic() - began < 60
    assert len(found) > 10_000 and max(q.end - q.start for q in found) < 3000


def test_a_shout_is_speech_and_a_spell_named_is_not():
    text = (
        "行者喝声“变”就变做一只鸟。八戒叫声“师父”便跪下。行者又念声“唵”字咒语把土地唤来。"
        "行者道：“你来得好。”\n"
    ) * 3
    kinds = [
        (u.text, u.kind)
        for u in find_utterances(text, [Character("行者"), Character("八戒")], layout="novel")
    ][:4]
    assert kinds == [
        ("变", "speech"),
        ("师父", "speech"),
        ("唵", "quoted"),
        ("你来得好。", "speech"),
    ]
