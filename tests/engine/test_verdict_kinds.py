"""Did it learn? The card is there after every run: of reward models, of online stages, of adapters
whose base was changed, of runs whose best weights are not the last.
"""

import pytest
import torch
from tiny_model import preferences, run_here, sailors, training

from studio.training import checkpoints, curves, verdict

pytest_plugins = ["tiny_model"]
model = pytest.mark.model
slow = pytest.mark.slow
ONLINE = {"num_generations": 2, "max_completion_length": 12, "reward_length": 40}
BEST = {"val_size": 4, "eval_steps": 2, "early_stopping_steps": 2, "max_steps": 40}
BEST |= {"learning_rate": 0.8, "lr_scheduler_type": "constant"}


def card(workspace, tiny, **fields):
    """(job, evidence) of a run of a few steps."""
    job, _, _ = run_here(workspace, training(tiny, **{"max_steps": 8} | fields))
    found = verdict.read(job.folder)
    assert found is not None and found.saved_same is not False and found.learnt_tokens
    return job, found


@pytest.fixture
def rows(workspace):
    sailors(workspace), preferences(workspace)
    return workspace


@model
@pytest.mark.parametrize("method", ["lora", pytest.param("full", marks=[slow])])
def test_a_reward_model_is_measured_by_the_pairs_that_it_scores_rightly(rows, tiny, method):
    fields = {"stage": "rm", "dataset": "pairs", "val_size": 4, "finetuning_type": method}
    job, found = card(rows, tiny, **fields)
    assert (found.kind, found.held_out, found.prompts) == ("scores", True, 0)
    assert found.right_after == 1.0 > found.right_before
    assert verdict.judge(found).outcome == "learnt"
    if method == "lora":
        assert found.loss_after == pytest.approx(loss_of_scores(rows, tiny, job), abs=1e-4)


def loss_of_scores(workspace, tiny, job):
    """The mean loss of the held-out pairs, each side scored alone by what was saved."""
    import datasets

    from studio.training.model import load_adapter, load_base

    base = load_base(tiny, "huggingface", workspace, dtype=torch.float32, reward=True)
    base.config.pad_token_id = 2
    tuned = load_adapter(base, job.folder / "adapter", trainable=False).eval()

    def score(ids):
        with torch.no_grad():
            return tuned(input_ids=torch.tensor([ids]), use_cache=False).logits[0, 0]

    rows = datasets.Dataset.from_file(str(job.folder / "rows-eval.arrow"))
    apart = [score(row["chosen_ids"]) - score(row["rejected_ids"]) for row in rows]
    return float(-torch.nn.functional.logsigmoid(torch.stack(apart)).mean())


@model
@pytest.mark.parametrize(
    ("stage", "method"),
    [("grpo", "lora"), pytest.param("rloo", "full", marks=[slow])],
)
def test_online_the_reward_of_held_out_questions_is_measured(rows, tiny, stage, method):
    fields = {"stage": stage, "finetuning_type": method, "reward_funcs": "length"} | ONLINE
    job, found = card(rows, tiny, val_size=4, learning_rate=0.02, **fields)
    assert (found.kind, found.held_out, found.prompts) == ("rewards", True, 4)
    from studio.training.rewards import length

    shown = [-length(one.after, 40) for one in found.examples]
    assert len(shown) == 3 and all(
        min(abs(a - b) for b in found.after) < 1e-6 for a in shown
    )  # what is shown is what was scored


@model
@pytest.mark.parametrize(
    "fields",
    [
        {"init_lora_weights": "pissa"},
        pytest.param({"init_lora_weights": "olora"}, marks=[slow]),
        pytest.param({"init_lora_weights": "pissa", "use_rslora": True}, marks=[slow]),
        pytest.param({"create_new_adapter": True}, marks=[slow]),
        pytest.param({"create_new_adapter": True, "init_lora_weights": "olora"}, marks=[slow]),
    ],
)
def test_an_adapter_on_changed_weights_is_compared_with_the_published_model(rows, tiny, fields):
    if "create_new_adapter" in fields:
        first, plain = card(rows, tiny, learning_rate=0.02)
        fields = fields | {"adapter_name_or_path": first.id}
    else:
        _, plain = card(rows, tiny)
    job, found = card(rows, tiny, **fields)
    assert found.before == pytest.approx(plain.before, abs=1e-4)
    assert found.loss_after < found.loss_before and found.adapted == 14 and found.moved > 0
    _, still = card(rows, tiny, learning_rate=0.0, **fields)
    if "adapter_name_or_path" not in fields:
        assert still.after == pytest.approx(plain.before, abs=1e-4)
        assert still.adapted == 0 and still.moved == pytest.approx(0, abs=1e-3)
        assert verdict.judge(still).cause == "no_weights" or not still.changed


@model
@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, marks=[slow]),
        pytest.param({"finetuning_type": "full"}, marks=[slow]),
        pytest.param({"init_lora_weights": "pissa"}, marks=[slow]),
    ],
)
def test_what_is_measured_is_what_was_kept(rows, tiny, fields):
    """A run that ends early is at other weights than its best ones."""
    job, found = card(rows, tiny, **BEST | fields)
    kept = "model" if "finetuning_type" in fields else "adapter"
    held = {one["step"]: one["eval_loss"] for one in measures(job) if "eval_loss" in one}
    best = min((loss, step) for step, loss in held.items() if step)[1]
    assert checkpoints.read_mark(job.folder / kept).step == best < max(held)
    tokens = learnt_in(job)
    mean = sum(a * w for a, w in zip(found.after, tokens, strict=True)) / sum(tokens)
    assert mean == pytest.approx(held[best], rel=1e-3)


def measures(job):
    return curves.read(job.folder / "metrics.jsonl")


def learnt_in(job):
    """Learnt tokens of each held-out row."""
    import datasets

    rows = datasets.Dataset.from_file(str(job.folder / "rows-eval.arrow"))
    return [sum(label != -100 for label in row["labels"][1:]) for row in rows]
