"""Training for real on a tiny model: what a run leaves, resuming, stopping, both stages, and the
light readers.
"""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_model import build, preferences, sailors, start, training
from tiny_model import run_here as train

from studio import presets
from studio.datasets import register_file
from studio.errors import InputError, JobError, ModelError, SpecError
from studio.models import adapter_folder
from studio.training import adapters, checkpoints, curves, plan
from studio.training.spec import TrainJob

pytest_plugins = ["tiny_model"]
model = pytest.mark.model


def spec_for(tiny, **fields):
    """A run of a few small steps that keeps two checkpoints."""
    return training(tiny, **{"save_total_limit": 2} | fields)


def losses(metrics):
    return {
        line["step"]: (line["loss"], line["learning_rate"]) for line in metrics if "loss" in line
    }


@model
def test_a_run_leaves_an_adapter_a_curve_and_a_summary(workspace, tiny):
    sailors(workspace)
    job, result, metrics = train(
        workspace,
        spec_for(tiny, max_steps=12, val_size=0.2, eval_steps=4, save_steps=5, name="mine"),
    )
    assert result["adapter"] == f"runs/{job.id}/adapter" and result["steps"] == 12
    assert (
        result["loss_last"] < result["loss_first"]
        and result["eval_loss"] < result["eval_loss_first"]
    )
    assert result["seconds"] > 0 and result["tokens_per_s"] > 0 and result["memory_mb"] > 100
    assert sorted(losses(metrics)) == list(range(1, 13))
    assert [line["step"] for line in metrics if "eval_loss" in line] == [0, 4, 8, 12]
    assert all(line["total_steps"] == 12 for line in metrics)
    names = {p.name for p in job.folder.iterdir()}
    assert {
        "adapter",
        "checkpoint-10",
        "checkpoint-12",
        "metrics.jsonl",
        "training_loss.png",
        "summary.json",
    } <= names
    assert "checkpoint-5" not in names  # two are kept
    files = {p.name for p in (job.folder / "adapter").iterdir()}
    assert {
        "adapter_model.safetensors",
        "adapter_config.json",
        "tokenizer.json",
        "chat_template.jinja",
        "complete.json",
    } <= files
    assert not [p for p in job.folder.rglob("*") if p.suffix == ".bin"]
    assert checkpoints.fault(job.folder / "adapter") == ""
    assert json.loads((job.folder / "summary.json").read_text())["rows"]["eval"] == 3
    found = adapters(workspace)
    assert [a.name for a in found] == [job.id, f"{job.id}/checkpoint-12", f"{job.id}/checkpoint-10"]
    assert (found[0].base_model, found[0].step, found[0].title) == (tiny, 12, "mine")


@model
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"lora_dropout": 0.1, "gradient_accumulation_steps": 2, "val_size": 0.2},
        {"packing": True},
    ],
)
def test_a_stopped_run_goes_on_as_if_it_had_never_stopped(workspace, tiny, fields):
    sailors(workspace)
    spec = spec_for(tiny, **fields)
    whole, _, wanted = train(workspace, spec)
    job, result, before = train(workspace, spec, stop_at=2)  # noticed when the step under way ends
    assert (
        result is None
        and max(losses(before)) == 3
        and checkpoints.fault(job.folder / "checkpoint-3") == ""
    )
    assert adapters(workspace)[0].step == 3  # usable at once
    sailors(workspace, count=4)  # the dataset changes; the run does not
    job, result, after = train(workspace, spec, again=job.id)
    assert result["steps"] == 6 and [line["step"] for line in after] == [
        line["step"] for line in wanted
    ]
    for step, pair in losses(wanted).items():
        assert losses(after)[step] == pytest.approx(pair, rel=1e-5, abs=1e-5)
    weights = [f.folder / "adapter" / "adapter_model.safetensors" for f in (whole, job)]
    assert weights[0].read_bytes() == weights[1].read_bytes()


