"""Lengths counted once give the figures of every cutoff, exactly as a rendering at it does; packs
and blocks are laid out as training lays them out.
"""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.datasets.token_view.lengths import Lengths
from studio.datasets.token_view.options import Options
from studio.datasets.token_view.render import NEVER, render_row
from studio.datasets.token_view.sequences import block_rows, joined_blocks, pack_count, packs
from studio.datasets.token_view.template import load_tokenizer

TURN = {"role": "assistant", "content": "Aye, the tide comes in at six. "}
TALKS = [
    {"instruction": "Q", "output": "A " * n, "history": [["你是谁？", "朕乃天子。" * (n % 5 + 1)]]}
    for n in range(1, 40, 3)
] + [
    {"messages": [{"role": "user", "content": "Hi"}, TURN, {"role": "user", "content": "So?"},
                  TURN | {"weight": weight}]}
    for weight in (0, 1)
]  # fmt: skip
PAIRS = [
    {"instruction": "Q " * n, "chosen": "Yes " * (2 * n), "rejected": "No."} for n in range(1, 9)
]
TAGGED = [row | {"kto_tag": n % 2 == 0} for n, row in enumerate(TALKS[:6])]
CUTOFFS = (1, 2, 5, 17, 30, 33, 47, 64, 90, 4096)


def by_rendering(rows, tokenizer, stage, options):
    """tokens, trained, cut, cut rows of each side, and the rows dropped."""
    sums, dropped = {}, 0
    for row in rows:
        made = render_row(
            row, tokenizer, stage, options.cutoff_len, options.train_on_prompt, options.mask_history
        )
        dropped += made.dropped
        for name in ("chosen", "rejected") if made.chosen else ("reply",):
            side = made if name == "reply" else getattr(made, name)
            one = sums.setdefault(name, [0, 0, 0, 0])
            if not made.dropped:
                one[0] += len(side.input_ids)
                one[1] += side.trained
                one[2] += len(side.cut_tokens)
                one[3] += side.truncated
    return sums, dropped


@pytest.mark.model
@pytest.mark.parametrize(
    ("rows", "stage"), [(TALKS, "sft"), (PAIRS, "dpo"), (PAIRS, "rm"), (TAGGED, "kto")]
)
def test_the_figures_at_any_cutoff_are_those_of_a_rendering_at_it(starter, rows, stage):
    tokenizer, counted = load_tokenizer("starter"), Lengths()
    counted.add(rows[:3], tokenizer, stage)
    counted.add(rows[3:], tokenizer, stage)
    masks = [(False, False)] + ([(True, False), (False, True)] if stage == "sft" else [])
    for cutoff in CUTOFFS:
        for prompt, history in masks:
            options = Options(cutoff, prompt, history)
            found = counted.figures(options)
            sums, dropped = by_rendering(rows, tokenizer, stage, options)
            ours = {n: [s.tokens, s.trained, s.cut, s.cut_rows] for n, s in found.sides.items()}
            assert (ours, found.dropped) == (sums, dropped), options
            assert found.sequences == len(rows) - dropped and found.rows == len(rows)


@pytest.mark.model
def test_of_texts_whole_blocks_are_counted(starter):
    tokenizer, counted = load_tokenizer("starter"), Lengths()
    rows = [{"text": "The tide came in. " * n} for n in (1, 30, 7)]
    counted.add(rows, tokenizer, "pt")
    ids = [render_row(row, tokenizer, "pt").input_ids for row in rows]
    for cutoff in (2, 7, 64, 10_000):
        blocks = list(joined_blocks(ids, cutoff))
        found = counted.figures(Options(cutoff))
        assert (found.sequences, found.sides["reply"].trained) == (
            len(blocks),
            sum(map(len, blocks)),
        )
        for number, block in enumerate(blocks):
            laid = block_rows([len(one) for one in ids], cutoff, number)
            assert [t for text, a, b in laid for t in ids[text][a:b]] == block


@pytest.mark.model
def test_a_row_that_the_template_cannot_show_is_counted_as_faulty(starter, tmp_path):
    import copy

    tokenizer = copy.copy(load_tokenizer("starter"))
    tokenizer.chat_template = "{% if messages | length > 1 %}{{ raise_exception('x') }}{% endif %}"
    counted = Lengths()
    counted.add(TALKS[:2], tokenizer, "sft")
    assert counted.figures(Options()).faulty == 2 and counted.needs.min() == NEVER
    counted.save(tmp_path / "kept.npz")
    assert Lengths.load(tmp_path / "kept.npz").figures(Options()) == counted.figures(Options())
    (tmp_path / "kept.npz").write_bytes(b"PK broken")
    assert Lengths.load(tmp_path / "kept.npz").rows == 0


@given(st.lists(st.integers(1, 40), max_size=80), st.integers(40, 90))
@settings(max_examples=200, deadline=None)
def test_packs_are_counted_without_being_laid_out(sizes, length):
    laid = packs(sizes, length)
    assert pack_count(sizes, length) == len(laid)
    assert sorted(n for pack in laid for n in pack) == list(range(len(sizes)))


def test_the_figures_of_many_rows_cost_a_moment():
    """CPU time of one move of the slider over 100,000 rows of three replies each."""
    import numpy as np

    counted, rows, random = Lengths(), 100_000, np.random.default_rng(1)
    counted.size = np.zeros((rows, 3), np.int32)
    counted.size[:, 0] = random.integers(30, 3000, rows)
    counted.needs = np.tile(random.integers(10, 2000, (rows, 1)).astype(np.int32), 3)
    begin = random.integers(0, 2500, 3 * rows).astype(np.int32)
    row = np.repeat(np.arange(rows, dtype=np.int32), 3)
    runs = np.stack([row, np.zeros_like(row), begin, begin + 40], axis=1)
    counted.runs = {"every": runs, "last": runs[::3]}
    spent = []
    for options in (Options(512), Options(512, packing=True), Options(2048, mask_history=True)):
        begun = time.process_time()
        counted.figures(options)
        spent.append(time.process_time() - begun)
    print([f"{1000 * one:.0f} ms" for one in spent])
    assert min(spent) < 2  # a guard against a pass in Python over each row, not a measurement
