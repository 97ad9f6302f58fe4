"""What we rely on in the libraries beyond their documentation.

A failure here says in one sentence what a version broke.
"""

import ast
from pathlib import Path

import pytest

pytest_plugins = ["tiny_model"]
pytestmark = pytest.mark.model
ROOT = Path(__file__).resolve().parents[2]
# Names of the libraries' insides, and the one folder in which they may stand.
INSIDES = (
    "past_key_values",
    "cache_params",
    "adapter_names",
    "__base__",
    "_is_stateful",
    "hf_quantizer",
    "_n_gpu",
    "loss_is_scaled_for_ga",
    "model_accepts_loss_kwargs",
    "_prepare_dataset",
    "def _save(",
    "get_optimizer_cls_and_kwargs",
    "logits_to_keep",
    "DynamicCache",
    "register_forward_pre_hook",
    "peft_config[",
    "layer_types",
    "inspect.signature",
)


@pytest.fixture(scope="module")
def model(tiny_folder):
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(tiny_folder).eval()


@pytest.fixture
def adapted(tiny_folder):
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    return get_peft_model(
        AutoModelForCausalLM.from_pretrained(tiny_folder),
        LoraConfig(task_type="CAUSAL_LM", target_modules="all-linear"),
    )


@pytest.fixture
def ids():
    import torch

    return torch.arange(5, 17).unsqueeze(0)


def test_the_libraries_insides_stand_in_one_folder():
    found = {}
    for path in (ROOT / "studio").rglob("*.py"):
        if path.parent.name == "libraries":
            continue
        code = ast.unparse(ast.parse(path.read_text(encoding="utf-8")))  # without comments
        used = [name for name in INSIDES if name in code]
        if used:
            found[path.name] = used
    assert not found, "library insides are used outside studio/libraries"


# --- transformers


def test_a_models_output_names_its_cache_as_its_argument_does(model):
    from studio.libraries.transformers_inside import CACHE_NAMES, Forward

    forward = Forward(model)
    assert forward.cache_name in CACHE_NAMES, (
        "a model's output no longer names its cache as the argument of forward() that takes it"
    )
    assert forward.left_out == (), "Llama no longer takes position_ids or logits_to_keep"


def test_an_argument_that_a_model_refuses_is_found_out(model):
    from studio.libraries.transformers_inside import Forward

    class Old:
        """A model that knows no positions."""

        def __init__(self):
            self.get_input_embeddings = model.get_input_embeddings

        def __call__(self, input_ids, attention_mask, use_cache, logits_to_keep, **more):
            if more:
                raise TypeError(
                    f"forward() got an unexpected keyword argument '{next(iter(more))}'"
                )
            return model(input_ids=input_ids, attention_mask=attention_mask, use_cache=use_cache)

    assert Forward(Old()).left_out == ("position_ids",), (
        "a refused argument is no longer told as TypeError with its name"
    )


def test_a_cache_of_ours_grows_in_place_and_gives_what_one_pass_gives(model, ids):
    import torch

    from studio.libraries.transformers_inside import Forward, joined, narrowed, new_cache

    forward, places = Forward(model), torch.arange(12).unsqueeze(0)
    with torch.no_grad():
        whole = model(input_ids=ids, use_cache=False).logits[0]
        cache = new_cache()
        forward(model, ids[:, :9], None, places[:, :9], cache)
        assert (
            len(cache.layers) == model.config.num_hidden_layers
            and cache.layers[0].keys.shape[2] == 9
        ), "caches hold their layers otherwise"
        both = joined(cache, narrowed(cache, [0], 3), 9)
        assert both.layers[0].keys.shape[0] == 2 and not both.layers[0].keys[1, :, :3].any()
        step = forward(model, ids[:, 9:10], None, places[:, 9:10], cache)
    assert torch.allclose(step[0], whole[9], atol=1e-5), (
        "a token made through the cache is no longer what one pass gives"
    )


def test_room_in_a_cache_is_not_asked_for_at_every_token():
    import torch

    from studio.libraries.transformers_inside import RoomyLayer

    layer, rooms = RoomyLayer(), set()
    parts = [torch.randn(2, 3, n, 4) for n in (5, *([1] * 300))]
    for part in parts:
        keys, _ = layer.update(part, part)
        rooms.add(layer.room[0].data_ptr())
    assert (
        torch.equal(keys, torch.cat(parts, 2)) and layer.get_seq_length() == 305 and len(rooms) < 8
    )


