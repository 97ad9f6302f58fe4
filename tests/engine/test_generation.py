"""Chunks → instruction rows and rows → preference pairs against a fake server; and reviewing what
came out.
"""

import json
import time

import pytest

from studio import documents, presets
from studio.chunking import Chunk
from studio.datasets.taking_in.intake import register_file
from studio.errors import InputError, JobError, LlmFault, SpecError, Stopped
from studio.generation import (
    counts,
    delete,
    edit,
    flip,
    instructions,
    preferences,
    row_sets,
    row_text,
    rows_page,
    set_state,
)
from studio.generation.spec import InstructionsJob, PreferencesJob
from studio.jobs import records
from studio.llm import ProviderSpec, connect
from studio.llm.address import tidy
from studio.store import chunks, reviews, sets, units
from tests.in_process import job_for
from tests.results import as_named

TEXT = "武松在景阳冈上打死了一只吊睛白额大虫，阳谷县知县便让他做了都头。"


@pytest.fixture
def chunk_set(workspace):
    """A set of twelve different chunks; two hold English."""
    book = documents.add(workspace, "水浒.txt", (TEXT * 12).encode())
    texts = [
        f"Lin Chong walked through the snow for the {n}th time."
        if n in (4, 5)
        else f"第{n}回：{TEXT}"
        for n in range(12)
    ]
    with workspace.store.write() as db:
        sets.add(db, "chunks-1", "chunks", "water")
        found = [Chunk(n * 30, n * 30 + 30, text, 30) for n, text in enumerate(texts)]
        chunks.append(db, "chunks-1", book.id, found)
    return "chunks-1"


def spec_for(fake, kind=InstructionsJob, **values):
    return kind(**fake.spec(values.pop("provider", "openai")).model_dump() | values)


def prompts_of(fake):
    return [request["body"]["messages"][-1]["content"] for request in fake.requests]


@pytest.mark.parametrize("provider", ["openai", "ollama"])
def test_rows_come_with_their_source(fake, workspace, chunk_set, provider):
    job = job_for(workspace, spec := spec_for(fake, provider=provider, chunks=chunk_set))
    result = as_named("instructions", instructions.run(spec, job))
    assert (result["rows"], result["skipped"], result["name"], result["set"]) == (
        24,
        0,
        "water",
        f"rows-{job.id}",
    )
    assert result["prompt_tokens"] == 24 * 11 and fake.calls == 24
    page, total = rows_page(workspace, result["set"], limit=5)
    assert total == 24 and len(page) == 5
    assert (
        page[0]["document"].startswith("水浒")
        and page[0]["source"].startswith("第0回")
        and page[0]["end"] == 30
    )
    assert set(page[0]["data"]) == {"system", "instruction", "input", "output"}
    progress = records.get(workspace, job.id).progress
    assert (progress["done"], progress["total"], progress["unit"]) == (24, 24, "rows")


@pytest.mark.long
def test_question_types_take_turns_in_the_chunks_language(fake, workspace, chunk_set):
    spec = spec_for(fake, chunks=chunk_set, questions_per_chunk=3, concurrency=1)
    instructions.run(spec, job_for(workspace, spec))
    prompts = prompts_of(fake)
    names = ["如何看待", "分析", "比较", "解释", "评价", "为什么"]
    assert [sum(f"“{name}”" in one for one in prompts) for name in names] == [5] * 6
    english = [one for one in prompts if "Lin Chong" in one]
    assert [one.split('begins with "')[1].split('"')[0] for one in english if "4th" in one] == [
        "How do you see",
        "Analyse",
        "Compare",
    ]


def test_own_types_limits_and_named_chunks(fake, workspace, chunk_set):
    ids = [chunk.id for chunk in chunks.of_set(workspace.store, chunk_set)]
    spec = spec_for(
        fake,
        chunks="water",
        chunk_ids=ids[2:8],
        max_chunks=2,
        questions_per_chunk=1,
        question_types=["反问"],
        name="mine",
    )
    result = instructions.run(spec, job_for(workspace, spec))
    assert (result["rows"], result["name"]) == (2, "mine")
    assert all("“反问”" in one for one in prompts_of(fake))


