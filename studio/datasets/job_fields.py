"""Fields of the dataset job by what it does with the rows: hold out, mix, identity rows."""

from typing import Any, Literal

from pydantic import field_validator

from studio.datasets.assembly.mix import MOST_ROWS, weight_of
from studio.datasets.partners import HELD_OUT, TEST
from studio.spec import Spec, Wrong, field

# What makes a dataset; a check only reports.
WRITING = ("import", "convert", "split", "mix", "identity")
Grouping = Literal["question", "chunk", "chapter", "document", "near_duplicate"]


class SplitFields(Spec):
    """Which rows are kept aside, and what is never parted."""

    val_size: float = field(
        0.0,
        low=0,
        high=MOST_ROWS,
        step=0.05,
        help="Rows kept aside to measure with while training; below 1 a share, else a count",
        counts_with={"op": WRITING},
    )
    test_size: float = field(
        0.0,
        low=0,
        high=MOST_ROWS,
        step=0.05,
        group="split",
        help="Rows for the last measurement, as a set of their own; below 1 a share, else a count",
        counts_with={"op": WRITING},
    )
    group_by: list[Grouping] = field(
        factory=lambda: ["question", "chunk", "near_duplicate"],
        group="split",
        help="Rows that have one of these in common are never parted",
        counts_with={"op": WRITING},
    )
    near_duplicate_threshold: float = field(
        0.8,
        low=0.1,
        high=1,
        step=0.05,
        group="split",
        help="Rows count as near-duplicates from this similarity of their 5-letter pieces on",
        counts_with={"op": WRITING},
    )
    stratify_by: str = field(
        "",
        source="strata",
        group="split",
        widget="optional",
        help="Each part gets the same shares of its values; also the name of a column",
        counts_with={"op": WRITING},
    )

    @property
    def endings(self) -> tuple[str, ...]:
        """How the names of the parts end that are held out."""
        return (HELD_OUT, TEST) if self.test_size else (HELD_OUT,)

    @field_validator("val_size", "test_size")
    @classmethod
    def _size(cls, value: float) -> float:
        if value > 1 and value != int(value):
            raise Wrong("a share below 1 or a whole number of rows is needed")
        return value


class MixFields(Spec):
    """How several sources become one."""

    mix_strategy: Literal["concat", "interleave_under", "interleave_over", "interleave_once"] = (
        field(
            "concat",
            group="mix",
            help="concat: one after the other; interleaved: ends with the first source, "
            "with the last one (the others begin again), or takes every row once",
            counts_with={"op": ("mix",)},
        )
    )
    interleave_probs: list[str] = field(
        factory=list,
        group="mix",
        lines=3,
        example=["stories: 0.7", "identity: 0.3"],
        help="A line for each source, such as `stories: 0.7`, or the numbers in their order",
        counts_with={"op": ("mix",)},
        preset=False,
    )
    total_rows: int = field(
        0,
        low=0,
        high=MOST_ROWS,
        group="mix",
        unit="rows",
        help="Rows of the result; a source that has too few is repeated. 0: as the strategy gives",
        counts_with={"op": ("mix",)},
    )

    @field_validator("interleave_probs", mode="before")
    @classmethod
    def _weights(cls, value: Any) -> Any:
        """Also a table of source and weight, and LLaMA-Factory's `0.7,0.3`."""
        if isinstance(value, dict):
            return [f"{name}: {weight}" for name, weight in value.items()]
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return [str(one) for one in value] if isinstance(value, list) else value

    @field_validator("interleave_probs")
    @classmethod
    def _numbers(cls, value: list[str]) -> list[str]:
        for line in value:
            try:
                weight_of(line)
            except ValueError as error:
                raise Wrong("{line} is no weight", line=line) from error
        return value


class IdentityFields(Spec):
    """Rows by which a model learns who it is."""

    identity_name: str = field(
        "",
        group="identity",
        help="What the model calls itself; fills {{name}} too",
        counts_with={"op": ("identity",)},
        preset=False,
    )
    identity_author: str = field(
        "",
        group="identity",
        help="Who made it: a person, a team or a company; fills {{author}} too",
        counts_with={"op": ("identity",)},
        preset=False,
    )
    identity_languages: list[Literal["en", "zh"]] = field(
        factory=lambda: ["en", "zh"],
        group="identity",
        help="Languages of the questions and answers, in turn",
        counts_with={"op": ("identity",)},
    )
    identity_rows: int = field(
        30,
        low=4,
        high=60,
        group="identity",
        unit="rows",
        help="Different rows of each language, one in eight a conversation; 20 to 60 are usual",
        counts_with={"op": ("identity",)},
    )
    identity_into: str = field(
        "",
        source="datasets",
        group="identity",
        widget="optional",
        help="A dataset that they are mixed into; its {{name}} and {{author}} are filled. "
        "Empty makes a set of identity rows alone",
        counts_with={"op": ("identity",)},
        preset=False,
    )
