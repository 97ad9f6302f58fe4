"""Rows in the forms of their makers that `dataset_info.json` has no words for → rows that it has:
openai messages, and pairs with the shared turns before them. Done once, when a file is taken in, so
that LLaMA-Factory opens the result unread.

    turns as question and answer     XTuner {"input", "output"}, Firefly and MOSS {"human", …}
    turns as texts in turn           UltraChat, LIMA
    prompt and completion            trl, each a list of messages
    both sides with the question     UltraFeedback binarized, trl's implicit pairs, HH-RLHF's text
    several answers with a score     UltraFeedback; PKU-SafeRLHF's better_response_id; the number
                                     of the better one, chatbot_arena's winner
    both answers in one column       LLaMA-Factory's older pairs, "output": [better, worse]
    lists written as text            a csv export of any of them
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from studio.datasets.row_forms.chat_messages import Message, read_turns
from studio.datasets.row_forms.column_map import ALIASES, Layout, first_values, written
from studio.datasets.row_forms.flags import flag_of, is_spoken
from studio.datasets.source_files.row_problem import RowProblem, checked
from studio.models.chat_template import with_thought

Raw = dict[str, Any]
OPENAI = written("openai", "messages")
TALKS = (*ALIASES["messages"], "data", "chat")
ASKED = ("input", "human", "user", "question", "prompt", "instruction", "q")
ANSWERED = ("output", "assistant", "gpt", "bot", "answer", "response", "moss", "a")
SIDES = (("chosen", "rejected"), ("chosen_messages", "rejected_messages"))
HUMAN = re.compile(r"(?:\A|\n\n)(Human|Assistant): ?")


@dataclass(frozen=True)
class Form:
    """One maker's form. name: what it is called when it is told; convert: a row as `layout` says.

    `convert` raises RowProblem.
    """

    name: str
    convert: Callable[[Raw], Raw]
    ranking: bool = False
    label: str = ""  # the column with KTO's label

    @property
    def layout(self) -> Layout:
        """How the rows lie once converted."""
        kind = "ranking" if self.ranking else "kto" if self.label else "messages"
        return written("openai", kind, tools=True)

    def made(self, raw: Raw) -> Raw:
        """A row converted, with its label. Raises RowProblem."""
        row = self.convert(raw)
        if not self.label:
            return row
        return {key: row[key] for key in row if key != self.label} | {
            "kto_tag": raw.get(self.label)
        }


def recognise(rows: Iterable[Any]) -> Form | None:
    """The form of a file's first rows; None where `column_map.sniff` can name its columns."""
    seen = first_values(rows)
    form = _form(seen)
    if form is None or form.ranking:
        return form
    labels = [n for n in ALIASES["kto_tag"] if is_spoken(seen.get(n))]
    labels += ["kto_tag"] if flag_of(seen.get("kto_tag")) is not None else []
    return replace(form, label=labels[0]) if labels else form


def _form(seen: Raw) -> Form | None:
    if any(_listed_text(seen.get(name)) for name in (*TALKS, "history", "prompt", *SIDES[0])):
        inner = _form(_unpacked(seen))
        return Form("JSON in CSV", lambda raw: _then(inner, _unpacked(raw)), _is_pair(seen))
    return _pairs(seen) or _talks(seen)


def _then(inner: Form | None, raw: Raw) -> Raw:
    """A row whose cells were unpacked, in the form that it has then."""
    if inner is not None:
        return inner.convert(raw)
    from studio.datasets.row_forms.column_map import sniff
    from studio.datasets.row_forms.formats import messages, normalise, prompt_messages

    row = normalise(raw, sniff([raw]))
    if "chosen" in row:
        return _pair_of(prompt_messages(row), row["chosen"], row["rejected"], raw)
    return _rest(raw) | {"messages": messages(row), "tools": row.get("tools", "")}


def _talks(seen: Raw) -> Form | None:
    for name in TALKS:
        value = seen.get(name)
        if not isinstance(value, list) or not value:
            continue
        first = value[0]
        if isinstance(first, str) and len(value) > 1:
            return Form("UltraChat / LIMA", partial(_talk, name=name, read=_alternating))
        if isinstance(first, dict) and not ({"role", "from"} & first.keys()):
            keys = {str(key).lower() for key in first}
            if keys & set(ASKED) and keys & set(ANSWERED):
                return Form("XTuner / Firefly / MOSS", partial(_talk, name=name, read=_exchanges))
    if isinstance(seen.get("prompt"), list) and isinstance(seen.get("completion"), list):
        return Form("trl prompt + completion", _completion)
    return None


