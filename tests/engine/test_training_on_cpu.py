"""Training on a processor: the quicker ways give the losses and gradients of the model's own ways,
and a model that they do not fit is left as it is.
"""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch.nn.functional import cross_entropy, scaled_dot_product_attention
from transformers import GemmaConfig, GemmaForCausalLM, LlamaConfig, LlamaForCausalLM

from studio.libraries.cpu_products import product
from studio.libraries.peft_inside import as_published
from studio.libraries.row_attention import BORDERS
from studio.training.loss import Batch, token_loss
from studio.training.on_cpu import attention
from studio.training.on_cpu.flat import FlatBatch
from studio.training.on_cpu.head import head_loss, in_parts
from studio.training.on_cpu.quicken import quicken
from tests.tiny_model import SHAPE

VOCABULARY = 211
ROWS = [
    {
        "input_ids": [(7 * at + size) % VOCABULARY for at in range(size)],
        "labels": [-100] * 3 + [(7 * at + size) % VOCABULARY for at in range(3, size)],
    }
    for size in (9, 31, 5)
]


def made(kind=torch.float32, family="llama", **lora):
    """A trainer, as far as `quicken` looks at one, of a tiny random model with LoRA."""
    torch.manual_seed(3)
    configs = {
        "llama": (LlamaConfig, LlamaForCausalLM),
        "gemma": (GemmaConfig, GemmaForCausalLM),
    }
    config, model = configs[family]
    base = model(
        config(vocab_size=VOCABULARY, num_hidden_layers=2, head_dim=8, **SHAPE)
    ).requires_grad_(False)
    adapter = {"r": 4, "lora_alpha": 8, "target_modules": "all-linear"} | lora
    net = get_peft_model(base.to(kind), LoraConfig(task_type="CAUSAL_LM", **adapter))
    for weight in net.parameters():
        if weight.requires_grad:
            weight.data = torch.randn_like(weight.data, dtype=torch.float32) / 10
    return SimpleNamespace(
        model=net.train(),
        train_dataset=ROWS,
        data_collator=Batch(0),
        is_deepspeed_enabled=False,
        is_fsdp_enabled=False,
        args=SimpleNamespace(device=torch.device("cpu"), neftune_noise_alpha=None),
        accelerator=SimpleNamespace(unwrap_model=lambda model: model, autocast=nullcontext),
    )


def stepped(trainer):
    """Summed loss, learnt tokens, and all gradients in one row."""
    trainer.model.zero_grad()
    loss, count = token_loss(trainer.model, trainer.model, trainer.data_collator(ROWS))
    loss.backward()
    slopes = [w.grad.flatten() for w in trainer.model.parameters() if w.requires_grad]
    return float(loss.detach()), count, torch.cat(slopes)


def apart(one, other):
    """The distance of two rows of gradients, as a part of the first."""
    return float((one - other).norm() / one.norm())


def test_loss_and_gradients_are_those_of_the_models_own_ways():
    trainer = made()
    loss, count, slopes = stepped(trainer)
    found = quicken(trainer)
    assert (found.lora, found.gated, found.norms, found.head, found.flat) == (14, 2, 5, True, True)
    quick, same_count, quick_slopes = stepped(trainer)
    assert same_count == count and quick == pytest.approx(loss, rel=1e-5)
    assert apart(slopes, quick_slopes) < 1e-4


def test_bfloat16_differs_by_its_rounding_alone():
    trainer, exact = made(torch.bfloat16), made()
    for weight, wide in zip(trainer.model.parameters(), exact.model.parameters(), strict=True):
        wide.data = weight.data.float()
    trainer.accelerator.autocast = lambda: torch.autocast("cpu", torch.bfloat16)
    loss, _, slopes = stepped(exact)
    quicken(trainer)
    with trainer.accelerator.autocast():
        quick, _, quick_slopes = stepped(trainer)
    assert quick == pytest.approx(loss, rel=0.01) and apart(slopes, quick_slopes) < 0.05


def test_with_the_adapter_off_the_base_answers():
    trainer = made()
    batch = Batch(0)(ROWS)
    with torch.no_grad(), as_published(trainer.model, None):
        before = float(token_loss(trainer.model, trainer.model, batch)[0])
        quicken(trainer)
        after = float(token_loss(trainer.model, trainer.model, batch)[0])
    with torch.no_grad():
        adapted = float(token_loss(trainer.model, trainer.model, batch)[0])
    assert after == pytest.approx(before, rel=1e-5) and adapted != pytest.approx(before, rel=1e-3)