def test_logits_are_made_by_the_output_embedding_from_states_of_rows_and_positions(model, ids):
    import torch

    from studio.libraries.transformers_inside import only_positions

    both = torch.cat([ids, ids.flip(1)])
    wanted = torch.tensor([2, 7, ids.shape[1] + 4])
    with torch.no_grad(), only_positions(model, wanted):
        few = model(input_ids=both, use_cache=False).logits
    assert torch.allclose(
        few, model(input_ids=both, use_cache=False).logits[[0, 0, 1], [2, 7, 4]], atol=1e-5
    ), "logits are made elsewhere than in the output embedding"
    assert not model.get_output_embeddings()._forward_pre_hooks


def test_packed_rows_are_told_apart_by_their_positions(model, ids):
    import torch

    places = torch.tensor([[*range(7), *range(5)]])
    packed = model(input_ids=ids, position_ids=places, use_cache=False).logits[0, 7:]
    alone = model(input_ids=ids[:, 7:], use_cache=False).logits[0]
    assert torch.allclose(packed, alone, atol=1e-5), (
        "rows of a pack are no longer kept apart by position_ids alone"
    )


def test_a_dequantised_model_saves_once_two_names_are_cleared(model, tmp_path):
    from studio.libraries.transformers_inside import forget_quantisation

    model.hf_quantizer, model.config.quantization_config = object(), {"quant_method": "gguf"}
    forget_quantisation(model)
    model.save_pretrained(tmp_path)
    assert "quantization_config" not in (tmp_path / "config.json").read_text(), (
        "saving a model read from GGUF needs more than two names cleared"
    )


def test_a_template_that_refuses_raises_jinjas_error(starter):
    from jinja2 import TemplateError
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(starter)
    with pytest.raises(TemplateError):
        tokenizer.apply_chat_template(
            [{"role": "user", "content": "x"}],
            chat_template="{{ raise_exception('no') }}",
            tokenize=False,
        )


# --- the trainer


def test_the_trainer_counts_the_tokens_of_a_step_and_leaves_our_loss_as_it_is(adapted, tmp_path):
    import torch
    from transformers import TrainingArguments

    from studio.libraries.trainer_inside import StepMeanTrainer, one_device

    seen = []

    class Counting(StepMeanTrainer):
        def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
            seen.append(num_items_in_batch)
            return (
                sum(weight.sum() for weight in model.parameters() if weight.requires_grad) * 0 + 3.0
            )

    args = TrainingArguments(
        str(tmp_path),
        max_steps=1,
        gradient_accumulation_steps=2,
        per_device_train_batch_size=1,
        use_cpu=True,
        report_to="none",
        label_names=["labels"],
        remove_unused_columns=False,
        save_strategy="no",
        disable_tqdm=True,
    )
    one_device(args)
    rows = [{"input_ids": torch.tensor([5, 6, 7]), "labels": torch.tensor([-100, 6, 7])}] * 4
    trainer = Counting(adapted, args, train_dataset=rows)
    result = trainer.train()
    assert len(seen) == 2 and int(seen[0]) == 4, (
        "compute_loss no longer gets the learnt tokens of all accumulated batches"
    )
    assert result.training_loss == pytest.approx(6.0), (
        "a loss that says it is scaled is divided again, or no longer summed over the batches"
    )


def test_the_trainer_saves_by_our_method_alone(adapted, tmp_path):
    from transformers import TrainingArguments

    from studio.libraries.peft_inside import save_adapter
    from studio.libraries.trainer_inside import AdapterTrainer

    class Saving(AdapterTrainer):
        def save_checkpoint(self, model, folder, *more):
            folder.mkdir(parents=True, exist_ok=True)
            save_adapter(model, folder, "starter")

    trainer = Saving(adapted, TrainingArguments(str(tmp_path), use_cpu=True, report_to="none"))
    trainer.save_model(str(tmp_path / "out"))
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert (
        {"adapter_config.json", "adapter_model.safetensors"}
        <= names
        <= {"adapter_config.json", "adapter_model.safetensors", "training_args.bin"}
    )
    assert '"starter"' in (tmp_path / "out" / "adapter_config.json").read_text(), (
        "PEFT no longer writes the base's name from its config"
    )


# --- peft


