"""What the token view shows is what the trainer gets: ids, labels and positions of each row, pack,
block and side, under the chat templates of eight families of models.
"""

import json
from importlib.resources import files
from typing import get_args

import pytest

from studio.datasets import register_file
from studio.datasets.token_view import preview, share, token_worker
from studio.datasets.token_view.options import Options
from studio.datasets.token_view.render import IGNORED
from studio.datasets.token_view.template import load_tokenizer
from studio.training.spec import TrainJob
from tests.engine import chat_marks

pytestmark = [pytest.mark.model, pytest.mark.long]
CUTOFF = 110
CARRIED = files("trl").joinpath("chat_templates")
TEMPLATES = {
    "SmolLM2": None,
    "Qwen3": "qwen3",
    "Qwen2.5": "qwen2_5",
    "Llama 3": "llama3",
    "GLM-4.5": "glm4moe",
    "Gemma": "gemma",
    "DeepSeek-R1 distilled": "deepseek_r1_distill",
    "GLM-4": chat_marks.GLM4,
    "InternLM": chat_marks.INTERNLM,
}
ROLES = [f"<|{role}|>" for role in ("system", "user", "assistant", "observation")]


def turns(n, user="user", assistant="assistant"):
    asked = [(user, f"第{n}问：潮水几时来？ When, {n}?"), (assistant, "At six. 👑 " * (n % 4 + 1))]
    return asked + [(user, "And then?"), (assistant, "Then it goes " + "out, " * (3 * n))]


ALPACA = [
    {"system": "Be brief." if n % 2 else "", "instruction": f"Q{n}", "input": "in" * (n % 3),
     "output": "word " * (5 * n + 1), "history": [["Hi", "Hello."]] * (n % 3)}
    for n in range(10)
]  # fmt: skip
SHAREGPT = [
    {"conversations": [{"from": w, "value": t} for w, t in turns(n, "human", "gpt")]}
    for n in range(8)
]
OPENAI = [
    {"messages": [{"role": w, "content": t} | ({"weight": n % 2} if w == "assistant" else {})
                  for w, t in turns(n)]}
    for n in range(8)
]  # fmt: skip
PAIRS = [
    {"instruction": f"Who rows {n}?", "chosen": "The ferryman. " * (n + 1), "rejected": "No. " * n}
    for n in range(1, 10)
]
TEXTS = [{"text": "The tide came in. 潮水来了。" * (n + 1)} for n in range(6)]
SETS = {"alpaca": ALPACA, "sharegpt": SHAREGPT, "openai": OPENAI, "pairs": PAIRS, "texts": TEXTS}
MARKED = [row | {"kto_tag": n % 2 == 0} for n, row in enumerate(ALPACA)]


def trains(stage):
    """Only where a training has the stage."""
    allowed = get_args(TrainJob.model_fields["stage"].annotation)
    return pytest.mark.skipif(stage not in allowed, reason=f"no training has the stage {stage}")


class Quiet:
    """Hears what is reported of rows, and never stops."""

    def log(self, _text):
        """Nothing."""

    def stopping(self):
        """No."""
        return False


@pytest.fixture(scope="module", params=TEMPLATES)
def tokenizer(request, starter):
    """The starter's tokenizer under the template of a family."""
    read, wanted = load_tokenizer("starter"), TEMPLATES[request.param]
    if wanted is None:
        return read
    carried = CARRIED.joinpath(f"{wanted}.jinja")
    text = carried.read_text(encoding="utf-8") if "{" not in wanted else wanted
    return chat_marks.under(read, text, ROLES if "GLM" in request.param else ())