def _pairs(seen: Raw) -> Form | None:
    for sides in SIDES:
        left, right = (seen.get(side) for side in sides)
        if isinstance(left, list) and isinstance(right, list):
            return Form("UltraFeedback binarized / trl", partial(_sides, names=sides), ranking=True)
    left, right = seen.get("chosen"), seen.get("rejected")
    if isinstance(left, str) and isinstance(right, str):
        if HUMAN.match(left) and HUMAN.match(right):
            return Form("HH-RLHF", _hh, ranking=True)
        if not any(seen.get(name) for name in (*ALIASES["prompt"], *TALKS)):
            return Form("trl chosen + rejected", _implicit, ranking=True)
    if isinstance(seen.get("prompt"), list) and left and right:
        return Form("trl prompt + chosen + rejected", _after_messages, ranking=True)
    if isinstance(seen.get("completions"), list) and seen.get("instruction"):
        return Form("UltraFeedback (overall_score: max, min)", _scored, ranking=True)
    if name := _two_answers(seen):
        return Form("LLaMA-Factory, two answers", partial(_listed_pair, name=name), ranking=True)
    if "better_response_id" in seen and {"response_0", "response_1"} <= seen.keys():
        return Form("PKU-SafeRLHF", _better, ranking=True)
    return None


def _talk(raw: Raw, name: str, read: Callable[[list[Any]], list[Message]]) -> Raw:
    turns = raw.get(name)
    if not isinstance(turns, list) or not turns:
        raise RowProblem(f"{name} is not a list of turns")
    made = read(turns)
    system = next((raw[key] for key in ALIASES["system"] if isinstance(raw.get(key), str)), "")
    if system and made[0]["role"] != "system":
        made = [{"role": "system", "content": system}, *made]
    tools = raw.get("tools") or ""
    return _rest(raw) | {"messages": made, "tools": tools}


def _alternating(turns: list[Any]) -> list[Message]:
    """Texts of which every second one is a reply."""
    roles = ("user", "assistant")
    return [
        {"role": roles[n % 2], "content": checked(turn, f"turn {n + 1}")}
        for n, turn in enumerate(turns)
    ]


def _exchanges(turns: list[Any]) -> list[Message]:
    """Turns that hold a question and its answer each; a system prompt stands in the first."""
    made: list[Message] = []
    for number, turn in enumerate(turns, start=1):
        if not isinstance(turn, dict):
            raise RowProblem(f"turn {number} is not a message")
        fields = {str(key).lower(): value for key, value in turn.items()}
        if fields.get("system") and not made:
            made.append({"role": "system", "content": checked(fields["system"], "system")})
        for names, role in ((ASKED, "user"), (ANSWERED, "assistant")):
            value = next((fields[name] for name in names if name in fields), None)
            made.append({"role": role, "content": checked(value, f"turn {number}")})
        if fields.get("reasoning_content"):
            made[-1]["reasoning_content"] = fields["reasoning_content"]
    return made


def _completion(raw: Raw) -> Raw:
    """trl's prompt and completion, both lists of messages."""
    turns = [*_given(raw.get("prompt"), "prompt"), *_given(raw.get("completion"), "completion")]
    return _rest(raw) | {"messages": turns, "tools": raw.get("tools") or ""}


def _sides(raw: Raw, names: tuple[str, str]) -> Raw:
    """Both sides as conversations: what they begin with alike was asked."""
    left, right = (_given(raw.get(name), name) for name in names)
    shared = 0
    while shared < min(len(left), len(right)) - 1 and left[shared] == right[shared]:
        shared += 1
    before, ends = left[:shared], (left[shared:], right[shared:])
    if any(len(end) != 1 for end in ends):
        raise RowProblem("chosen and rejected part before the last reply")
    prompt = raw.get("prompt")
    if not any(turn["role"] == "user" for turn in before) and prompt:
        asked = (
            _given(prompt, "prompt")
            if isinstance(prompt, list)
            else [{"role": "user", "content": checked(prompt, "prompt")}]
        )
        before = [*before, *asked]
    for name in () if before else TALKS:
        before = before or (_given(raw[name], name) if isinstance(raw.get(name), list) else [])
    if not before or before[-1]["role"] == "assistant":
        raise RowProblem("no question stands before chosen and rejected")
    system = raw.get("system")
    if isinstance(system, str) and system.strip() and before[0]["role"] != "system":
        before = [{"role": "system", "content": system}, *before]
    chosen, rejected = (_said(end[0]) for end in ends)
    return _pair_of(before, chosen, rejected, raw)


def _after_messages(raw: Raw) -> Raw:
    """Text sides after a prompt that is a list of messages."""
    sides = [raw.get(name) for name in SIDES[0]]
    chosen, rejected = (
        _said(side) if isinstance(side, dict) else checked(side, name)
        for name, side in zip(SIDES[0], sides, strict=True)
    )
    return _pair_of(_given(raw.get("prompt"), "prompt"), chosen, rejected, raw)


def _hh(raw: Raw) -> Raw:
    """HH-RLHF: each side a conversation as text, "\\n\\nHuman: …\\n\\nAssistant: …"."""
    talks = []
    for name in SIDES[0]:
        text = checked(raw.get(name), name)
        marks = list(HUMAN.finditer(text))
        if not marks or text[: marks[0].start()].strip():
            raise RowProblem(f"{name} does not begin with Human:")
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        talks.append(
            [
                {
                    "role": "user" if mark[1] == "Human" else "assistant",
                    "content": text[mark.end() : end].strip(),
                }
                for mark, end in zip(marks, ends, strict=True)
            ]
        )
    return _sides(raw | dict(zip(SIDES[0], talks, strict=True)) | {"prompt": None}, SIDES[0])


