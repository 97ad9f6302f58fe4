"""Which languages the rows are in, by their letters."""

import re
from collections import Counter
from collections.abc import Iterator

from studio.datasets.profile.finding import Check, Finding
from studio.datasets.profile.seen import Seen

LEAST = 12  # letters of a question and of a reply from which they have a language
ASKS_FOR_ANOTHER = re.compile(
    r"translat|in (?:english|chinese|mandarin|french|german|spanish|japanese|latin)|english|chinese"
    r"|mandarin|pinyin|翻译|英文|英语|中文|汉语|译成|译为|译文|日语|法语|德语|拼音|单词|双语|代码|编程|code"
    r"|python|java|sql|正则|函数|命令|公式|脚本",
    re.I,
)
CODE = re.compile(r"```|[{};]\s*(?:\n|\Z)|^\s*(?:def|import|class|SELECT|<\w+)", re.M)


class Languages(Check):
    """How many rows are in which language."""

    name = "languages"
    what = "The language of the replies, by their letters"
    do = "Nothing is to be done"

    def see(self, row: Seen) -> None:
        """Count the reply's language."""
        self.looked += 1
        self.kinds[row.languages[1] or "none"] += 1

    def findings(self) -> Iterator[Finding]:
        """The counts; they are no trouble."""
        yield self.finding(count=0, kinds=dict(self.kinds.most_common()), examples=())


class OtherLanguage(Check):
    """Replies in another language than their questions."""

    name = "other_language"
    what = "The reply is in another language than the question"
    do = "Drop these rows, unless the model is to answer in that language"
    fix = "drop"
    bad_from = 0.02

    def find(self, row: Seen) -> tuple[str, int, int, str] | None:
        """Compare the languages, unless the question asks for another one."""
        asked, given = row.languages
        if row.kind == "text" or asked == given or not {asked, given} <= {"zh", "en"}:
            return None
        if len(row.question) < (4 if asked == "zh" else LEAST):
            return None
        if len(row.reply) < (4 if given == "zh" else LEAST) or CODE.search(row.reply):
            return None
        if ASKS_FOR_ANOTHER.search(row.question) or ASKS_FOR_ANOTHER.search(row.system):
            return None
        if row.row.get("kto_tag") is False:
            return None
        return row.reply, 0, min(40, len(row.reply)), f"{asked}_{given}"


def in_words(kinds: "Counter[str] | dict[str, int]") -> dict[str, int]:
    """The languages that there are, the most frequent first."""
    return {name: count for name, count in Counter(kinds).most_common() if name != "none"}
