"""What a GPU computes in fewer steps gives what PEFT, transformers and torch give: losses and
gradients on small models, here on the processor.
"""

import pytest
from tiny_model import run_here, sailors, training

from studio.datasets.token_view.render import IGNORED

pytest_plugins = ["tiny_model"]
torch = pytest.importorskip("torch")


def llama(**fields):
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=101,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        **fields,
    )
    return LlamaForCausalLM(config)


def with_lora(base, dropout=0.0, dora=False):
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(4)
    config = LoraConfig(
        r=4,
        lora_alpha=16,
        target_modules="all-linear",
        lora_dropout=dropout,
        use_dora=dora,
        init_lora_weights=False,
        task_type="CAUSAL_LM",
    )
    return get_peft_model(base, config)


def rows(*lengths):
    torch.manual_seed(5)
    made = [torch.randint(1, 101, (length,)).tolist() for length in lengths]
    return [{"input_ids": ids, "labels": [IGNORED, IGNORED, *ids[2:]]} for ids in made]


def learnt(model, batch, half=False):
    """(loss, gradients of what is learnt) of one batch by the training's own loss."""
    from studio.training.loss import token_loss

    model.zero_grad()
    plain = model.get_base_model() if hasattr(model, "get_base_model") else model
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        total, count = token_loss(model, plain, batch)
    (total / count).backward()
    grads = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    return float(total.detach()), grads


def same(first, second, within):
    assert first[0] == pytest.approx(second[0], rel=within)
    assert first[1].keys() == second[1].keys() and first[1]
    for name, grad in first[1].items():
        apart = (grad - second[1][name]).norm() / second[1][name].norm().clamp(min=1e-9)
        assert apart < within, name


@pytest.mark.parametrize("biased", [False, True])
def test_the_loss_in_parts_is_the_loss_with_its_gradients(biased):
    from torch.nn.functional import cross_entropy

    from studio.training.fused import summed_loss

    torch.manual_seed(2)
    head = torch.nn.Linear(16, 301, bias=biased)
    states = torch.randn(23, 16, requires_grad=True)
    targets = torch.randint(0, 301, (23,))
    found = []
    for way in (
        lambda: summed_loss(states, head, targets, part_bytes=7 * 4 * 301),
        lambda: cross_entropy(head(states).float(), targets, reduction="sum"),
    ):
        states.grad = None
        head.zero_grad()
        total = way()
        (total * 0.3).backward()
        found.append((float(total.detach()), {n: p.grad for n, p in head.named_parameters()}))
        found[-1][1]["states"] = states.grad
    same(*found, within=1e-5)
    with torch.no_grad():
        assert float(summed_loss(states, head, targets)) == pytest.approx(found[0][0])
    head.requires_grad_(False)
    with torch.autocast("cpu", torch.bfloat16):
        half = summed_loss(states.detach().bfloat16().requires_grad_(), head, targets)
    half.backward()
    assert float(half) == pytest.approx(found[0][0], rel=0.01)


def test_a_fused_adapter_learns_as_pefts_own():
    from studio.libraries.lora_fused import fuse
    from studio.training.loss import Batch

    model, batch = with_lora(llama(attention_bias=True, mlp_bias=True)), Batch(0)(rows(9, 14, 5))
    before = learnt(model, batch)
    assert fuse(model) == 14  # all seven linear modules of both layers
    calls = []
    layer = model.get_base_model().model.layers[0].mlp.down_proj
    layer.lora_A["default"].register_forward_hook(lambda *_: calls.append(1))
    same(learnt(model, batch), before, 1e-5)
    assert not calls  # PEFT's own way was not taken
    with model.disable_adapter(), torch.no_grad():
        bare = model(batch["input_ids"]).logits
    assert not torch.allclose(bare, model(batch["input_ids"]).logits, atol=1e-3)
    assert fuse(model) == 0  # once


def test_in_16_bits_a_fused_adapter_is_no_further_from_the_truth_than_pefts_own():
    from studio.libraries.lora_fused import fuse
    from studio.training.loss import Batch

    model, batch = with_lora(llama().bfloat16()), Batch(0)(rows(9, 14, 5))
    model.float()  # the weights that bfloat16 holds, computed with in 32 bits
    truth = learnt(model, batch)[1]
    for name, weight in model.named_parameters():
        weight.data = weight.data if "lora_" in name else weight.data.bfloat16()
    apart = []
    for prepare in (lambda _: 0, fuse):
        prepare(model)
        loss, grads = learnt(model, batch, half=True)
        assert all(grad.dtype == torch.float32 for grad in grads.values())
        apart.append(sum(float((grad - truth[n]).norm() ** 2) for n, grad in grads.items()))
    assert 0 < apart[1] < 1.5 * apart[0]