@model
@pytest.mark.parametrize(
    "fields",
    [
        {"quantization_bit": 4},
        {"finetuning_type": "qlora", "gradient_checkpointing": True, "optim": "paged_adamw_8bit"},
        {
            "loraplus_lr_ratio": 4.0,
            "use_rslora": True,
            "neftune_alpha": 5.0,
            "packing": True,
            "lora_target": "q_proj,v_proj",
        },
        {"use_dora": True, "compute_type": "pure_bf16"},
        {"compute_type": "bf16", "train_on_prompt": True},
    ],
    ids=["nf4", "qlora", "lora+", "dora", "bf16"],
)
def test_every_way_of_training_steps(workspace, tiny, fields):
    sailors(workspace)
    job, result, metrics = train(workspace, spec_for(tiny, max_steps=2, **fields))
    assert result["steps"] == 2 and len(losses(metrics)) == 2
    assert all(line["grad_norm"] > 0 for line in metrics if "loss" in line)


@model
def test_preferences_are_learnt_against_the_model_as_it_was(workspace, tiny):
    preferences(workspace)
    spec = spec_for(tiny, dataset="pairs", stage="dpo", max_steps=4, pref_ftx=0.1, val_size=0.25)
    job, result, metrics = train(workspace, spec)
    first = next(line for line in metrics if "loss" in line)
    assert first["rewards/margins"] == pytest.approx(
        0.0, abs=1e-6
    )  # both models are the same before the first step
    last = [line for line in metrics if "rewards/margins" in line][-1]
    assert (
        last["rewards/margins"] > 0 and "rewards/accuracies" in last and "eval_loss" in metrics[0]
    )
    stopped, none, _ = train(workspace, spec, stop_at=2)
    again, result, after = train(workspace, spec, again=stopped.id)
    assert none is None and losses(after)[4] == pytest.approx(losses(metrics)[4], rel=1e-5)
    sft = spec_for(tiny, dataset="pairs", stage="dpo", max_steps=2, adapter_name_or_path=job.id)
    _, result, metrics = train(workspace, sft)
    assert losses(metrics)[1][0] == pytest.approx(
        0.6931, abs=1e-3
    )  # the reference is the adapter it began from
    assert not (workspace.run_folder(_.id) / "adapter" / "ref").exists()


@model
def test_an_adapter_is_trained_on(workspace, tiny):
    sailors(workspace)
    job, first, _ = train(workspace, spec_for(tiny, max_steps=10))
    _, second, metrics = train(
        workspace, spec_for(tiny, max_steps=2, adapter_name_or_path=f"runs/{job.id}/adapter")
    )
    assert losses(metrics)[1][0] < (first["loss_first"] + first["loss_last"]) / 2
    (job.folder / "adapter" / "adapter_config.json").write_text("{}")
    with pytest.raises(ModelError):
        train(workspace, spec_for(tiny, adapter_name_or_path=job.id))


@model
def test_a_loss_that_is_no_number_ends_the_run_in_one_sentence(
    workspace, starter, tiny_folder, tiny
):
    sailors(workspace)
    build(tiny_folder.parent / "nan", starter, broken=True)
    with pytest.raises(JobError, match="no longer a number at step 1"):
        train(workspace, spec_for("nan"))


@model
def test_one_bad_batch_of_an_accumulated_step_ends_it_before_the_weights_change(
    workspace, tiny, monkeypatch
):
    """Of the second step's three batches the middle one alone has a loss that is no number."""
    from studio.training import trainers

    sailors(workspace)
    real, calls = trainers.token_loss, []

    def bad_once(*given):
        total, count = real(*given)
        calls.append(count)
        return total * float("nan") if len(calls) == 5 else total, count

    monkeypatch.setattr(trainers, "token_loss", bad_once)
    spec = spec_for(
        tiny, gradient_accumulation_steps=3, per_device_train_batch_size=1, save_steps=1
    )
    job = start(workspace, spec)
    from studio.training.job import run

    with pytest.raises(JobError, match="no longer a number at step 2"):
        run(spec, job)
    assert [step for step, _ in checkpoints.numbered(job.folder)] == [1]


