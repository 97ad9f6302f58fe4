"""Three rows as they are learnt: runs of text, each learnt or not. Worker-only."""

from collections.abc import Iterator
from typing import Any

from studio.datasets.token_view.render import IGNORED
from studio.training.spec import TrainJob
from studio.training.stages import ONLINE, PAIRED

SHOWN, MOST = 3, 700  # rows; characters of a run


def labels(spec: TrainJob, rows: Any, tokenizer: Any) -> list[dict[str, Any]]:
    """The first rows: {"side", "tokens", "learnt", "runs": [[text, learnt], …]} of each side."""
    found = []
    for number in range(min(SHOWN, len(rows))):
        for side, ids, on in _sides(spec, rows[number], tokenizer):
            runs = [[_shortened(tokenizer.decode(part)), is_on] for part, is_on in _runs(ids, on)]
            found.append(
                {"row": number + 1, "side": side, "tokens": len(ids), "learnt": sum(on)}
                | {"runs": runs}
            )
    return found


def _sides(
    spec: TrainJob, row: dict[str, Any], tokenizer: Any
) -> Iterator[tuple[str, list[int], list[bool]]]:
    """(name, tokens, whether each is learnt)."""
    if spec.stage in ONLINE:
        ids = tokenizer(row["prompt"], add_special_tokens=False)["input_ids"]
        yield "", list(ids), [False] * len(ids)
    elif spec.stage in PAIRED:
        prompt = list(row.get("prompt_ids", []))
        for side in ("chosen", "rejected"):
            reply = list(row[f"{side}_ids"])
            # A reward model scores the whole conversation.
            yield side, prompt + reply, [False] * len(prompt) + [True] * len(reply)
    elif spec.stage == "kto":
        prompt, reply = list(row["prompt_ids"]), list(row["completion_ids"])
        side = "chosen" if row["label"] else "rejected"
        yield side, prompt + reply, [False] * len(prompt) + [True] * len(reply)
    else:
        # Nothing stands before the first token, so it is never learnt.
        on = [n > 0 and label != IGNORED for n, label in enumerate(row["labels"])]
        yield "", list(row["input_ids"]), on


def _runs(ids: list[int], on: list[bool]) -> Iterator[tuple[list[int], bool]]:
    begin = 0
    for at in range(1, len(ids) + 1):
        if at == len(ids) or on[at] != on[begin]:
            yield ids[begin:at], on[begin]
            begin = at


def _shortened(text: str) -> str:
    """A long run by its beginning and its end."""
    if len(text) <= MOST:
        return text
    left_out = len(text) - MOST
    return f"{text[: MOST // 2]} […{left_out:,}…] {text[-MOST // 2 :]}"
