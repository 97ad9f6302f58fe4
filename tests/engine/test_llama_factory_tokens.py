"""Beside LLaMA-Factory 0.9.5 with its template chatml: the same ids, and where its labels differ
from ours, the difference is named here.

The expected ids were made by `tests/bench/llama_factory_tokens.py` in a process with llamafactory.
They differ in this alone:

- LLaMA-Factory learns the line break that chatml writes behind <|im_end|>; a chat ends at
  <|im_end|>, so that no model ever writes it, and ours is not learnt. Sides of a pair end without
  it.
- Of plain text it throws the last block away where it is not full; ours is trained on. With packing
  its blocks have one token less than cutoff_len.
"""

import json
from pathlib import Path

import pytest

from studio.datasets import render_row
from studio.datasets.opened import open_dataset
from studio.datasets.token_view.render import IGNORED
from studio.datasets.token_view.sequences import joined_blocks
from studio.datasets.token_view.template import load_tokenizer
from tests.engine import chat_marks

pytestmark = pytest.mark.model
GOLD = json.loads(
    (Path(__file__).parent / "gold" / "llama_factory_tokens.json").read_text(encoding="utf-8")
)
CUTOFF = GOLD["cutoff_len"]
WAYS = {name: (name, {}) for name in GOLD["sets"]} | GOLD["switched"]


@pytest.fixture(scope="module")
def chatml(starter):
    """The starter's tokenizer under chatml, as LLaMA-Factory writes it for a model of its own."""
    return chat_marks.under(load_tokenizer("starter"), chat_marks.INTERNLM)


def opened(workspace, name):
    """A set as its dataset_info.json describes it to LLaMA-Factory."""
    one = GOLD["sets"][name]
    (workspace.data / f"{name}.json").write_text(json.dumps(one["rows"]), encoding="utf-8")
    info = workspace.data / "dataset_info.json"
    info.write_text(json.dumps({name: one["info"] | {"file_name": f"{name}.json"}}))
    return open_dataset(name, workspace)


def unbroken(ids, labels, tokenizer, *, kept=True):
    """LLaMA-Factory's ids and labels without what we don't learn: the line break behind an end.
    kept: whether it stays among the ids.
    """
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    masked = [
        IGNORED if at and ids[at - 1] == end and labels[at - 1] == end else label
        for at, label in enumerate(labels)
    ]
    if not kept and ids[-2:-1] == [end]:
        return ids[:-1], masked[:-1]
    return ids, masked


@pytest.mark.parametrize("way", [way for way in WAYS if WAYS[way][0] != "text"])
def test_ids_and_labels_are_those_of_llama_factory(workspace, chatml, way):
    name, switches = WAYS[way]
    stage = GOLD["sets"][name]["stage"]
    rows, expected = opened(workspace, name).rows(), GOLD["tokens"][way]
    assert len(rows) == len(expected)
    for row, theirs in zip(rows, expected, strict=True):
        made = render_row(row, chatml, stage, CUTOFF, **switches)
        if stage == "dpo":
            for side in ("chosen", "rejected"):
                own, prefix = getattr(made, side), f"{side}_"
                ids, labels = theirs[prefix + "input_ids"], theirs[prefix + "labels"]
                assert (own.input_ids, own.labels) == unbroken(ids, labels, chatml, kept=False)
            continue
        ids, labels = theirs["input_ids"], theirs["labels"]
        if switches.get("train_on_prompt"):
            assert (made.input_ids, made.labels) == (ids, ids)
            assert [n for n, m in zip(labels, ids, strict=True) if n != m] == []
        else:
            assert (made.input_ids, made.labels) == unbroken(
                ids, labels, chatml, kept=stage != "kto"
            )
        if stage == "kto":
            assert row["kto_tag"] == theirs["kto_tags"]


def test_blocks_are_those_of_llama_factory_and_one_more(workspace, chatml):
    rows = opened(workspace, "text").rows()
    texts = [render_row(row, chatml, "pt").input_ids for row in rows]
    blocks = list(joined_blocks(texts, CUTOFF - 1))
    theirs = [row["input_ids"] for row in GOLD["tokens"]["text"]]
    assert blocks[: len(theirs)] == theirs and len(theirs) > 1
    assert [len(block) < CUTOFF - 1 for block in blocks[len(theirs) :]] == [True]