@model
def test_the_loss_of_chosen_positions_is_the_models_own(tiny_folder, starter):
    import torch
    from transformers import AutoModelForCausalLM

    from studio.training.loss import Batch, token_loss

    loaded = AutoModelForCausalLM.from_pretrained(tiny_folder)
    rows = [
        {
            "input_ids": list(range(5, 5 + n)),
            "labels": [-100] * (n // 2) + list(range(5 + n // 2, 5 + n)),
        }
        for n in (9, 14, 3)
    ]
    batch = Batch(2)(rows)
    total, count = token_loss(loaded, loaded, batch)
    assert (
        count == sum(n - n // 2 for n in (9, 14, 3))
        and not loaded.get_output_embeddings()._forward_pre_hooks
    )
    wanted = loaded(
        input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=batch["labels"]
    ).loss
    assert float(total.detach() / count) == pytest.approx(float(wanted.detach()), rel=1e-5)
    packed = [
        {
            "input_ids": sum((r["input_ids"] for r in rows), []),
            "labels": sum(([-100, *r["labels"][1:]] for r in rows), []),
            "position_ids": [p for r in rows for p in range(len(r["input_ids"]))],
        }
    ]
    joined, same = token_loss(
        loaded, loaded, Batch(2)([*packed, {k: v[:9] for k, v in packed[0].items()}])
    )
    alone, more = token_loss(loaded, loaded, Batch(2)([{k: v[:9] for k, v in packed[0].items()}]))
    assert same - more == count and float((joined - alone).detach()) == pytest.approx(
        float(total.detach()), rel=1e-4
    )
    assert torch.isfinite(joined)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60))
@settings(max_examples=50, deadline=None)
def test_packing_loses_no_token_and_fits(lengths):
    from studio.datasets.token_view.sequences import packed

    rows = [{"input_ids": [n] * size, "labels": [n] * size} for n, size in enumerate(lengths)]
    packs = list(packed(rows, 40))
    assert sorted(t for p in packs for t in p["input_ids"]) == sorted(
        t for r in rows for t in r["input_ids"]
    )
    assert all(
        len(p["input_ids"]) == len(p["labels"]) == len(p["position_ids"]) <= 40 for p in packs
    )
    assert sum(p["position_ids"].count(0) for p in packs) == len(rows)


@model
def test_a_plan_counts_and_refuses(workspace, tiny):
    sailors(workspace), preferences(workspace)
    register_file(workspace, "k.json", b'[{"instruction": "q", "output": "a", "kto_tag": true}]')
    assert (
        plan(
            spec_for(tiny, max_steps=0, num_train_epochs=3, gradient_accumulation_steps=3),
            workspace,
        ).steps
        == 9
    )
    assert plan(spec_for(tiny, val_size=0.25), workspace).eval_rows == 4
    for fields, words in (
        ({"dataset": "pairs"}, "holds preferences"),
        ({"stage": "dpo"}, "no chosen and rejected"),
        ({"dataset": "k"}, "holds preferences"),
        ({"dataset": "gone"}, "no dataset gone"),
        ({"eval_dataset": "pairs"}, "holds preferences"),
    ):
        with pytest.raises(InputError, match=words):
            plan(spec_for(tiny, **fields), workspace)
    for fields in (
        {"model_name_or_path": "no-such"},
        {"adapter_name_or_path": "../../etc"},
        {"adapter_name_or_path": "train-x"},
    ):
        with pytest.raises(ModelError):
            plan(
                spec_for(**{"tiny": tiny} | fields)
                if "model_name_or_path" not in fields
                else spec_for("no-such"),
                workspace,
            )


@model
def test_rows_that_cutoff_leaves_nothing_of_are_dropped(workspace, tiny):
    sailors(workspace)
    with pytest.raises(InputError, match="anything to learn within 8 tokens"):
        train(workspace, spec_for(tiny, cutoff_len=8))


