"""From what a model wrote to what a row may hold, in Chinese and English."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
LOWER_WORD = re.compile(r"(?<![^\s(“\"'])[a-z][a-z'’]*")
SENTENCE_WORDS = 5  # a name or a title in Latin script has fewer that begin small
LETTER = re.compile(r"[^\W\d_]", re.UNICODE)
PREAMBLE = re.compile(
    r"^\s*(?:(?:sure|certainly|of course|okay|ok)[,.!:]?\s*)?"
    r"(?:here(?:'s|’s| is| are)\b[^\n:]{0,80}:|(?:the )?(?:rewritten|revised|improved"
    r"|concise) (?:answer|version|response)"
    r"[^\n:]{0,40}:|answer:|a:)\s*",
    re.I,
)
PREAMBLE_ZH = re.compile(
    r"^\s*(?:(?:好的|当然|没问题)[，,。！!]?\s*)?(?:(?:以下|下面)是?[^\n：:]{0,30}[：:]|(?:改写"
    r"|修改|优化)后的?(?:回答|答案|句子|版本)?"
    r"(?:如下|是|为)?[：:]|(?:回答|答案?)[：:])\s*"
)
LABEL = re.compile(
    (
        r"^\s*(?:[-*#>]+\s*)?(?:\*\*)?(?:question|instruction|q|问题|提问"
        r"|问)\s*\d*\s*(?:\*\*)?[:：]\s*(?:\*\*)?"
    ),
    re.I,
)
QUOTES = {'"': '"', "“": "”", "'": "'", "「": "」", "‘": "’"}
ENDS = "。！？!?…"
CLOSERS = "”’」』）)\"'"


def language(text: str) -> str:
    """ "zh" if at least a quarter of the letters are Chinese characters, else "en"."""
    letters = LETTER.findall(text[:20_000])
    return (
        "zh"
        if letters and sum(1 for one in letters if HAN.match(one)) * 4 >= len(letters)
        else "en"
    )


def other_language(text: str, wanted: str) -> bool:
    """Whether a text is plainly not in the language wanted, "zh" or "en". A name, a term or a
    quoted sentence is no
    fault: a Chinese text has a tenth of Chinese characters at least, an English one fewer of them
    than other letters.
    """
    letters = LETTER.findall(text)
    han = sum(1 for one in letters if HAN.match(one))
    if wanted == "zh":
        sentence = not han and len(LOWER_WORD.findall(text)) >= SENTENCE_WORDS
        return sentence or len(letters) - han >= 40 and han * 10 < len(letters)
    return han >= 12 and han * 2 > len(letters)


def without_preamble(text: str) -> str:
    """`text` without "Here is …:", "以下是……：" and the like, and without quotes around the
    whole.
    """
    for pattern in (PREAMBLE, PREAMBLE_ZH):
        rest = pattern.sub("", text, count=1)
        text = rest if rest.strip() else text
    text = text.strip()
    close = QUOTES.get(text[:1])
    if close and len(text) > 2 and text.endswith(close) and close not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def first_question(text: str) -> str:
    """The first question in `text`, or its first sentence; "" if neither is whole."""
    lines = [LABEL.sub("", line).strip() for line in without_preamble(text).splitlines()]
    line = next((one for one in lines if one), "")
    asked = re.match(r"[^?？]*[?？][”’」』\"']?", line)
    whole = asked[0] if asked else whole_sentences(line)
    return without_preamble(whole)


def without_echo(answer: str, question: str) -> str:
    """`answer` without the question that small models say again before they answer."""
    return answer[len(question) :].lstrip(" \n:：-") if answer.startswith(question) else answer


def echoes(text: str, sources: Iterable[str]) -> bool:
    """Whether `text` is little else than a part of one of `sources`, or nearly the whole of it.

    Seven tenths of its letters in one run, or a similarity (Ratcliff and Obershelp) of 0.8.
    """
    mine = normal(text)
    for source in sources:
        theirs = normal(source)[:4000]
        match = SequenceMatcher(None, mine, theirs, autojunk=False)
        run = match.find_longest_match().size
        whole = mine in theirs or (len(theirs) >= 8 and theirs in mine)
        if whole or run >= 0.7 * len(mine) or match.ratio() >= 0.8:
            return True
    return False


def without_loops(text: str) -> str:
    """`text` up to the first sentence that it has said before: small models go round in circles."""
    said: set[str] = set()
    for piece in re.finditer(rf"[^{ENDS}.\n]+[{ENDS}.\n]*[{CLOSERS}]*", text):
        sentence = normal(piece[0])
        if len(sentence) >= 8 and sentence in said:
            return text[: piece.start()].strip()
        said.add(sentence)
    return text


def whole_sentences(text: str) -> str:
    """`text` up to its last sentence end; "" if it has none.

    For answers that were cut at the token limit.
    """
    last = 0
    for found in re.finditer(rf"[{ENDS}][{CLOSERS}]*|\.(?=[{CLOSERS}]*(?:\s|$))[{CLOSERS}]*", text):
        last = found.end()
    return text[:last].strip()


def normal(text: str) -> str:
    """Letters and digits only, in lower case: two texts that agree in this are the same."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())
