"""The row that a set of lines would give: quick, and the same as the first pair of the job."""

import time

from studio import documents
from studio.dialogue.job import run
from studio.dialogue.pairs.example_row import example_row
from studio.dialogue.spec import DialogueJob, PairsJob
from studio.store import rows
from tests.in_process import job_for


def lines_of(workspace, text, **fields):
    document = documents.add(workspace, "渡口.txt", text.encode())
    spec = DialogueJob(documents=[document.id], **fields)
    return run(spec, job_for(workspace, spec))


TEXT = "第1场\n" + "".join(f"船家：去第{n}个渡口？\n阿苇：去，第{n}个。\n" for n in range(1, 300))


def example(workspace, found, **fields):
    return example_row(
        workspace, found["utterance_set"], PairsJob(utterances=found["utterance_set"], **fields)
    )


def test_the_row_is_the_first_pair_that_the_job_gives(workspace):
    found = lines_of(workspace, TEXT, target="阿苇", layout="script")
    shown = example(workspace, found)
    first = next(iter(rows.of_set(workspace.store, found["set"]))).data
    assert shown.role == "阿苇"
    assert shown.row == {name: first[name] for name in ("system", "instruction", "input", "output")}


def test_the_row_follows_the_rules(workspace):
    found = lines_of(workspace, TEXT, layout="script")
    assert example(workspace, found).role in ("阿苇", "船家")
    shown = example(
        workspace, found, target="阿苇", history=2, persona="input", system="你是{name}"
    )
    assert shown.row["system"] == "" and len(shown.row["history"]) >= 1
    assert shown.row["history"][0][0] == "你是阿苇\n去第1个渡口？"
    named = example(workspace, found, target="阿苇", name_speaker=True)
    assert named.row["input"] == "船家：去第1个渡口？"


def test_where_nothing_fits_it_says_why(workspace):
    found = lines_of(workspace, TEXT, layout="script")
    shown = example(workspace, found, target="阿苇", min_output_chars=500)
    assert shown.row is None and shown.dropped == {"too_short": shown.lines}
    assert example(workspace, found, target="无名氏") is None


def test_it_reads_a_few_hundred_lines_whatever_the_size(workspace):
    found = lines_of(workspace, TEXT * 20, layout="script")
    began = time.process_time()
    example(workspace, found, target="阿苇")
    assert time.process_time() - began < 0.5
