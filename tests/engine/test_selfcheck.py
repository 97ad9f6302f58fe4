"""The engine's check of itself: broken caches, masks and losses as a new library version could
bring them are refused.
"""

import os
import shutil
import textwrap
from types import SimpleNamespace
from typing import get_args

import pytest
from tiny_model import SHAPE, preferences, sailors, start, training

from studio import serving
from studio.errors import ModelError
from studio.libraries import versions

pytest_plugins = ["tiny_model"]
pytestmark = pytest.mark.model

# What a broken version would do, at the places where it would do it; each is run before anything
# else in the process.
BREAKS = {
    "dropped": """
        from transformers import LlamaForCausalLM as Model
        whole = Model.forward
        def forward(self, *given, **more):
            more.pop("cache", None), more.pop("past_key_values", None)
            return whole(self, *given, **more)
        Model.forward = forward
    """,
    "shifted": """
        from transformers.cache_utils import Cache
        whole = Cache.update
        def update(self, *given, **more):
            keys, values = whole(self, *given, **more)
            return keys.roll(1, dims=2), values
        Cache.update = update
    """,
    "swapped": """
        from transformers.cache_utils import Cache
        whole = Cache.update
        def update(self, *given, **more):
            keys, values = whole(self, *given, **more)
            return (keys.flip(0), values.flip(0)) if len(keys) > 1 else (keys, values)
        Cache.update = update
    """,
}
# PEFT gives every row of a mixed batch the first row's adapter.
MIXED_UP = """
    from peft.tuners.lora.layer import Linear
    whole = Linear._mixed_batch_forward
    def mixed(self, x, *given, adapter_names, **more):
        return whole(self, x, *given, adapter_names=[adapter_names[0]] * len(adapter_names), **more)
    Linear._mixed_batch_forward = mixed
"""


@pytest.fixture
def env(tiny_folder, tmp_path, monkeypatch):
    """The tiny model as the models folder, and an adapter for it with weights that are felt."""
    monkeypatch.setenv("INKWELL_MODELS", str(tiny_folder.parent))
    monkeypatch.setenv("INKWELL_ADAPTER_ROOTS", str(tmp_path))
    yield SimpleNamespace(
        model=tiny_folder.name, folder=tiny_folder, adapter=tmp_path / "tuned", tmp=tmp_path
    )
    serving.stop()


def make_adapter(env, target=None, strength=1.0, **config):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(1)
    base = AutoModelForCausalLM.from_pretrained(env.folder)
    model = get_peft_model(
        base, LoraConfig(r=4, lora_alpha=16, target_modules="all-linear", **config)
    )
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=strength)
    model.save_pretrained(target or env.adapter)
    return target or env.adapter


def served_with(env, monkeypatch, code):
    """Let the server process run `code` when it starts, as an installed broken version would."""
    folder = env.tmp / "broken"
    folder.mkdir(exist_ok=True)
    # Run when the module that serves is imported, so that the libraries are patched in the process
    # that serves and no other.
    (folder / "sitecustomize.py").write_text(
        "import sys\nif 'studio.serving.server' in sys.orig_argv:\n"
        + textwrap.indent(textwrap.dedent(code), "    ")
    )
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH", ""))))
    )


@pytest.fixture
def weights(env):
    from studio.serving.weights import Weights

    return Weights(serving.ServerSpec(model_name_or_path=env.model, threads=1))


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_cache_is_found(weights, monkeypatch, name):
    from transformers import LlamaForCausalLM
    from transformers.cache_utils import Cache

    from studio.serving.selfcheck import check

    check(weights)
    for kind, method in ((LlamaForCausalLM, "forward"), (Cache, "update")):
        monkeypatch.setattr(kind, method, getattr(kind, method))  # put back when the test ends
    exec(textwrap.dedent(BREAKS[name]), {})
    with pytest.raises(ModelError, match="is not served"):
        check(weights)


def test_a_server_with_a_broken_cache_refuses_in_one_sentence(env, monkeypatch):
    served_with(env, monkeypatch, BREAKS["swapped"])
    with pytest.raises(Exception) as caught:
        serving.ensure(serving.ServerSpec(model_name_or_path=env.model), timeout_s=300)
    sentence = caught.value.sentence
    assert (
        "is not served" in sentence
        and f"transformers {__import__('transformers').__version__}" in sentence
        and "\n" not in sentence
    )
    assert serving.status().state == "failed" and serving.status().error.do


def test_an_adapter_that_a_broken_version_mixes_up_is_taken_off_and_the_base_goes_on(
    env, monkeypatch
):
    make_adapter(env)
    served_with(env, monkeypatch, MIXED_UP)
    info = serving.ensure(serving.ServerSpec(model_name_or_path=env.model), timeout_s=300)
    for _ in range(2):
        with pytest.raises(
            ModelError, match=f"tuned is not served.*peft {__import__('peft').__version__}"
        ):
            serving.load_adapter("tuned", env.adapter)
    assert serving.status().adapters == ()
    import openai

    client = openai.OpenAI(
        base_url=info.base_url, api_key=info.token.reveal(), max_retries=0, timeout=120
    )
    asked = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 4, "temperature": 0}
    assert client.chat.completions.create(model="base", **asked).usage.completion_tokens == 4
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="tuned", **asked)


def test_lost_padding_is_refused(weights, monkeypatch):
    from studio.serving.selfcheck import check

    check(weights)
    from transformers.models.llama import modeling_llama

    whole = modeling_llama.create_causal_mask
    monkeypatch.setattr(
        modeling_llama,
        "create_causal_mask",
        lambda *given, **more: whole(*given, **more | {"attention_mask": None}),
    )
    with pytest.raises(ModelError, match="is not served"):
        check(weights)


