"""Training on weights in few bits: measuring held-out rows changes nothing of the steps after it,
and measures what a plain call gives.
"""

import pytest
import torch
from tiny_model import SHAPE, build, run_here, sailors, training

from studio.models import adapter_folder

pytest_plugins = ["tiny_model"]


@pytest.fixture(scope="module")
def wide(tmp_path_factory, starter):
    """A tiny model whose matrices are large enough for bitsandbytes to pack them."""
    shape = SHAPE | {"hidden_size": 64, "intermediate_size": 128}
    return build(tmp_path_factory.mktemp("wide") / "wide", starter, shape=shape)


@pytest.mark.model
@pytest.mark.parametrize("bits", ["4", pytest.param("8", marks=[pytest.mark.slow])])
def test_a_measurement_on_the_way_changes_no_step_after_it(workspace, wide, monkeypatch, bits):
    monkeypatch.setenv("INKWELL_MODEL_ROOTS", str(wide.parent))
    sailors(workspace), sailors(workspace, "few", count=4)
    fields = {"finetuning_type": "qlora", "quantization_bit": bits, "max_steps": 5}
    fields |= {"save_steps": 5, "learning_rate": 0.02}
    _, _, plain = run_here(workspace, training(wide.name, **fields))
    measured = training(wide.name, **fields, eval_dataset="few", eval_steps=1)
    job, result, lines = run_here(workspace, measured)
    before, after = ([line["loss"] for line in part if "loss" in line] for part in (plain, lines))
    assert after == pytest.approx(before, rel=1e-6)
    assert result["eval_loss"] == pytest.approx(by_hand(workspace, job, wide, bits), rel=1e-4)


def by_hand(workspace, job, wide, bits):
    """The held-out loss of what was saved, one row after the other."""
    import datasets

    from studio.training.model import load_adapter, load_base

    base = load_base(wide.name, "huggingface", workspace, bits=int(bits), dtype=torch.float32)
    model = load_adapter(base, adapter_folder(workspace, job.id), trainable=False).train()
    total = count = 0.0
    for row in datasets.Dataset.from_file(str(job.folder / "rows-eval.arrow")):
        ids, labels = (torch.tensor([row[name]]) for name in ("input_ids", "labels"))
        with torch.no_grad():
            loss = model(input_ids=ids, labels=labels, use_cache=False).loss
        learnt = int((labels[:, 1:] != -100).sum())
        total, count = total + float(loss) * learnt, count + learnt
    return total / count