def test_a_spec_of_llama_factory_is_read_as_it_is():
    spec = TrainJob.read(
        {
            "dataset": "d",
            "stage": "sft",
            "do_train": True,
            "template": "llama3",
            "output_dir": "saves/x",
            "overwrite_cache": True,
            "bf16": True,
            "quantization_bit": 4,
            "lora_target": ["q_proj", "v_proj"],
            "plot_loss": True,
            "learning_rate": 1e-4,
            "report_to": "none",
        }
    )
    assert (spec.compute_type, spec.quantization_bit, spec.bits, spec.lora_target) == (
        "bf16",
        "4",
        4,
        "q_proj,v_proj",
    )
    assert TrainJob.read({"dataset": "d", "finetuning_type": "qlora"}).bits == 4
    for wrong in (
        {"mask_history": True, "train_on_prompt": True},
        {"learnin_rate": 1},
        {"stage": "dpo", "packing": True},
        {"quantization_bit": 3},
    ):
        with pytest.raises(SpecError):
            TrainJob.read({"dataset": "d"} | wrong)
    assert len([row for row in TrainJob.rows() if row.group == "main"]) <= 7


@pytest.mark.parametrize("name", presets.names("training"))
def test_every_preset_is_a_spec_says_what_it_is_for_and_keeps_only_what_differs(name):
    data = presets.load("training", name)
    spec = TrainJob.read(data | {"dataset": "d"})
    defaults = {row.name: row.default for row in TrainJob.rows()}
    settings = {key: value for key, value in data.items() if key != "kind"}
    assert data["kind"] == "train"
    assert {key: getattr(spec, key) for key in settings} == settings
    # A model is named all the same: choosing the preset puts it into the bar at the top.
    differing = {key: value for key, value in settings.items() if key != "model_name_or_path"}
    assert not [key for key, value in differing.items() if value == defaults[key]]
    assert (presets.SHIPPED / "training" / f"{name}.yaml").read_text().startswith("# ")


def test_metrics_are_read_while_they_are_written(tmp_path):
    path = tmp_path / "metrics.jsonl"
    assert curves.read(path) == []
    path.write_bytes(
        b'{"step": 1, "loss": 0.0}\nrubbish\n[1]\n{"step": 2, "loss": NaN, "new": 1}\n'
        b'{"step": 3, "lo'
    )
    lines, at = curves.read_from(path, 0)
    assert [line["step"] for line in lines] == [1, 2] and curves.series(lines, "loss") == {
        "x": [1],
        "y": [0.0],
    }
    with path.open("ab") as out:
        out.write(b'ss": 0.5}\n')
    assert curves.read_from(path, at)[0] == [{"step": 3, "loss": 0.5}]
    path.write_bytes(b'{"step": 1, "loss": 2}\n')  # cut back on resume
    assert curves.read_from(path, 10**6)[0] == [{"step": 1, "loss": 2}]


def test_curves_keep_their_shape():
    assert curves.smooth([3.0] * 50, 0.9) == pytest.approx([3.0] * 50)
    assert curves.smooth([1.0, 2.0], 0.5) == pytest.approx([1.0, (0.5 * 0.5 + 0.5 * 2) / 0.75])
    ys = [1.0] * 100_000
    ys[777], ys[50_000] = -5.0, 9.0
    xs, kept = curves.downsample(list(range(100_000)), ys)
    assert (
        len(xs) <= 2000
        and (xs[0], xs[-1]) == (0, 99_999)
        and {-5.0, 9.0} <= set(kept)
        and xs == sorted(xs)
    )


def test_a_name_of_an_adapter_never_leads_out_of_the_runs(workspace):
    (workspace.path / "runs" / "train-1" / "adapter").mkdir(parents=True)
    assert adapter_folder(workspace, "train-1") == adapter_folder(workspace, "runs/train-1/adapter")
    for name in (
        "",
        "..",
        "../data",
        "train-1/../../data",
        "/etc",
        "train-1/adapter/..",
        "a" * 5000,
        "\0",
        "train-1/checkpoint-1",
    ):
        with pytest.raises(ModelError):
            adapter_folder(workspace, name)


@pytest.mark.slow
@model
def test_the_starter_learns_a_voice_in_thirty_steps(workspace, starter):
    sailors(workspace)
    spec = TrainJob.read(
        presets.load("training", "quick-cpu") | {"dataset": "sailors", "val_size": 0.2}
    )
    _, result, _ = train(workspace, spec)
    assert (
        result["loss_last"] < result["loss_first"] * 2 / 3
        and result["eval_loss"] < result["eval_loss_first"]
    )
    assert Path(workspace.path / result["adapter"]).is_dir()
