"""What a run left answers in the model server as it does with transformers and peft alone: every
kind of adapter beside the base and the others, and models of their own.
"""

import functools
import threading

import pytest
import torch
from tiny_model import SHAPE, build, preferences, run_here, sailors, training

from studio import serving
from studio.errors import ModelError
from studio.models import adapter_folder, resolve
from studio.serving.request import BASE, Generation

pytest_plugins = ["tiny_model"]
pytestmark = pytest.mark.model
MADE = 12  # tokens of an answer
FAST = {"learning_rate": 0.03, "max_steps": 4, "save_steps": 2}
QUICK = {
    "oft": {"finetuning_type": "oft", "oft_block_size": 8},
    "pissa": {"init_lora_weights": "pissa"},
    "norm": {"additional_target": "norm"},
}
OTHERS = {
    "lora": {},
    "rslora": {"use_rslora": True},
    "dora": {"use_dora": True},
    "olora": {"init_lora_weights": "olora"},
    "eva": {"init_lora_weights": "eva"},
    "qlora": {"finetuning_type": "qlora"},
    "head": {"additional_target": "embed_tokens,lm_head"},
    "oft beside norm": {"finetuning_type": "oft", "oft_block_size": 4, "additional_target": "norm"},
}


@pytest.fixture(scope="session")
def lively(tmp_path_factory, starter):
    """A tiny model whose weights are large enough for different answers to different questions."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("lively") / "lively"
    return build(folder, starter, shape=SHAPE | {"initializer_range": 0.3})


@pytest.fixture
def tiny(lively, monkeypatch):
    monkeypatch.setenv("INKWELL_MODEL_ROOTS", str(lively.parent))
    return lively.name


def left(workspace, tiny, fields, stop_at=None):
    """The folder of what a run of a few steps left."""
    job, _, _ = run_here(workspace, training(tiny, **FAST | fields), stop_at=stop_at)
    return job.folder / (
        "model" if fields.get("finetuning_type") in ("full", "freeze") else "adapter"
    )


def said(engine, prompts):
    """The answers to (adapter, prompt) pairs, asked all at once."""
    texts, ends = ["" for _ in prompts], [threading.Event() for _ in prompts]

    def emit(index, piece):
        texts[index] += piece.text + piece.error
        if piece.finish:
            ends[index].set()

    for index, (adapter, ids) in enumerate(prompts):
        asked = Generation(ids, adapter=adapter, max_tokens=MADE, temperature=0)
        engine.submit(asked, functools.partial(emit, index))
    assert all(end.wait(60) for end in ends)
    return texts


def by_hand(tokenizer, model, ids):
    """The same by transformers alone."""
    with torch.no_grad():
        made = model.generate(
            input_ids=torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            max_new_tokens=MADE,
            do_sample=False,
            pad_token_id=2,
            use_cache=True,
        )
    return tokenizer.decode(made[0, len(ids) :], skip_special_tokens=True)


def open_weights(workspace, reference):
    """(weights, engine) of a model as the server process has them."""
    from studio.serving.engine import Engine
    from studio.serving.selfcheck import check
    from studio.serving.weights import Weights

    roots = [str(workspace.runs)]
    weights = Weights(
        serving.ServerSpec(model_name_or_path=reference, threads=1, adapter_roots=roots)
    )
    check(weights)
    return weights, Engine(weights)


def asked(tokenizer):
    words = ("What is the rope?", "What is the whale, and whose is it?")
    return [tokenizer(text)["input_ids"] for text in words]


def compare(workspace, tiny, folders):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from studio.serving.selfcheck import check

    source = resolve(tiny)
    tokenizer = AutoTokenizer.from_pretrained(source)
    weights, engine = open_weights(workspace, tiny)
    for name, folder in folders.items():
        engine.between_steps(
            functools.partial(
                weights.put_on,
                name,
                folder,
                [workspace.runs],
                check=lambda put: check(weights, put),
            )
        ).result(60)
    wanted = {}
    for name in (BASE, *folders):
        model = AutoModelForCausalLM.from_pretrained(source, dtype=torch.float32)
        if name != BASE:
            model = PeftModel.from_pretrained(model, str(folders[name]))
        for place, ids in enumerate(asked(tokenizer)):
            wanted[name, place] = by_hand(tokenizer, model.eval(), ids)
    order = sorted(wanted, key=lambda one: (one[1], one[0]))
    prompts = [(name, asked(tokenizer)[place]) for name, place in order]
    assert dict(zip(order, said(engine, prompts), strict=True)) == wanted
    for name in folders:
        assert [wanted[name, n] for n in (0, 1)] != [wanted[BASE, n] for n in (0, 1)], name
        engine.between_steps(functools.partial(weights.take_off, name)).result(10)
    assert weights.model is weights.base
    assert said(engine, [(BASE, asked(tokenizer)[0])]) == [wanted[BASE, 0]]
    engine.close()


def test_adapters_that_change_more_than_a_lora_does_stand_beside_the_base(workspace, tiny):
    sailors(workspace)
    folders = {name: left(workspace, tiny, fields) for name, fields in QUICK.items()}
    compare(workspace, tiny, folders)


@pytest.mark.slow
def test_every_kind_of_adapter_says_what_it_says_by_hand(workspace, tiny):
    sailors(workspace)
    folders = {name: left(workspace, tiny, fields) for name, fields in (QUICK | OTHERS).items()}
    first = folders["lora"].parent.name
    on_top = {"adapter_name_or_path": first, "create_new_adapter": True}
    folders |= {
        "stacked": left(workspace, tiny, on_top),
        "further": left(workspace, tiny, {"adapter_name_or_path": first}),
        "stopped": left(workspace, tiny, {"max_steps": 20}, stop_at=3),
        "on the way": folders["lora"].parent / "checkpoint-2",
    }
    compare(workspace, tiny, folders)


@pytest.mark.parametrize("method", ["full", "freeze"])
@pytest.mark.slow
def test_a_model_of_its_own_is_a_base_like_any_other(workspace, tiny, method):
    """It answers, and an adapter that was trained on it stands beside it."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    sailors(workspace)
    folder = left(workspace, tiny, {"finetuning_type": method})
    reference = f"runs/{folder.parent.name}/model"
    on_it = left(workspace, reference, {})
    weights, engine = open_weights(workspace, reference)
    weights.put_on("on it", on_it, [workspace.runs])
    prompts = asked(weights.tokenizer)
    plain = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    wanted = [by_hand(weights.tokenizer, plain, ids) for ids in prompts]
    former = AutoModelForCausalLM.from_pretrained(resolve(tiny), dtype=torch.float32).eval()
    assert wanted != [by_hand(weights.tokenizer, former, ids) for ids in prompts]
    tuned = PeftModel.from_pretrained(plain, str(on_it)).eval()
    wanted += [by_hand(weights.tokenizer, tuned, ids) for ids in prompts]
    both = [(name, ids) for name in (BASE, "on it") for ids in prompts]
    assert said(engine, both) == wanted
    engine.close()


def test_a_reward_model_is_not_asked_for_answers(workspace, tiny):
    preferences(workspace)
    folder = left(workspace, tiny, {"stage": "rm", "dataset": "pairs"})
    weights, engine = open_weights(workspace, tiny)
    with pytest.raises(ModelError, match="it scores answers and writes none"):
        weights.put_on("scores", adapter_folder(workspace, folder.parent.name), [workspace.runs])
    assert not weights.adapters and weights.model is weights.base
    engine.close()
    whole = left(workspace, tiny, {"stage": "rm", "dataset": "pairs", "finetuning_type": "full"})
    with pytest.raises(ModelError, match="it scores answers and writes none"):
        open_weights(workspace, f"runs/{whole.parent.name}/model")