def _implicit(raw: Raw) -> Raw:
    """trl's pairs without a prompt: the words that both sides begin with, up to a blank."""
    left, right = (checked(raw.get(name), name) for name in SIDES[0])
    shared = next(
        (n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b),
        min(len(left), len(right)),
    )
    while shared and not left[shared - 1].isspace():
        shared -= 1
    if not left[:shared].strip():
        raise RowProblem("no question stands before chosen and rejected")
    before = [{"role": "user", "content": left[:shared].strip()}]
    return _pair_of(before, left[shared:], right[shared:], raw)


def _scored(raw: Raw) -> Raw:
    """UltraFeedback: the answer with the best score beside that with the worst."""
    scored = []
    for answer in raw.get("completions") or []:
        score = answer.get("overall_score", answer.get("fine-grained_score"))
        if isinstance(score, int | float) and isinstance(answer.get("response"), str):
            scored.append((float(score), answer["response"]))
    if len(scored) < 2 or min(scored)[0] == max(scored)[0]:
        raise RowProblem("no two answers with different scores")
    best, worst = (choose(scored, key=lambda one: one[0])[1] for choose in (max, min))
    asked = [{"role": "user", "content": checked(raw.get("instruction"), "instruction")}]
    return _pair_of(asked, best, worst, {k: v for k, v in raw.items() if k != "completions"})


def _better(raw: Raw) -> Raw:
    """PKU-SafeRLHF: two answers and the number of the better one."""
    better = raw.get("better_response_id")
    if better not in (0, 1):
        raise RowProblem("better_response_id is not 0 or 1")
    asked = [{"role": "user", "content": checked(raw.get("prompt"), "prompt")}]
    return _pair_of(asked, raw.get(f"response_{better}"), raw.get(f"response_{1 - better}"), raw)


def _two_answers(seen: Raw) -> str:
    """The column that holds the better and the worse answer as a list of two texts."""
    for name in ALIASES["response"]:
        value = seen.get(name)
        if isinstance(value, list) and len(value) == 2 and all(isinstance(v, str) for v in value):
            return name
    return ""


def _listed_pair(raw: Raw, name: str) -> Raw:
    """LLaMA-Factory's pairs from before `ranking`: the first answer is the better one."""
    from studio.datasets.row_forms.column_map import sniff
    from studio.datasets.row_forms.formats import normalise, prompt_messages

    answers = raw.get(name)
    if not isinstance(answers, list) or len(answers) != 2:
        raise RowProblem(f"{name} is not a list of two answers")
    sides = dict(zip(SIDES[0], answers, strict=True))
    rest = {key: value for key, value in raw.items() if key != name}
    row = normalise(rest | sides, sniff([rest | sides]))
    return _pair_of(prompt_messages(row), row["chosen"], row["rejected"], rest)


def _pair_of(before: list[Message], chosen: Any, rejected: Any, raw: Raw) -> Raw:
    sides = {
        name: {"role": "assistant", "content": checked(text, name)}
        for name, text in (("chosen", chosen), ("rejected", rejected))
    }
    tools = raw.get("tools") or ""
    return _rest(raw) | {"messages": before, "tools": tools} | sides


def _given(turns: Any, column: str) -> list[Message]:
    """Messages under any of the known names of role and words."""
    return read_turns(turns, OPENAI, column)


def _said(message: Message) -> str:
    """A side's words, its thought before them as reasoning models write it."""
    thought = message.get("reasoning_content")
    text = str(message.get("content") or "")
    return with_thought(thought, text) if thought else text


def _rest(raw: Raw) -> Raw:
    """What else a row says of itself: its number, where it is from, its scores."""
    taken = {*TALKS, *SIDES[0], *SIDES[1], "prompt", "completion", "system", "tools"}
    return {
        key: value
        for key, value in raw.items()
        if key not in taken and isinstance(value, str | int | float | bool)
    }


def _is_pair(seen: Raw) -> bool:
    return all(seen.get(side) for side in SIDES[0])


def _listed_text(value: Any) -> bool:
    """Whether a text is a JSON list of turns."""
    if not isinstance(value, str) or not re.match(r"\s*\[\s*[\[{\"]", value):
        return False
    try:
        return isinstance(json.loads(value), list)
    except (ValueError, RecursionError):
        return False


def _turn_text(value: Any) -> bool:
    """Whether a text is one turn in JSON, as a side of a pair may stand in a cell."""
    if not isinstance(value, str) or not re.match(r"\s*\{\s*\"(role|from|content|value)\"", value):
        return False
    try:
        return isinstance(json.loads(value), dict)
    except (ValueError, RecursionError):
        return False


def _unpacked(raw: Raw) -> Raw:
    """A row with the lists that stand in it as text."""
    return {
        key: json.loads(value)
        if key != "tools" and (_listed_text(value) or (key in SIDES[0] and _turn_text(value)))
        else value
        for key, value in raw.items()
    }
