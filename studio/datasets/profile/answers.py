"""How replies go wrong by themselves: they say nothing, break off, go round in circles, or repeat
the question.
"""

import re
import zlib
from collections import Counter

from studio.datasets.profile.finding import Check
from studio.datasets.profile.seen import Seen

NOTHING = re.compile(
    r"[\s.\-_—/]*(?:n/?a|none|null|nil|nan|undefined|no (?:output|answer|response)|empty|\[\]|\{\}"
    r"|无|暂无|空|略|无回答|无输出|暂无回答)?[\s.。\-_—/]*",
    re.I,
)
LONG_ENOUGH = 80  # characters, a Chinese one counted twice
STOPS = ".!?。！？…"
ENDINGS = STOPS + "\"'”’」』)）]】》>}`*_~;；:：|—♪~～%°#=/\\”"
COMMAS = ",，、"
LINKING = re.compile(
    r"(?:(?<![\w'’-])(?:and|or|but|the|a|an|of|to|with|for|in|on|at|by|from|because|which|that|is|are|was"
    r"|were|as|if|when|their|his|her|its|our|your|into|than|such)|[，、,]|(?:和|与|或|的|是|在|把|被|因为"
    r"|但是?|以及|并且?|而且?|如果|由于|对于|从|向|给|为了|例如|比如))\s*\Z",
)
ENDED = re.compile(r"[a-z0-9)\]\"”’'][.!?](?=\s|\Z)|[。！？]")
ITEM = re.compile(r"\s*(?:[-*+•·#|>]|\d{1,3}[.)、]|[（(]\d|[a-zA-Z][.)] |```|https?:|@|\$)")
CODE = re.compile(r"[{};=<>\\]{1}|^\s*(?:def|class|import|return|SELECT|function|var|let)\b", re.M)
UNIT = re.compile(r"(?s)(.{4,80}?)\1{4,}")
LETTERS = re.compile(r"([^\W_])\1{59,}")
SENTENCE = re.compile(r"[^.!?。！？\n]{6,}[.!?。！？\n]")
LOOKED_AT = 20_000  # characters of a reply
PACKED = 0.42  # a text that packs no better than that repeats nothing
ASKS_FOR_REPEATING = re.compile(
    r"repeat|times|copy|list|table|loop|ascii|pattern|重复|遍|次|复读|抄写|循环|表格", re.I
)
ASKS_FOR_ITS_WORDS = re.compile(
    r"\b(?:re-?write|edit|correct|fix|proofread|paraphrase|translate|continue|complete|repeat|copy"
    r"|quote|format|punctuat|capitali[sz]e|improve|rephrase|summari[sz]e|convert|extract|finish|reorder"
    r"|add|fill|spell)|改写|修改|纠正|更正|校对|润色|翻译|续写|接着|补全|重复|抄写|引用|格式|标点|扩写"
    r"|转换|提取|填空|排序|跟我念|复述",
    re.I,
)
SAME = re.compile(r"[\W_]+")


class Hollow(Check):
    """Replies without words."""

    name = "hollow"
    what = "The reply says nothing: “N/A”, “None”, “无”, a dash"
    do = "Drop these rows, or write the answers"
    fix = "drop"

    def find(self, row: Seen) -> tuple[str, int, int, str] | None:
        """Look at the reply; a call of a function is one."""
        for reply in row.wanted:
            if len(reply) < 20 and NOTHING.fullmatch(reply):
                if reply or not row.row.get("messages"):
                    return f"{row.question[-60:]} → {reply}", 0, 0, ""
        return None


class CutOff(Check):
    """Replies that break off."""

    name = "cut_off"
    what = "The reply breaks off in the middle of a sentence; the model learns to stop there"
    do = (
        "Drop these rows, or write the end; where a model wrote them, allow it more tokens for a "
        "reply"
    )
    fix = "drop"
    bad_from = 0.03

    def find(self, row: Seen) -> tuple[str, int, int, str] | None:
        """Look at how each reply ends."""
        for reply in row.wanted:
            if breaks_off(reply):
                end = len(reply.rstrip())
                return reply, max(0, end - 24), end, ""
        return None


class Loops(Check):
    """Replies that go round in circles."""

    name = "loops"
    what = "The same words come again and again, as where a model was caught in a loop"
    do = "Drop these rows, or have the replies written anew"
    fix = "drop"

    def find(self, row: Seen) -> tuple[str, int, int, str] | None:
        """Look at each reply, unless the question asks for it."""
        for reply in row.wanted or [row.reply]:
            if span := loop(reply):
                if not ASKS_FOR_REPEATING.search(row.question):
                    return reply, span[0], span[1], ""
        return None


class Copied(Check):
    """Replies that begin with the whole question."""

    name = "copied"
    what = "The reply begins with the whole question again"
    do = "Take the question out of the reply; a row that holds nothing else is dropped"
    fix = "strip_question"

    def find(self, row: Seen) -> tuple[str, int, int, str] | None:
        """Compare the reply with the question, unless it asks for its own words."""
        if row.kind == "text" or row.row.get("kto_tag") is False:
            return None
        end = repeated_question(row.question, row.reply)
        return (row.reply, 0, end, "") if end else None


def breaks_off(reply: str) -> bool:
    """Whether it ends within a sentence. Lists, code, verses and short replies may end as they
    like.
    """
    text = reply.rstrip()
    if not text:
        return False
    if text.count("```") % 2:
        return True
    last = text[text.rfind("\n") + 1 :]
    if text[-1] in ENDINGS or CODE.search(last):
        return False
    size = len(text) if text.isascii() else len(text) + sum(sign > "\u2e7f" for sign in text[-200:])
    if size < LONG_ENOUGH:
        return False
    if LINKING.search(text[-24:]):
        return len(last) >= 12
    if ITEM.match(last) or not text[-1].isalpha() and text[-1] not in COMMAS:
        return False
    return bool(ENDED.search(last)) and len(last) >= 20


def loop(reply: str) -> tuple[int, int] | None:
    """Where the same words come five times or more in a row, or make up half of the reply."""
    text = reply[:LOOKED_AT]
    if len(text) < 40:
        return None
    data = text.encode("utf-8", "replace")
    if len(zlib.compress(data, 1)) > PACKED * len(data) + 24:
        return None
    if found := LETTERS.search(text):
        return found.span()
    for found in UNIT.finditer(text):
        unit = SAME.sub("", found[1])
        if len(set(unit)) >= 3 and len(found[0]) >= 40 and not unit.isdigit():
            return found.span()
    sentences = [found[0].strip() for found in SENTENCE.finditer(text)]
    for sentence, times in Counter(sentences).most_common(1):
        if times >= 5 and times * len(sentence) >= 0.5 * len(text):
            at = text.find(sentence)
            return at, at + len(sentence)
    return None


def repeated_question(question: str, reply: str) -> int:
    """How many characters of the reply are the question again, as its beginning; 0 for none."""
    asked = SAME.sub("", question)
    least = 8 if not asked.isascii() else 20
    if len(asked) < least or len(question) > len(reply) + 8:
        return 0
    if SAME.sub("", reply[: 2 * len(question) + 8])[: len(asked)].casefold() != asked.casefold():
        return 0
    if ASKS_FOR_ITS_WORDS.search(question):
        return 0
    left, at = len(asked), 0
    while left:
        left -= not SAME.fullmatch(reply[at])
        at += 1
    while at < len(reply) and (reply[at].isspace() or reply[at] in '?？。.:：!！"”'):
        at += 1
    return at
