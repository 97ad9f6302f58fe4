"""The options of the token view: what a training would be told, and what it makes of the set."""

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from studio.datasets.token_view.options import STAGES, Figures, Options
from studio.datasets.token_view.share import Share
from studio.training.spec import TrainJob
from tabs.kit.language import sentences
from tabs.kit.session import Session
from tabs.kit.wiring import number

SWITCHES = ("train_on_prompt", "mask_history", "packing")
LOWEST, HIGHEST = 4, 131_072  # tokens, as the training form has it


def _usual(name: str) -> Any:
    """What the training form begins with."""
    return TrainJob.model_fields[name].default


@dataclass(frozen=True)
class Wanted:
    """What is chosen. stage: "" for the first that fits; batch: rows to a step."""

    stage: str = ""
    options: Options = Options(cutoff_len=_usual("cutoff_len"))
    batch: int = _usual("per_device_train_batch_size") * _usual("gradient_accumulation_steps")

    def fits(self, kind: str) -> "Wanted":
        """As a set of this kind takes it: a stage that it can be trained in, and of the options
        those that count there.
        """
        stages = STAGES.get(kind, ("sft",))
        stage = self.stage if self.stage in stages else stages[0]
        kept = self.options if stage == "sft" else Options(self.options.cutoff_len)
        return replace(self, stage=stage, options=kept)

    @property
    def joined(self) -> bool:
        """Whether rows lie one behind the other, in packs or blocks."""
        return self.options.packing or self.stage == "pt"


def read(state: Any) -> Wanted:
    """What a page's state holds; the usual where it holds none."""
    if not isinstance(state, dict):
        return Wanted()
    usual = Wanted()
    return Wanted(
        str(state.get("stage") or ""),
        Options(
            min(max(number(state, "cutoff_len", usual.options.cutoff_len), LOWEST), HIGHEST),
            **{name: state.get(name) is True for name in SWITCHES},
        ),
        min(max(number(state, "batch", usual.batch), 1), 65_536),
    )


def state(wanted: Wanted) -> dict[str, Any]:
    """The same as a page keeps it."""
    return {"stage": wanted.stage, "batch": wanted.batch} | asdict(wanted.options)


def shown(session: Session, wanted: Wanted, kind: str, share: Share | None) -> dict[str, Any]:
    """The fields with their words, and the set's lengths for the line of cutoffs."""
    named, help_ = session.words("dataset.tokens.stages"), session.words("dataset.tokens.help")
    stages = STAGES.get(kind, ("sft",))
    return {
        "words": session.words("dataset.tokens") | {"help": help_},
        "stages": [[one, named[one]] for one in stages],
        "switches": [
            [name, session.word(f"fields.{name}.label"), help_[name]]
            for name in (SWITCHES if wanted.stage == "sft" else ())
        ],
        "cutoff_label": session.word("fields.cutoff_len.label"),
        "lowest": LOWEST,
        "highest": HIGHEST,
        "bins": share.figures.bins if share else [],
        "longest": share.figures.longest if share else 0,
        "state": state(wanted),
    }


def share_shown(session: Session, wanted: Wanted, share: Share | None) -> dict[str, Any] | None:
    """The whole set as the view's script takes it: so far, where it is not whole."""
    if share is None:
        return None
    found = share.figures
    known = {"n": f"{found.rows:,}", "total": f"{share.total:,}"}
    error = " ".join(sentences(session.language, share.error)) if share.error else None
    return {
        "label": session.word(f"dataset.share.{'whole' if share.whole else 'so_far'}", **known),
        "counting": not share.whole and error is None,
        "done": found.rows,
        "total": share.total,
        "sides": [
            {"name": name, "tokens": side.tokens, "trained": side.trained}
            for name, side in found.sides.items()
        ],
        "figures": _figures(session, wanted, found) if found.rows else [],
        "error": error,
    }


def _figures(session: Session, wanted: Wanted, found: Figures) -> list[list[Any]]:
    """[label, value, whether it is a loss] of each figure beside the share."""
    cut, rows = (sum(getattr(s, one) for s in found.sides.values()) for one in ("cut", "cut_rows"))

    def one(word: str, value: int, *, loss: bool = False, **more: str) -> list[Any]:
        label = session.word(f"dataset.tokens.figures.{word}")
        text = session.word(f"dataset.tokens.values.{word}", n=f"{value:,}", **more)
        return [label, text, loss and value > 0]

    unit = "blocks" if found.plain else "packs" if wanted.options.packing else "sequences"
    steps = math.ceil(found.sequences / wanted.batch)
    made = [] if found.plain else [one("cut", rows, loss=True, tokens=f"{cut:,}")]
    made += [] if found.plain else [one("dropped", found.dropped, loss=True)]
    made += [one("faulty", found.faulty, loss=True)] if found.faulty else []
    made += [one("longest", found.longest), one(unit, found.sequences), one("steps", steps)]
    return made