@pytest.mark.parametrize("lora", [{"use_dora": True}, {"lora_dropout": 0.5}])
def test_an_adapter_of_another_kind_computes_its_own_way(lora):
    found = quicken(made(**lora))
    assert (found.lora, found.gated) == (0, 0) and found.norms == 5 and found.flat


def test_a_norm_that_counts_from_one_and_noise_that_hangs_on_the_length_are_left():
    trainer = made(family="gemma")
    trainer.args.neftune_noise_alpha = 5.0
    loss, _, slopes = stepped(trainer)
    found = quicken(trainer)
    assert (found.norms, found.gated, found.flat) == (0, 0, False)
    quick, _, quick_slopes = stepped(trainer)
    assert quick == pytest.approx(loss, rel=1e-5) and apart(slopes, quick_slopes) < 1e-4


def test_another_device_is_left_alone():
    trainer = made()
    trainer.args.device = torch.device("cuda")
    assert quicken(trainer) is None and type(trainer.data_collator) is Batch
    assert not in_parts(trainer.model.get_output_embeddings())


def test_rows_behind_each_other_keep_every_token_and_learn_no_first_one():
    packed = {
        "input_ids": [1, 2, 3, 4, 5],
        "labels": [1, 2, 3, 4, 5],
        "position_ids": [0, 1, 0, 1, 2],
    }
    batch = FlatBatch(0)([ROWS[0], packed])
    assert batch["input_ids"][0].tolist() == ROWS[0]["input_ids"] + packed["input_ids"]
    assert batch[BORDERS] == [0, 9, 11, 14]
    assert [int(batch["labels"][0, at]) for at in batch[BORDERS][:-1]] == [-100] * 3
    assert batch["learnt"].tolist() == [2, 3, 4, 5, 6, 7, 9, 11, 12]
    padded = Batch(0)([ROWS[0], ROWS[1]])
    assert len(FlatBatch(0)(ROWS[:2])["learnt"]) == len(padded["learnt"])


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_each_row_is_attended_to_by_itself(kind, monkeypatch):
    monkeypatch.setattr(attention, "BLOCK", 4)
    torch.manual_seed(1)
    query, key, value = (torch.randn(n, 16, 8).to(kind).requires_grad_() for n in (6, 2, 2))
    borders = [0, 3, 4, 16]
    found = attention.attend(query, key, value, borders, 0.3)
    wanted = torch.cat(
        [
            scaled_dot_product_attention(
                *(part[None, :, begin:end].float() for part in (query, key, value)),
                is_causal=True,
                scale=0.3,
                enable_gqa=True,
            )[0].transpose(0, 1)
            for begin, end in zip(borders, borders[1:], strict=False)
        ]
    )
    given = torch.randn_like(wanted)
    near = {"rtol": 1e-4, "atol": 1e-5} if kind == torch.float32 else {"rtol": 0.05, "atol": 0.05}
    torch.testing.assert_close(found.float(), wanted, **near)
    for one, other in zip(
        torch.autograd.grad(found, (query, key, value), given.to(kind)),
        torch.autograd.grad(wanted, (query, key, value), given),
        strict=True,
    ):
        torch.testing.assert_close(one.float(), other.float(), **near)


def test_a_loss_in_parts_is_the_whole(monkeypatch):
    monkeypatch.setattr("studio.training.on_cpu.head.LOGITS", 3)
    states, head = torch.randn(8, 6, requires_grad=True), torch.randn(11, 6)
    targets = torch.arange(8)
    wanted = cross_entropy(states @ head.t(), targets, reduction="sum")
    found = head_loss(states, head, targets)
    assert float(found.detach()) == pytest.approx(float(wanted.detach()), rel=1e-5)
    one = torch.autograd.grad(found * 0.5, states)[0]
    torch.testing.assert_close(one, torch.autograd.grad(wanted * 0.5, states)[0])


def test_products_are_torchs_own():
    """torch.ops.mkldnn._linear_pointwise multiplies as before, where it is taken."""
    left, right = torch.randn(5, 33), torch.randn(33, 7)
    torch.testing.assert_close(product(left, right.t()), left @ right, rtol=1e-4, atol=1e-5)
