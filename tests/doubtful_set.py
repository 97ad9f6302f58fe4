"""A stored utterance set with known speakers, of which the rules doubt some; and a model server
that knows them.
"""

import json
from collections import Counter
from dataclasses import asdict, dataclass

from studio import documents
from studio.dialogue.asking.spec import AttributeJob
from studio.dialogue.records import Utterance
from studio.store import dumps, sets, utterances

PEOPLE = {
    "zh": ("沈德润", "阿苇", "魏大海"),
    "en": ("Mary Sawyer", "Tom Lull", "the Hatter"),
}
TABLE = {
    "zh": "沈德润 (m): 老沈, 墨老\n阿苇 (f): 女孩\n魏大海 (m): 大海",
    "en": "Mary Sawyer (f): Mary, Miss Sawyer\nTom Lull (m): Tom\nthe Hatter",
}
SPEECH = {
    "zh": ("“这是第{n}句话，天要下雨了。”", "墨坊里静了一会儿，第{n}回敲钟。"),
    "en": (
        "“This is line number {n}, and it looks like rain.”",
        "The ink house was quiet, and bell {n} rang.",
    ),
}


@dataclass(frozen=True)
class Stand:
    """The set, the true speaker of each line, and the lines that the rules doubt."""

    set_id: str
    text: str
    truth: dict[int, str]
    doubtful: tuple[int, ...]


def doubtful_set(
    workspace, count=40, *, language="zh", every=2, name="story", more="", set_id="utterances-1"
):
    """`count` lines in paragraphs of their own; each `every`th is doubtful, half of these with the
    wrong speaker.

    more: text that each tenth paragraph of narration also holds.
    """
    said, told = SPEECH[language]
    people = PEOPLE[language]
    text, rows, truth = "", [], {}
    for n in range(count):
        text += told.format(n=n) + (more if n % 10 == 5 else "") + "\n\n" if n % 3 == 0 else ""
        start = len(text) + 1
        text += said.format(n=n) + "\n\n"
        truth[n] = people[n % len(people)]
        doubt = n % every == 0
        other = people[(n + 1) % len(people)]
        speaker = other if doubt and n % (2 * every) == 0 else truth[n]
        rows.append(
            Utterance(
                start=start,
                end=len(text) - 3,
                text=text[start : len(text) - 3],
                speaker=speaker,
                addressee=None,
                confidence=0.5 if doubt else 0.97,
                method="turn",
                paragraph=n,
                speech=n,
                others=((truth[n] if speaker == other else other, 0.3),) if doubt else (),
            )
        )
    document = documents.add_text(workspace, f"{name}.txt", text)
    with workspace.store.write() as db:
        sets.add(
            db,
            set_id,
            "utterances",
            name,
            meta={"target": "", "characters": TABLE[language]},
        )
        utterances.add(db, set_id, document.id, rows)
    return Stand(set_id, text, truth, tuple(n for n in range(count) if n % every == 0))


def knows(truth):
    """An answer function for the fake provider: the true speaker of each id."""
    return lambda _, schema: json.dumps(
        {number: truth[int(number)] for number in schema["properties"]}, ensure_ascii=False
    )


def attribute_spec(fake, stand, **values):
    """The job's spec, pointed at the fake provider."""
    base = fake.spec(values.pop("provider", "openai")).model_dump(
        exclude={"temperature", "max_tokens"}
    )
    return AttributeJob(**base | {"utterances": stand.set_id, "window_chars": 300} | values)


def ids_of(request):
    """The ids that a request asks for."""
    body = request["body"]
    schema = (
        body["format"] if "format" in body else body["response_format"]["json_schema"]["schema"]
    )
    return [int(number) for number in schema["properties"]]


def answered(fake):
    """How often each id was asked in requests that were answered."""
    return Counter(
        number
        for request in fake.requests
        if request["fault"] == "ok"
        for number in ids_of(request)
    )


def stored(workspace, set_id="utterances-1"):
    """ordinal → what is kept of the line, as a plain dict without row ids, its lists as JSON."""
    return {
        line.ordinal: {
            key: dumps(value) if key in ("evidence", "others", "votes") else value
            for key, value in asdict(line).items()
            if key not in ("id", "document", "document_name")
        }
        for line in utterances.page(workspace.store, set_id, limit=100_000)
    }