def test_two_steps_ask_and_then_answer(fake, workspace, chunk_set):
    fake.answer = lambda messages, schema: (
        f"问题：{messages[-1]['content'][:4]}武松为什么做了都头？\n因为……"
        if "只写问题" in messages[-1]["content"]
        else "以下是回答：因为他打死了老虎。知县很高兴，于是"
    )
    fake.finish = "length"
    spec = spec_for(
        fake, chunks=chunk_set, max_chunks=1, questions_per_chunk=1, answer_format="two_step"
    )
    result = instructions.run(spec, job_for(workspace, spec))
    page, _ = rows_page(workspace, result["set"])
    assert page[0]["data"]["instruction"] == "第0回：武松为什么做了都头？"
    assert page[0]["data"]["output"] == "因为他打死了老虎。"
    assert fake.calls == 2 and result["completion_tokens"] == 14


def test_empty_repeating_and_duplicate_rows_are_dropped_and_counted(fake, workspace, chunk_set):
    replies = iter(
        [
            {"instruction": "为什么？", "output": " "},
            {"instruction": "回答只依据这段文本", "output": "好的"},
            {"instruction": "武松是谁？", "output": "武松是谁"},
            {"instruction": "武松是谁？", "output": "打虎的人。"},
            {"instruction": "武松 是谁?", "output": "打虎的人"},
            {"instruction": "武松是谁？", "output": "阳谷县的都头。"},
        ]
    )
    fake.answer = lambda messages, schema: json.dumps(next(replies), ensure_ascii=False)
    spec = spec_for(fake, chunks=chunk_set, max_chunks=3, concurrency=1)
    result = instructions.run(spec, job_for(workspace, spec))
    assert (result["rows"], result["skipped"]) == (2, 4)
    assert result["reasons"] == {"empty": 1, "repeats the prompt": 2, "duplicate": 1}


@pytest.mark.parametrize(
    ("fault", "kind"), [("401", "auth"), ("404-model", "not_found"), ("402", "no_credit")]
)
def test_a_bad_key_ends_the_run_after_one_call(fake, workspace, chunk_set, fault, kind):
    fake.script(*[fault] * 20)
    spec = spec_for(fake, chunks=chunk_set, concurrency=8)
    with pytest.raises(LlmFault) as caught:
        instructions.run(spec, job_for(workspace, spec))
    assert caught.value.kind == kind and fake.calls == 1


@pytest.mark.long
def test_when_half_fails_the_run_ends_and_a_resumed_one_makes_everything(
    fake, workspace, chunk_set
):
    fake.script(*["ok", "400"] * 30)
    spec = spec_for(fake, chunks=chunk_set, concurrency=1)
    job = job_for(workspace, spec)
    with pytest.raises(LlmFault) as caught:
        instructions.run(spec, job)
    assert caught.value.kind == "bad_request" and fake.calls == 10
    notes = [unit.note for unit in units.of_set(workspace.store, f"rows-{job.id}") if unit.note]
    assert len(notes) == 5 and notes[0].startswith("fault:bad_request: 127.0.0.1")
    fake.script()
    assert instructions.run(spec, job)["rows"] == 24
    assert fake.calls == 10 + 19


def test_single_faults_are_skipped_with_their_reason(fake, workspace, chunk_set):
    fake.script("ok", "too-long")
    spec = spec_for(fake, chunks=chunk_set, concurrency=1)
    result = instructions.run(spec, job_for(workspace, spec))
    assert (result["rows"], result["reasons"]) == (23, {"too_long": 1})