@pytest.fixture
def seen(workspace, tokenizer, monkeypatch):
    """A function that gives what the view shows of rows, and one that gives what training has."""

    def load(*_):
        return tokenizer

    load.cache_clear = lambda: None
    monkeypatch.setattr(token_worker, "load_tokenizer", load)

    def view(name, stage, options, total):
        asked, _ = preview.request(workspace, name, "starter", options, stage, total=total)
        for kept in (workspace.path / "cache").glob("lengths/*"):
            kept.unlink()
        token_worker._lengths.clear()
        if not (options.packing or stage == "pt"):
            return token_worker.answer(asked | {"offset": 0, "limit": total})
        while token_worker.answer(asked | {"count": True})["figures"]["rows"] < total:
            pass
        return token_worker.answer(asked | {"joined": True, "offset": 0, "limit": 50})["rows"]

    return view


def trained(workspace, tmp_path, tokenizer, name, **fields):
    """The rows of a run as training keeps them, and what it counted."""
    from studio.training import rows

    spec = TrainJob.read({"dataset": name, "cutoff_len": CUTOFF, "val_size": 0} | fields)
    folder = tmp_path / f"run-{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    return rows.prepare(spec, folder, workspace, tokenizer, Quiet())


def registered(workspace, name, rows):
    register_file(workspace, f"{name}.json", json.dumps(rows).encode(), name)
    return name


def shown(rows):
    """(ids, labels) of each part of the rows that training does not leave out."""
    return [
        (part["input_ids"], part["labels"])
        for row in rows
        if not row["dropped"] and not row["error"]
        for part in row["parts"]
    ]


def batched(rows, tokenizer):
    """(ids, labels, positions) of each row by the collator of supervised training, without its
    padding.
    """
    from studio.training.loss import Batch

    batch = Batch(tokenizer.pad_token_id)(rows)
    found = []
    for n, row in enumerate(rows):
        size = len(row["input_ids"])
        assert batch["labels"][n, size:].unique().tolist() in ([], [IGNORED])
        positions = batch["position_ids"][n, :size].tolist() if "position_ids" in batch else None
        if positions is None:
            assert int(batch["attention_mask"][n].sum()) == size
        found.append(
            (batch["input_ids"][n, :size].tolist(), batch["labels"][n, :size].tolist(), positions)
        )
    return found


@pytest.mark.parametrize(
    ("name", "switch"),
    [
        *((name, "") for name in ("alpaca", "sharegpt", "openai")),
        ("sharegpt", "mask_history"),
        ("openai", "train_on_prompt"),
    ],
)
def test_supervised_rows_are_the_batch(workspace, tmp_path, tokenizer, seen, name, switch):
    registered(workspace, name, SETS[name])
    options = Options(CUTOFF, **({switch: True} if switch else {}))
    rows = seen(name, "sft", options, len(SETS[name]))
    made = trained(workspace, tmp_path, tokenizer, name, **({switch: True} if switch else {}))
    batch = batched(list(made.train), tokenizer)
    assert shown(rows) == [one[:2] for one in batch] and batch
    assert sum(row["dropped"] for row in rows) == made.counts.dropped
    assert sum(bool(row["error"]) for row in rows) == made.counts.refused


def test_packs_are_the_batch_with_its_positions(workspace, tmp_path, tokenizer, seen):
    registered(workspace, "talks", ALPACA)
    rows = seen("talks", "sft", Options(CUTOFF * 2, packing=True), len(ALPACA))
    made = trained(workspace, tmp_path, tokenizer, "talks", packing=True, cutoff_len=CUTOFF * 2)
    parts = [row["parts"][0] for row in rows]
    ours = [(p["input_ids"], p["labels"], p["positions"]) for p in parts]
    assert ours == batched(list(made.train), tokenizer)
    assert any(len(row["members"]) > 1 for row in rows)
    for part in parts:  # a row begins where the positions do
        assert [at for at, place in enumerate(part["positions"]) if place == 0] == [
            start[0] for start in part["starts"]
        ]


