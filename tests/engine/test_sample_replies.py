"""Replies to fixed prompts on the way of a training: the run goes as if nobody had asked, a stop is
obeyed within them, a resumed run has none twice.
"""

import json

import pytest
from tiny_model import (
    SYSTEM,
    marked,
    plain_texts,
    preferences,
    run_here,
    sailors,
    start,
    training,
)

from studio.errors import SpecError, Stopped
from studio.training import curves
from studio.training import sample_replies as samples
from studio.training.job import run
from studio.training.sample_replies import Reply, Sample
from studio.training.spec import TrainJob

pytest_plugins = ["tiny_model"]
PROMPTS = ["What is the rope?", "What is the moon?"]
ASKED = {"sample_prompts": PROMPTS, "sample_max_new_tokens": 8, "sample_system": SYSTEM}


def losses(lines):
    return [(line["step"], line["loss"], line["grad_norm"]) for line in lines if "loss" in line]


@pytest.mark.model
def test_sampling_changes_nothing_of_the_run(workspace, tiny):
    """With dropout, every random number of the run counts."""
    sailors(workspace)
    fields = {"lora_dropout": 0.2, "max_steps": 4}
    plain = run_here(workspace, training(tiny, **fields))
    job, _, lines = run_here(workspace, training(tiny, **fields, **ASKED, sample_steps=2))
    assert losses(lines) == losses(plain[2]) and len(losses(lines)) == 4
    weights = [one.folder / "adapter" / "adapter_model.safetensors" for one in (plain[0], job)]
    assert weights[0].read_bytes() == weights[1].read_bytes()
    found = samples.read(job.folder)
    assert [one.step for one in found] == [0, 2, 4]
    assert all(one.prompts == tuple(PROMPTS) and len(one.replies) == 2 for one in found)
    assert all(0 < reply.tokens <= 8 for one in found for reply in one.replies)
    assert found[0].replies != found[-1].replies, "at this rate the answers become others"


@pytest.mark.model
def test_the_time_of_sampling_is_no_time_of_the_steps(workspace, tiny, monkeypatch):
    sailors(workspace)
    from studio.training.recorder import Recorder

    left_out, real = [], Recorder.pause
    monkeypatch.setattr(
        Recorder, "pause", lambda self, s: (left_out.append(s), real(self, s + 1000))
    )
    job, _, lines = run_here(workspace, training(tiny, **ASKED, max_steps=2, sample_steps=1))
    assert len(left_out) == 3  # steps 0, 1 and 2
    first = next(line for line in lines if "loss" in line)
    assert first["seconds"] == 0, "what a look took is taken off the clock of the steps"
    assert sum(left_out) == pytest.approx(
        sum(one.seconds for one in samples.read(job.folder)), abs=0.01
    )


@pytest.mark.model
def test_a_stop_within_a_sample_is_obeyed_and_a_resumed_run_has_none_twice(
    workspace, tiny, monkeypatch
):
    from studio.training import reply_sampler as sampling

    sailors(workspace)
    spec = training(tiny, **ASKED | {"sample_max_new_tokens": 64}, max_steps=4, sample_steps=2)
    job = start(workspace, spec)
    looked, real = [], sampling.Asked.__call__

    def asked(self, input_ids, scores, **more):
        looked.append(input_ids.shape[1])
        if len(samples.read(job.folder)) == 1 and len(looked) > 2:  # within that of step 2
            job.wanted_stop.append(True)
        return real(self, input_ids, scores, **more)

    with monkeypatch.context() as patched:
        patched.setattr(sampling.Asked, "__call__", asked)
        with pytest.raises(Stopped):
            run(spec, job)
    lines = curves.read(job.folder / "metrics.jsonl")
    assert losses(lines)[-1][0] == 2, "the step under way is the last"
    assert [one.step for one in samples.read(job.folder)] == [0], "half a look is none"
    again, result, lines = run_here(workspace, spec, again=job.id)
    assert [one.step for one in samples.read(again.folder)] == [0, 2, 4] and result["steps"] == 4


@pytest.mark.model
@pytest.mark.parametrize(
    ("stage", "made", "more"),
    [
        ("dpo", preferences, {}),
        pytest.param("kto", marked, {}, marks=pytest.mark.slow),
        pytest.param("pt", plain_texts, {}, marks=pytest.mark.slow),
        ("rm", preferences, {"finetuning_type": "lora"}),
    ],
)
def test_every_stage_can_be_asked(workspace, tiny, stage, made, more):
    fields = {"stage": stage, "dataset": made(workspace), "max_steps": 2, **ASKED, **more}
    job, _, _ = run_here(workspace, training(tiny, **fields))
    last = samples.read(job.folder)[-1]
    assert last.step == 2
    if stage == "rm":
        known, unknown = last.replies
        assert known.scores is not None and known.scores[0] != known.scores[1]
        assert unknown.missing and unknown.scores is None
    else:
        assert all(reply.tokens for reply in last.replies)


def test_a_file_that_was_cut_back_keeps_what_came_before(tmp_path):
    for step in (0, 2, 4):
        samples.add(tmp_path, Sample(step, ("a",), (Reply(f"r{step}", 2),), 0.5))
    with (tmp_path / samples.NAME).open("a") as out:
        out.write('{"step": 6, "pro')
    assert samples.cut_back(tmp_path, 2) == {0, 2}
    assert [one.replies[0].text for one in samples.read(tmp_path)] == ["r0", "r2"]
    with (tmp_path / samples.NAME).open("a") as out:
        out.write(json.dumps({"step": 3, "replies": "none"}) + "\n[1]\n")
    assert [one.step for one in samples.read(tmp_path)] == [0, 2]
    assert "### 2\n\n> r2" in samples.as_markdown("run", samples.read(tmp_path))


def test_prompts_come_from_the_rows_with_their_system_prompt(workspace):
    spec = TrainJob.read({"dataset": sailors(workspace)})
    found = samples.propose(workspace, spec, 3)
    assert found.prompts == ["What is the rope?", "What is the sail?", "What is the mast?"]
    assert (found.system, found.dataset, found.joined) == (SYSTEM, "sailors", 0)
    texts = TrainJob.read({"dataset": plain_texts(workspace), "stage": "pt"})
    assert all(
        0 < len(one) <= samples.PLAIN for one in samples.propose(workspace, texts, 2).prompts
    )


def test_too_many_prompts_are_refused():
    with pytest.raises(SpecError, match="at most 16 prompts"):
        TrainJob.read({"dataset": "demo", "sample_prompts": [f"q{n}" for n in range(17)]})