def test_two_steps_show_an_example_whose_copies_are_dropped(fake, workspace, chunk_set):
    fake.answer = lambda messages, schema: (
        messages[1]["content"] if "只写问题" in messages[-1]["content"] else "因为。"
    )
    spec = spec_for(fake, chunks=chunk_set, max_chunks=1, answer_format="two_step")
    with pytest.raises(JobError, match="repeats"):
        instructions.run(spec, job_for(workspace, spec))
    assert [len(request["body"]["messages"]) for request in fake.requests] == [3] * 4
    assert "渡船" in fake.requests[0]["body"]["messages"][0]["content"]


@pytest.mark.long
def test_what_failed_in_passing_is_visited_once_more_at_the_end(fake, workspace, chunk_set):
    fake.script("ok", *["500"] * 4, "ok", *["400"])
    spec = spec_for(fake, chunks=chunk_set, concurrency=1)
    result = instructions.run(spec, job_for(workspace, spec))
    assert (result["rows"], result["reasons"]) == (23, {"bad_request": 1})
    assert fake.calls == 24 + 4


def test_a_server_that_only_fails_is_not_visited_again(fake, workspace, chunk_set):
    fake.script(*["500"] * 99)
    spec = spec_for(fake, chunks=chunk_set, max_chunks=2)
    with pytest.raises(LlmFault) as caught:
        instructions.run(spec, job_for(workspace, spec))
    assert caught.value.kind == "server" and fake.calls == 4 * 4


def test_no_usable_row_is_a_failure(fake, workspace, chunk_set):
    fake.answer = lambda messages, schema: '{"instruction": "", "output": ""}'
    spec = spec_for(fake, chunks=chunk_set)
    with pytest.raises(JobError, match="empty"):
        instructions.run(spec, job_for(workspace, spec))


def test_unknown_chunks_are_told(fake, workspace):
    spec = spec_for(fake, chunks="nope")
    with pytest.raises(InputError):
        instructions.run(spec, job_for(workspace, spec))


def test_specs_refuse_what_cannot_work():
    for wrong in (
        {"question_types": [" "]},
        {"questions_per_chunk": 21},
        {"concurrency": 0},
        {"api_key": "sk-1"},
    ):
        with pytest.raises(SpecError):
            InstructionsJob.read({"chunks": "c"} | wrong)
    with pytest.raises(SpecError, match="answer"):
        PreferencesJob.read({"dataset": "d", "rewrite_prompt": "Rewrite it."})
    for kind in (InstructionsJob, PreferencesJob):
        shown = [row.name for row in kind.rows() if row.group == "main"]
        assert shown == list(kind.FIRST) and len(shown) == 7


ROWS = [
    {
        "system": "你是皇帝。",
        "instruction": "",
        "input": "请皇上翻牌子。",
        "output": "哪来那么多话？",
        "start": 3,
        "end": 9,
    },
    {"system": "", "instruction": "Who killed the tiger?", "input": "", "output": "Wu Song"},
    {"system": "", "instruction": "Empty", "input": "", "output": ""},
]


def test_rewrites_are_chosen_and_keep_no_preamble(fake, workspace, chunk_set):
    book = documents.listing(workspace)[0].id
    fake.answer = lambda messages, schema: (
        "好的，以下是改写后的回答：\n“不要多话。”"
        if "请改写" in messages[-1]["content"]
        else 'Sure! Here is the rewritten answer:\n\n"Wu Song killed the tiger."'
    )
    spec = spec_for(fake, PreferencesJob, dataset="rows", concurrency=1)
    result = preferences.pair_up(
        spec, job_for(workspace, spec), [ROWS[0] | {"document": book}, *ROWS[1:]]
    )
    page, total = rows_page(workspace, result["set"])
    pairs = {row["data"]["rejected"]: row["data"]["chosen"] for row in page}
    assert pairs == {"哪来那么多话？": "不要多话。", "Wu Song": "Wu Song killed the tiger."}
    assert total == result["rows"] == 2 and row_sets(workspace, "ranking")[0]["rows"] == 2
    assert next(row for row in page if row["document"])["source"].startswith("武松在")