def test_blocks_are_the_batch(workspace, tmp_path, tokenizer, seen):
    registered(workspace, "texts", TEXTS)
    rows = seen("texts", "pt", Options(CUTOFF), len(TEXTS))
    made = trained(workspace, tmp_path, tokenizer, "texts")
    ours = [(row["parts"][0]["input_ids"], row["parts"][0]["labels"]) for row in rows]
    assert ours == [one[:2] for one in batched(list(made.train), tokenizer)] and len(ours) > 2


def sides(batch, rows):
    """(ids, labels) of each side in a batch of trl's, in the order of the rows."""
    ids, masks = batch["input_ids"], batch.get("completion_mask")
    found = []
    for n in range(rows):
        for at in range(n, len(ids), rows):
            on = batch["attention_mask"][at].bool()
            own = ids[at][on]
            learnt = own if masks is None else own.where(masks[at][on].bool(), IGNORED)
            found.append((own.tolist(), learnt.tolist()))
    return found


def test_both_sides_of_pairs_are_the_batch(workspace, tmp_path, tokenizer, seen):
    from trl.trainer.dpo_trainer import DataCollatorForPreference

    registered(workspace, "pairs", PAIRS)
    rows = seen("pairs", "dpo", Options(CUTOFF), len(PAIRS))
    made = trained(workspace, tmp_path, tokenizer, "pairs", stage="dpo")
    batch = DataCollatorForPreference(tokenizer.pad_token_id, max_length=CUTOFF)(list(made.train))
    assert shown(rows) == sides(batch, len(made.train)) and len(made.train)
    assert sum(row["dropped"] for row in rows) == made.counts.dropped


@trains("rm")
def test_what_a_reward_model_compares_is_the_batch(workspace, tmp_path, tokenizer, seen):
    from trl.trainer.reward_trainer import DataCollatorForPreference

    registered(workspace, "pairs", PAIRS)
    rows = seen("pairs", "rm", Options(CUTOFF), len(PAIRS))
    made = trained(workspace, tmp_path, tokenizer, "pairs", stage="rm")
    batch = DataCollatorForPreference(tokenizer.pad_token_id)(list(made.train))
    ours = [ids for ids, _ in shown(rows)]
    assert ours == [ids for ids, _ in sides(batch, len(made.train))] and ours


@trains("kto")
def test_marked_replies_are_the_batch(workspace, tmp_path, tokenizer, seen):
    from trl.trainer.kto_trainer import DataCollatorForUnpairedPreference

    registered(workspace, "marked", MARKED)
    rows = seen("marked", "kto", Options(CUTOFF), len(MARKED))
    made = trained(workspace, tmp_path, tokenizer, "marked", stage="kto")
    found = list(made.train)
    batch = DataCollatorForUnpairedPreference(tokenizer.pad_token_id, max_length=CUTOFF)(found)
    theirs = zip(sides(batch, len(found)), (row["label"] for row in found), strict=True)
    tags = [row["tag"] for row in rows if not row["dropped"]]
    # The trainer mixes these rows.
    assert sorted(zip(shown(rows), tags, strict=True)) == sorted(theirs) and tags


def test_the_figures_of_the_whole_set_are_what_training_counts(workspace, tmp_path, starter):
    tokenizer = load_tokenizer("starter")
    for name, stage in (("alpaca", "sft"), ("openai", "sft"), ("pairs", "dpo"), ("texts", "pt")):
        registered(workspace, name, SETS[name])
        total = len(SETS[name])
        found = share.counted(workspace, name, total, "starter", Options(CUTOFF), stage, wait_s=60)
        assert found.whole, found
        fields = {"stage": "dpo"} if stage == "dpo" else {}
        counts = trained(workspace, tmp_path, tokenizer, name, **fields).counts
        side = found.figures.sides["chosen" if stage == "dpo" else "reply"]
        assert (found.figures.sequences, found.figures.dropped, side.tokens, side.trained) == (
            counts.train,
            counts.dropped,
            counts.tokens,
            counts.trained,
        )
        assert side.cut_rows == counts.cut