def test_a_former_adapter_stays_when_its_successor_fails(env, weights):
    from studio.serving.selfcheck import check

    weights.put_on("tuned", make_adapter(env), [env.tmp], check=lambda name: check(weights, name))
    before = weights.adapters["tuned"]

    def refuse(name):
        raise ModelError("No.")

    with pytest.raises(ModelError):
        weights.put_on("tuned", make_adapter(env, env.tmp / "second"), [env.tmp], check=refuse)
    assert weights.adapters == {"tuned": before} and len(weights.model.peft_config) == 1
    check(weights, "tuned")
    weights.take_off("tuned")
    assert weights.model is weights.base
    check(weights)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize(
    "config",
    [{}, {"use_dora": True}, {"use_rslora": True, "strength": 20.0}],
    ids=["lora", "dora", "huge"],
)
def test_what_is_well_is_never_refused(env, dtype, config):
    """Large adapter weights and low precision round more; rounding is not a fault."""
    from studio.serving.selfcheck import check
    from studio.serving.weights import Weights

    weights = Weights(serving.ServerSpec(model_name_or_path=env.model, threads=1, dtype=dtype))
    weights.put_on(
        "tuned", make_adapter(env, **config), [env.tmp], check=lambda name: check(weights, name)
    )


KINDS = {
    "MistralConfig": {"sliding_window": 4},
    "Gemma2Config": {"head_dim": 8, "sliding_window": 4},
    "Qwen3Config": {"head_dim": 8},
    "Qwen3MoeConfig": {
        "head_dim": 8,
        "num_experts": 8,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 32,
    },
    "MambaConfig": {"state_size": 8},
    "FalconH1Config": {
        "mamba_d_ssm": 32,
        "mamba_n_heads": 4,
        "mamba_d_head": 8,
        "mamba_d_state": 8,
    },
    "GPT2Config": {},
    "BloomConfig": {},
    "OPTConfig": {"ffn_dim": 64, "word_embed_proj_dim": 32},
}


@pytest.mark.parametrize("kind", KINDS)
def test_models_of_other_kinds_pass(env, starter, kind):
    """Sliding windows, experts, recurrent states (a lane of their own), models without positions or
    with old ones.
    """
    import torch
    import transformers

    from studio.serving.selfcheck import check
    from studio.serving.weights import Weights

    config = getattr(transformers, kind)(
        vocab_size=49152,
        num_hidden_layers=3,
        max_position_embeddings=256,
        **SHAPE | KINDS[kind],
    )
    torch.manual_seed(3)
    folder = env.folder.parent / f"kind-{kind.lower()}"
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(env.folder / name, folder / name)
    check(Weights(serving.ServerSpec(model_name_or_path=folder.name, threads=1)))
    shutil.rmtree(folder)


# --- before a training


def run(workspace, tiny, **fields):
    from studio.training.job import run as train

    spec = training(tiny, **{"max_steps": 1} | fields)
    job = start(workspace, spec)
    return job, train(spec, job)


def test_every_stage_has_a_check_of_its_own():
    from studio.training.selfcheck import CHECKS
    from studio.training.spec import TrainJob

    assert set(CHECKS) == set(get_args(TrainJob.model_fields["stage"].annotation))


def test_packed_rows_that_see_each_other_are_found_before_the_first_step(
    workspace, tiny, monkeypatch
):
    from transformers import masking_utils

    from studio.libraries import row_attention

    sailors(workspace)
    # As for a model whose rows are told apart by transformers' mask alone.
    monkeypatch.setattr(row_attention, "by_rows", lambda *_: False)
    monkeypatch.setattr(masking_utils, "find_packed_sequence_indices", lambda *_, **__: None)
    with pytest.raises(
        ModelError, match="training is not started.*they differ by.*transformers"
    ) as caught:
        run(workspace, tiny, packing=True)
    assert versions("trl") in caught.value.sentence
    assert run(workspace, tiny)[1]["steps"] == 1  # without packs nothing is wrong


def test_logits_at_other_places_are_found_before_the_first_step(workspace, tiny, monkeypatch):

    from studio.libraries import transformers_inside
    from studio.training import loss

    sailors(workspace)
    monkeypatch.setattr(
        loss,
        "only_positions",
        lambda model, wanted: transformers_inside.only_positions(model, wanted + 1),
    )
    with pytest.raises(ModelError, match="training is not started"):
        run(workspace, tiny)


def test_another_reference_than_the_model_itself_is_found_before_the_first_step(
    workspace, tiny, monkeypatch
):
    from trl import DPOTrainer

    preferences(workspace)
    whole = DPOTrainer.compute_ref_log_probs
    assert run(workspace, tiny, dataset="pairs", stage="dpo")[1]["steps"] == 1
    monkeypatch.setattr(
        DPOTrainer,
        "compute_ref_log_probs",
        lambda *given: tuple(side * 1.01 for side in whole(*given)),
    )
    with pytest.raises(ModelError, match="training is not started"):
        run(workspace, tiny, dataset="pairs", stage="dpo")


def test_the_check_before_a_training_leaves_no_trace(workspace, tiny, monkeypatch):
    """The same steps with and without it, dropout and all."""
    import torch

    from studio.training import train as module

    sailors(workspace)
    fields = {"max_steps": 2, "lora_dropout": 0.2, "neftune_alpha": 5.0}
    job, _ = run(workspace, tiny, **fields)
    with_it = (job.folder / "adapter" / "adapter_model.safetensors").read_bytes()
    monkeypatch.setattr(module, "check_loss", lambda *_, **__: 0.0)
    job, _ = run(workspace, tiny, **fields)
    assert (job.folder / "adapter" / "adapter_model.safetensors").read_bytes() == with_it
    assert torch.is_grad_enabled()
