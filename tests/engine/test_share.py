"""How much of a whole dataset is trained on, counted exactly; and the bytes of split characters."""

import json
import time

import pytest

from studio import datasets
from studio.datasets.token_view import share
from studio.datasets.token_view.options import Options, Side
from studio.datasets.token_view.render import _pieces, render_row
from studio.datasets.token_view.template import load_tokenizer
from studio.datasets.token_view.token_bytes import split_characters
from studio.errors import StudioError
from tests.waiting import until

pytestmark = pytest.mark.model
ROWS = [
    {"instruction": f"What is {n}?", "input": "", "output": "It is a number. " * (n % 40 + 1)}
    for n in range(300)
]
CUT = Options(64)
PAIRS = [
    {"instruction": "Q?", "input": "", "chosen": "Yes " * n, "rejected": "No."} for n in range(1, 5)
]


def whole(workspace, name, total, stage="sft", options=None):
    """The count once it is whole."""
    found = []

    def there():
        found[:] = [share.counted(workspace, name, total, "starter", options or CUT, stage)]
        return found[0].whole or found[0].error

    until(there, 90)
    return found[0]


def summed(rows, stage, cutoff):
    """The same by one plain pass over all rows: what training counts of those that it takes."""
    tokenizer, sums, dropped = load_tokenizer("starter"), {}, 0
    for row in rows:
        made = render_row(row, tokenizer, stage, cutoff)
        dropped += made.dropped
        sides = {"chosen": made.chosen, "rejected": made.rejected} if made.chosen else {}
        for name, side in () if made.dropped else (sides or {"reply": made}).items():
            before = sums.get(name, Side())
            sums[name] = Side(
                before.tokens + len(side.input_ids),
                before.trained + side.trained,
                before.cut + len(side.cut_tokens),
                before.cut_rows + side.truncated,
            )
    return sums, dropped


@pytest.mark.parametrize(("rows", "stage"), [(ROWS, "sft"), (PAIRS, "dpo")])
def test_the_share_is_that_of_every_row(workspace, starter, monkeypatch, rows, stage):
    datasets.register_file(workspace, "d.json", json.dumps(rows).encode(), "d")
    before = share.moved()
    found = whole(workspace, "d", len(rows), stage)
    assert found.figures.rows == len(rows) and found.error is None
    assert (found.figures.sides, found.figures.dropped) == summed(rows, stage, 64)
    assert share.moved() > before
    # Kept: a window that is started anew asks for nothing.
    share._known.clear()
    monkeypatch.setattr(share, "SERVER", None)
    assert share.counted(workspace, "d", len(rows), "starter", CUT, stage) == found


def test_another_cutoff_reads_no_row_again(workspace, starter, monkeypatch):
    """Only the first count needs a tokenizer; every other cutoff is figured from the lengths."""
    datasets.register_file(workspace, "d.json", json.dumps(ROWS).encode(), "d")
    whole(workspace, "d", len(ROWS))
    folder = workspace.path / "cache" / "lengths"
    kept = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    for options in (Options(60), Options(50, packing=True), Options(40, train_on_prompt=True)):
        found = share.counted(workspace, "d", len(ROWS), "starter", options, "sft", wait_s=60)
        assert found.whole and found.figures.sides["reply"].cut_rows
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == kept


@pytest.mark.slow
def test_a_page_is_read_while_a_set_is_counted(workspace, starter):
    """Counting goes on from where it was, and never says that it is whole before it is."""
    many = ROWS * 20
    datasets.register_file(workspace, "d.json", json.dumps(many).encode(), "d")
    first = share.counted(workspace, "d", len(many), "starter", CUT)
    assert not first.whole
    begun = time.monotonic()
    assert datasets.token_view(workspace, "d", 0, 2, "starter", 64)
    assert time.monotonic() - begun < 60
    seen = {share.counted(workspace, "d", len(many), "starter", CUT).figures.rows}
    until(
        lambda: (
            seen.add(share.counted(workspace, "d", len(many), "starter", CUT).figures.rows)
            or len(seen) > 2
        ),
        60,
    )
    assert sorted(seen) == sorted(set(seen)) and max(seen) <= len(many)
    share._wanted.clear()


def test_a_model_that_is_not_there_is_told(workspace):
    datasets.register_file(workspace, "d.json", json.dumps(ROWS[:3]).encode(), "d")
    with pytest.raises(StudioError, match="no-such-model"):
        share.counted(workspace, "d", 3, "no-such-model", CUT)


@pytest.mark.parametrize("text", ["囍字。", "a囍b", "👑!", "plain", "墨 墨"])
def test_bytes_of_a_split_character_join_to_it(starter, text):
    tokenizer = load_tokenizer("starter")
    made = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    pieces = _pieces(text, made["offset_mapping"])
    split = split_characters(tokenizer, made["input_ids"], pieces)
    data = b""
    for place, piece in enumerate(pieces):
        if place not in split:
            data += piece.encode()
            continue
        assert split[place]["of"] in text
        for segment, raw in split[place]["segments"]:
            data += bytes.fromhex(segment) if raw else segment.encode()
    assert data.decode() == text
    assert bool(split) == (text != "plain")


def test_sentencepiece_bytes_are_told_and_its_letters_are_not():
    class Pieces:
        added_tokens_decoder = {}
        tokens = ["▁caf", "é", "<0xE5>", "<0x9B>", "<0x8D>"]

        def convert_ids_to_tokens(self, number):
            return self.tokens[number]

        def get_vocab(self):
            return dict.fromkeys(self.tokens)

    found = split_characters(Pieces(), range(5), [" caf", "é", "囍", "", ""])
    assert found == {
        2: {"segments": [("E5", True)], "of": "囍"},
        3: {"segments": [("9B", True)], "of": "囍"},
        4: {"segments": [("8D", True)], "of": "囍"},
    }