def test_pairs_from_a_dataset_keep_its_turns(fake, workspace):
    rows = [
        {
            "instruction": f"问题{n}",
            "input": "",
            "output": f"回答{n}。",
            "history": [["你好", "你好！"]],
        }
        for n in range(3)
    ]
    register_file(workspace, "mine.json", json.dumps(rows, ensure_ascii=False).encode())
    fake.answer = lambda messages, schema: messages[-1]["content"] + "我不知道。"
    spec = spec_for(fake, PreferencesJob, dataset="mine", mode="own_answer", max_rows=2)
    result = as_named("preferences", preferences.run(spec, job_for(workspace, spec)))
    assert (result["rows"], result["name"], fake.calls) == (2, "mine", 2)
    assert [one["content"] for one in fake.requests[0]["body"]["messages"]] == [
        "你好",
        "你好！",
        "问题0",
    ]
    kept = rows_page(workspace, result["set"])[0][0]["data"]
    assert (kept["chosen"], kept["rejected"], kept["history"]) == (
        "回答0。",
        "问题0我不知道。",
        [["你好", "你好！"]],
    )


def test_own_answers_are_rejected(fake, workspace):
    fake.answer = lambda messages, schema: (
        "wu song!" if "tiger" in messages[-1]["content"] else "朕知道了。"
    )
    spec = spec_for(fake, PreferencesJob, dataset="rows", mode="own_answer", concurrency=1)
    result = preferences.pair_up(spec, job_for(workspace, spec), ROWS)
    page, _ = rows_page(workspace, result["set"])
    assert [(row["data"]["chosen"], row["data"]["rejected"]) for row in page] == [
        ("哪来那么多话？", "朕知道了。")
    ]
    assert result["reasons"] == {"chosen equals rejected": 1}
    assert fake.requests[0]["body"]["messages"][0] == {"role": "system", "content": "你是皇帝。"}


@pytest.mark.model
def test_the_local_model_rewrites_and_answers_in_json(workspace, starter):
    from studio import serving

    try:
        spec = PreferencesJob(dataset="rows", max_tokens=60, temperature=0)
        result = preferences.pair_up(spec, job_for(workspace, spec), ROWS[1:2])
        assert rows_page(workspace, result["set"])[0][0]["data"]["chosen"]
        client = connect(ProviderSpec(max_tokens=80))
        schema = {
            "type": "object",
            "properties": {"name": {"type": "string", "maxLength": 20}},
            "required": ["name"],
        }
        assert isinstance(
            client.ask([{"role": "user", "content": "Name a river."}], schema).data["name"], str
        )
        begun = time.monotonic()
        with pytest.raises(Stopped):
            client.ask(
                [{"role": "user", "content": "Tell a long story."}],
                stop=lambda: time.monotonic() - begun > 0.5,
            )
        assert time.monotonic() - begun < 10
    finally:
        serving.stop()


def test_every_preset_of_a_provider_is_a_spec():
    found = {
        name: ProviderSpec.read(presets.load("providers", name))
        for name in presets.names("providers")
    }
    assert {
        "openai",
        "deepseek",
        "together",
        "siliconflow",
        "zhipu",
        "vllm",
        "lmstudio",
        "ollama",
        "local",
    } <= set(found)
    for name, spec in found.items():
        assert name == "local" or tidy(spec.base_url, spec.provider) == spec.base_url


def test_both_languages_have_the_same_prompts():
    given = {one: presets.load("prompts", f"instructions_{one}") for one in ("zh", "en")}
    assert [list(data) for data in given.values()][0] == list(given["en"])
    for data in given.values():
        assert list(data["example"]["types"]) == data["types"] and len(data["types"]) == 6