def kept_bytes(model, ids):
    """Bytes that the backward pass of a model's call needs, the weights left out."""
    weights = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    kept = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        kept[storage.data_ptr()] = storage
        return tensor

    with (
        torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
        torch.autocast("cpu", torch.bfloat16),
    ):
        model(ids, use_cache=False)
    return sum(one.nbytes() for place, one in kept.items() if place not in weights)


def test_fused_adapters_keep_less_for_the_backward_pass():
    from studio.libraries.lora_fused import fuse

    model, ids = with_lora(llama().bfloat16()), torch.arange(1, 65)[None]
    for name, weight in model.named_parameters():
        weight.data = weight.data.float() if "lora_" in name else weight.data
    before = kept_bytes(model, ids)
    fuse(model)
    assert kept_bytes(model, ids) < 0.95 * before


@pytest.mark.parametrize("fields", [{"dropout": 0.5}, {"dora": True}])
def test_an_adapter_that_does_more_is_left_to_peft(fields):
    from studio.libraries.lora_fused import fuse
    from studio.training.loss import Batch

    model, batch = with_lora(llama(), **fields), Batch(0)(rows(9, 14, 5))
    torch.manual_seed(1)
    before = learnt(model, batch)
    fuse(model)
    torch.manual_seed(1)
    same(learnt(model, batch), before, 1e-6)


def test_a_fused_adapter_on_4_bits_learns_as_pefts_own():
    from bitsandbytes.nn import Linear4bit
    from peft.tuners.lora.bnb import Linear4bit as LoraLinear4bit
    from peft.tuners.lora.config import LoraConfig

    from studio.libraries.lora_fused import _dequantised, _forward

    torch.manual_seed(6)
    base = Linear4bit(64, 32, bias=True, compute_dtype=torch.float32, quant_type="nf4")
    base = base.requires_grad_(False).to("cpu")
    assert base.weight.dtype == torch.uint8
    config = LoraConfig(r=4, init_lora_weights=False)
    layer = LoraLinear4bit(base, "default", config=config, r=4, init_lora_weights=False)
    x = torch.randn(2, 5, 64, requires_grad=True)
    found = []
    for forward in (layer.forward, _forward(layer, _dequantised(base), layer.forward)):
        x.grad = None
        layer.zero_grad()
        made = forward(x)
        made.square().sum().backward()
        grads = {n: p.grad.clone() for n, p in layer.named_parameters() if p.grad is not None}
        found.append((float(made.detach().sum()), grads | {"x": x.grad}))
    assert len(found[0][1]) == 3
    same(*found, within=1e-4)