def test_rows_of_a_batch_have_adapters_of_their_own(tiny_folder, ids, tmp_path):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    from studio.libraries import peft_inside

    for seed in (1, 2):
        torch.manual_seed(seed)
        made = get_peft_model(
            AutoModelForCausalLM.from_pretrained(tiny_folder),
            LoraConfig(target_modules="all-linear", init_lora_weights=False),
        )
        made.save_pretrained(tmp_path / str(seed))
    base = model = AutoModelForCausalLM.from_pretrained(tiny_folder).eval()
    plain = base(input_ids=ids, use_cache=False).logits
    for name, folder in (("one", tmp_path / "1"), ("two", tmp_path / "2")):
        model = peft_inside.with_room(model, name, peft_inside.read_config(folder))
        peft_inside.fill(model, name, folder, "cpu")
    mixed = model(
        input_ids=ids.repeat(3, 1), use_cache=False, **peft_inside.mixed(["one", None, "two"])
    ).logits
    assert torch.allclose(mixed[1:2], plain, atol=1e-5), (
        "a row of the base in a mixed batch is no longer the plain base"
    )
    for row, name in ((0, "one"), (2, "two")):
        peft_inside.activate(model, name)
        assert torch.allclose(
            mixed[row], model(input_ids=ids, use_cache=False).logits[0], atol=1e-5
        ), "a mixed batch gives other adapters than were asked for"
        assert not any(weight.requires_grad for weight in model.parameters()), (
            "activating an adapter makes it trainable"
        )
    with model.disable_adapter():
        assert torch.allclose(model(input_ids=ids, use_cache=False).logits, plain, atol=1e-5)
    model = peft_inside.take_off(peft_inside.take_off(model, "one"), "two")
    assert model is base and torch.equal(base(input_ids=ids, use_cache=False).logits, plain), (
        "the base is no longer itself once all adapters are off"
    )


# --- trl


def test_trl_takes_tokenised_rows_and_its_reference_is_the_model_as_it_was(tiny_folder, tmp_path):
    import datasets
    import torch
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import DPOConfig

    from studio.libraries.trl_inside import TokenisedDPOTrainer, reference_log_probs

    rows = [
        {"prompt_ids": [5, 6, 7], "chosen_ids": [8, 9], "rejected_ids": [10, 11, 12]},
        {"prompt_ids": [5], "chosen_ids": [6], "rejected_ids": [7]},
    ]
    trainer = TokenisedDPOTrainer(
        AutoModelForCausalLM.from_pretrained(tiny_folder),
        args=DPOConfig(
            str(tmp_path), report_to="none", use_cpu=True, bf16=False, gradient_checkpointing=False
        ),
        train_dataset=datasets.Dataset.from_list(rows),
        processing_class=AutoTokenizer.from_pretrained(tiny_folder),
        peft_config=LoraConfig(task_type="CAUSAL_LM", target_modules="all-linear"),
    )
    assert list(trainer.train_dataset) == rows, "trl tokenises rows that are tokenised already"
    ids, masks, found = reference_log_probs(trainer, rows)
    assert ids == [[5, 6, 7, 8, 9], [5, 6], [5, 6, 7, 10, 11, 12], [5, 7]] and masks[0] == [
        0,
        0,
        0,
        1,
        1,
    ], "trl lays out its batches otherwise"
    scores = torch.log_softmax(
        trainer.model(input_ids=torch.tensor([ids[0]]), use_cache=False).logits[0].float(), -1
    )
    assert float(found[0]) == pytest.approx(float(scores[2, 8] + scores[3, 9]), rel=1e-5), (
        "trl's log-probabilities are no longer sums over the reply"
    )


# --- torch


def test_weights_in_16_bits_multiply_as_those_in_32(tiny_folder):
    import torch
    from transformers import AutoModelForCausalLM

    from studio.libraries.torch_inside import HalfLinear, halve_weights

    whole = AutoModelForCausalLM.from_pretrained(tiny_folder).to(torch.bfloat16).float().eval()
    kept = torch.nn.Linear(8, 8)  # float32 weights that 16 bits do not hold
    whole.model.layers[0].mlp.more = kept
    states = torch.randn(2, 3, 32)
    plain = [layer(states) for layer in (whole.lm_head, whole.model.layers[0].self_attn.q_proj)]
    changed = halve_weights(whole)
    if not changed:
        pytest.skip("FBGEMM multiplies on x86 only")
    assert isinstance(whole.lm_head, HalfLinear) and whole.model.layers[0].mlp.more is kept
    for before, layer in zip(
        plain, (whole.lm_head, whole.model.layers[0].self_attn.q_proj), strict=True
    ):
        assert torch.allclose(layer(states), before, atol=1e-5), "FBGEMM rounds its inputs or sums"
    assert whole.lm_head.weight is whole.model.embed_tokens.weight, (
        "the shared matrix is kept twice"
    )