def test_reviewing_keeps_what_was_before(fake, workspace):
    fake.answer = lambda messages, schema: "Better."
    spec = spec_for(fake, PreferencesJob, dataset="rows")
    set_id = preferences.pair_up(spec, job_for(workspace, spec), ROWS[1:2])["set"]
    row = rows_page(workspace, set_id)[0][0]["id"]
    set_state(workspace, row, "accepted")
    assert counts(workspace, set_id) == {"new": 0, "accepted": 1, "rejected": 0}
    assert edit(workspace, row, {"chosen": "Best."})["chosen"] == "Best."
    assert flip(workspace, row)["rejected"] == "Best."
    before = [review.before for review in reviews.of_row(workspace.store, row)]
    assert [one["state"] for one in before] == ["new", "accepted", "accepted"]
    assert [one["data"]["chosen"] for one in before] == ["Better.", "Better.", "Best."]
    for wrong in ({"chosen": " "}, {"output": "x"}, {"chosen": 3}):
        with pytest.raises(InputError):
            edit(workspace, row, wrong)
    with pytest.raises(InputError):
        set_state(workspace, row, "perhaps")
    delete(workspace, row)
    with pytest.raises(InputError):
        flip(workspace, row)


def test_searching_rows(fake, workspace, chunk_set):
    spec = spec_for(fake, chunks=chunk_set)
    fake.answer = lambda messages, schema: json.dumps(
        {
            "instruction": f'100% "{messages[-1]["content"].count("回")}" '
            f"为什么_{len(fake.requests)}？",
            "output": "因为。",
        },
        ensure_ascii=False,
    )
    set_id = instructions.run(spec, job_for(workspace, spec))["set"]
    assert rows_page(workspace, set_id, search='100% "')[1] == 24
    assert rows_page(workspace, set_id, search="%x")[1] == 0
    assert rows_page(workspace, set_id, search="_7？")[1] == 1
    assert rows_page(workspace, set_id, state="rejected")[1] == 0
    with pytest.raises(InputError):
        rows_page(workspace, "nope")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Here is the rewritten answer: Yes.", "Yes."),
        ("Sure, here's a concise version:\n\nYes.", "Yes."),
        ("以下是改写后的回答：是的。", "是的。"),
        ("改写后：是的。", "是的。"),
        ("Here is the house that Jack built.", "Here is the house that Jack built."),
        ("“是的。”", "是的。"),
        ("“是”和“否”", "“是”和“否”"),
        ("Here is:", "Here is:"),
        ("下面的人都走了。", "下面的人都走了。"),
    ],
)
def test_preambles(text, kept):
    assert row_text.without_preamble(text) == kept


@pytest.mark.parametrize(
    ("text", "source", "same"),
    [
        (
            "请用“分析”的方式提一个问题。",
            "请就上面的内容，用“分析”的方式提一个问题。只写问题。",
            True,
        ),
        (
            "How do you see Old Tom's gift of the lighthouse to the children?",
            "How do you see Old Tom's gift of the boat to the children?",
            True,
        ),
        (
            "分析武松为什么敢独自上冈。",
            "请就上面的内容，用“分析”的方式提一个问题。只写问题。",
            False,
        ),
        (
            "分析新桥给老汤的生活带来了什么变化！四处有一位矮子，住在清河县。",
            "分析新桥给老汤的生活带来了什么变化。",
            True,
        ),
        ("Why did Oren light the lamp?", "Why did the ferry stop running?", False),
    ],
)
def test_echoes(text, source, same):
    assert row_text.echoes(text, [source]) is same


def test_loops_are_cut():
    said = "They brought many kinds of people. "
    assert row_text.without_loops(f"It was odd. {said * 9}") == f"It was odd. {said}".strip()
    assert row_text.without_loops("他走了。他又走了。好。好。") == "他走了。他又走了。好。好。"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("He said “go.” Then he", "He said “go.”"),
        ("It cost 3.5 and", ""),
        ("他说：“走！”然后", "他说：“走！”"),
        ("Yes. No! Per", "Yes. No!"),
    ],
)
def test_whole_sentences(text, kept):
    assert row_text.whole_sentences(text) == kept