@pytest.mark.parametrize("saving", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_texts_in_one_row_with_borders_learn_as_padded_rows(monkeypatch, saving, packed):
    from studio.libraries import document_attention
    from studio.libraries.lora_fused import fuse
    from studio.training.loss import Batch

    model = with_lora(llama())
    if saving:
        model.enable_input_require_grads()
        model.gradient_checkpointing_enable({"use_reentrant": False})
    before = learnt(model, Batch(0)(rows(9, 14, 5)))
    assert fuse(model) == 14
    assert document_attention.put_on(model.get_base_model())
    collate = Batch(0)
    collate.joined = True
    given = rows(9, 14, 5)
    if packed:
        given = [
            {k: a[k] + b[k] for k in a} | {"position_ids": [*range(9), *range(14)]}
            for a, b in [given[:2]]
        ] + [given[2] | {"position_ids": [*range(5)]}]
        given[0]["labels"][9] = IGNORED
    batch = collate(given)
    assert batch["input_ids"].shape == (1, 28) and "attention_mask" not in batch
    assert batch["cu_seq_lens_q"].tolist() == [0, 9, 23, 28] and batch["max_length_q"] == 14
    monkeypatch.setattr("transformers.masking_utils.find_packed_sequence_indices", None)  # no look
    same(learnt(model, batch), before, 1e-5)
    level = collate(rows(6, 6))
    assert level["input_ids"].shape == (2, 6) and level.keys() == {"input_ids", "labels", "learnt"}
    even = learnt(model, level)
    monkeypatch.undo()
    same(even, learnt(model, Batch(0)(rows(6, 6))), 1e-5)
    # A call without borders is masked as before: generation pads on the left.
    ids, mask = torch.tensor([[0, 0, 7, 8]]), torch.tensor([[0, 0, 1, 1]])
    alone = model(torch.tensor([[7, 8]])).logits[0, -1]
    assert torch.allclose(model(ids, attention_mask=mask).logits[0, -1], alone, atol=1e-4)


def test_a_model_that_does_more_is_left_as_it_is():
    from transformers import Gemma2Config, Gemma2ForCausalLM

    from studio.libraries import document_attention
    from studio.libraries.transformers_inside import ends_with_head

    capped = Gemma2ForCausalLM(
        Gemma2Config(
            vocab_size=50,
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=8,
            final_logit_softcapping=0.02,
        )
    )
    assert ends_with_head(llama()) and not ends_with_head(capped)
    assert not document_attention.put_on(capped)


@pytest.mark.model
@pytest.mark.parametrize(
    "fields",
    [
        {"compute_type": "bf16", "packing": True},
        pytest.param({"compute_type": "bf16"}, marks=pytest.mark.slow),
        pytest.param({"compute_type": "fp32"}, marks=pytest.mark.slow),
    ],
)
def test_a_run_of_fused_steps_has_the_curve_of_a_plain_one(
    workspace, tiny, monkeypatch, capfd, fields
):
    sailors(workspace)
    curves = []
    # What a processor computes in its own ways is left out, where there is such a thing.
    monkeypatch.setattr("studio.training.train.quicken", lambda trainer: None, raising=False)
    for on in (False, True):
        monkeypatch.setattr("studio.training.fused.wanted", lambda spec, on=on: on)
        _, _, metrics = run_here(workspace, training(tiny, val_size=0.2, **fields))
        curves.append([line["loss"] for line in metrics if "loss" in line])
        said = "".join(capfd.readouterr())
        assert ("fused: 14 adapter layers in one step each" in said) is on
        assert ("attention by texts" in said) is (on and fields["compute_type"] == "bf16")
    within = 1e-4 if fields["compute_type"] == "fp32" else 0.02
    assert len(curves[0]) == 6 and curves[1] == pytest.approx(curves[0], rel=within)
    assert curves[0][-1] < curves[0][0]


def test_torch_is_asked_for_attention_by_borders_by_names_that_it_has():
    from inspect import signature

    from torch.nn.attention.varlen import varlen_attn

    from studio.libraries.document_attention import _asked

    names = list(signature(varlen_attn).parameters)
    assert names[:7] == ["query", "key", "value", "cu_seq_q", "cu_seq_k", "max_q", "max_k"]
    assert (
        "scale" in names
        and set(_asked()) <= set(names)
        and _asked().keys()
        & {
            "window_size",
            "is_causal",
        }
    ), "varlen_attn is asked for causal attention by another name"


@pytest.mark.parametrize(
    "norm, reason",
    [
        ("raise ImportError('no triton')", "fails here (ImportError: no triton)"),
        ("from torch.nn import LayerNorm as LigerRMSNorm", "norm is off by"),
        ("from torch.nn import RMSNorm as LigerRMSNorm", ""),
    ],
)
def test_ligers_kernels_are_tried_before_they_are_used(tmp_path, monkeypatch, norm, reason):
    import sys

    from studio.libraries import liger_inside

    folder = tmp_path / "liger_kernel" / "transformers"
    folder.mkdir(parents=True)
    for place in (folder, folder.parent):
        (place / "__init__.py").touch()
    known = "MODEL_TYPE_TO_APPLY_LIGER_FN = {'llama': None}"
    (folder / "monkey_patch.py").write_text(known)
    (folder / "rms_norm.py").write_text(norm)
    monkeypatch.syspath_prepend(str(tmp_path))
    used = []
    monkeypatch.setattr(liger_inside, "apply_liger_kernel", lambda *given: used.append(given))
    model = llama()
    try:
        found = liger_inside.put_on(model)
        model.config.model_type = "poem"
        assert liger_inside.put_on(model).endswith("does not know models of the type poem")
    finally:
        for name in [name for name in sys.modules if name.startswith("liger_kernel")]:
            del sys.modules[name]
    assert (reason in found and found) if reason else found == ""
    assert len(used) == (not reason)


def test_without_liger_kernel_its_reason_is_told(monkeypatch):
    from studio.libraries import liger_inside

    monkeypatch.setattr(liger_inside, "find_spec", lambda name: None)
    assert liger_inside.put_on(llama()) == "liger-kernel is not installed"
