"""Which files of a dataset's repository on a hub hold the rows of a subset and a split, found out
from their names and the card as the `datasets` library does.
"""

import fnmatch
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import yaml

from studio.datasets.entry_origin import TRAIN
from studio.errors import InputError

ENDINGS = ("parquet", "jsonl", "json", "csv", "tsv", "txt", "arrow")
# Of a repository's own files, those that hold no rows whatever they end in.
NO_ROWS = {
    "dataset_infos.json",
    "dataset_info.json",
    "state.json",
    "config.json",
    "requirements.txt",
}
SPLITS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "dev", "val"),
    "test": ("test", "testing", "eval", "evaluation"),
}
CARD = "README.md"


@dataclass(frozen=True)
class Wanted:
    """Which rows of a repository are asked for. subset: its configuration; folder: where in it;
    files: a pattern as `data/*.parquet` that decides alone, "" for none.
    """

    subset: str = ""
    split: str = TRAIN
    folder: str = ""
    files: str = ""


@dataclass(frozen=True)
class Choice:
    """The files that hold the rows, by name, and those with rows that were passed over."""

    files: tuple[str, ...]
    passed_over: tuple[str, ...] = ()


def choose(names: Iterable[str], card: str, wanted: Wanted, dataset: str) -> Choice:
    """The files of a repository for what is wanted.

    names: all its files; card: the text of its README.md, "" without one; dataset: owner/name.
    Raises InputError where there are none, saying which subsets and splits there are.
    """
    every = sorted(names)
    rows = [name for name in every if _holds_rows(name)]
    if not rows:
        script = next((name for name in every if name.endswith(".py")), "")
        if script:
            raise InputError(
                "The dataset {name} on the hub is loaded by a script ({place}), which is not run.",
                "Run it elsewhere and import the rows that it gives.",
                name=dataset,
                place=script,
            )
        raise InputError(
            "The dataset {name} on the hub holds no file of rows ({endings}).",
            "Choose another one, or download its files and convert them.",
            name=dataset,
            endings=", ".join(ENDINGS),
        )
    if wanted.files:
        found = [name for name in rows if fnmatch.fnmatchcase(name, wanted.files)]
        return _of_one_kind(found, rows) if found else _nothing(dataset, wanted, rows, card)
    inside = [name for name in rows if _inside(name, wanted.folder)]
    carded = _by_card(inside, _configs(card), wanted)
    found = _by_names(inside, wanted) if carded is None else carded
    return _of_one_kind(found, rows) if found else _nothing(dataset, wanted, rows, card)


def _holds_rows(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = any(part.startswith((".", "_")) for part in path.parts)
    return not hidden and path.suffix.lower()[1:] in ENDINGS and path.name not in NO_ROWS


def _inside(name: str, folder: str) -> bool:
    return not folder or name.startswith(folder.strip("/") + "/")


def _configs(card: str) -> list[dict[str, Any]]:
    """The configurations that a card's head lists; [] where it lists none or cannot be read."""
    if not card.startswith("---"):
        return []
    try:
        head = yaml.safe_load(card[3:].partition("\n---")[0])
    except yaml.YAMLError:
        return []
    found = head.get("configs") if isinstance(head, dict) else None
    return [one for one in found or [] if isinstance(one, dict) and one.get("data_files")]


def _by_card(names: list[str], configs: list[dict[str, Any]], wanted: Wanted) -> list[str] | None:
    """The files that the card names for what is wanted; None where it names no files at all."""
    if not configs:
        return None
    named = {str(one.get("config_name", "default")): one for one in configs}
    default = next((one for one in configs if one.get("default")), None)
    one = (
        named.get(wanted.subset)
        if wanted.subset
        else default or named.get("default") or (configs[0] if len(configs) == 1 else None)
    )
    if one is None:
        return [] if wanted.subset or len(configs) > 1 else None
    patterns: list[str] = []
    for split, pattern in _pairs(one["data_files"]):
        patterns += pattern if split == wanted.split else []
    return [name for name in names if any(_matches(name, pattern) for pattern in patterns)]


def _pairs(given: Any) -> list[tuple[str, list[str]]]:
    """(split, patterns) of a configuration's data_files, whose forms are a pattern, a list of them,
    a list of {split, path} or a table of splits.
    """
    if isinstance(given, dict):
        return [(str(split), _texts(path)) for split, path in given.items()]
    if isinstance(given, list) and all(isinstance(one, dict) for one in given):
        return [(str(one.get("split", TRAIN)), _texts(one.get("path"))) for one in given]
    return [(TRAIN, _texts(given))]


def _texts(given: Any) -> list[str]:
    return [str(one) for one in (given if isinstance(given, list) else [given]) if one]


def _matches(name: str, pattern: str) -> bool:
    pattern = pattern.removeprefix("./")
    return fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(
        name, pattern.replace("**/", "")
    )


def _by_names(names: list[str], wanted: Wanted) -> list[str]:
    """The files of the subset whose names tell the split; where none tells one, all are train."""
    if wanted.subset:
        names = [name for name in names if wanted.subset in _words(name)]
    told = {name: _split_of(name) for name in names}
    if not any(told.values()):
        return names if wanted.split == TRAIN else []
    return [name for name, split in told.items() if split == wanted.split or _says(name, wanted)]


def _says(name: str, wanted: Wanted) -> bool:
    """Whether a file's name has a split's own name in it, as train_sft, which is no common one."""
    own = wanted.split not in SPLITS
    return own and any(part.startswith(wanted.split) for part in PurePosixPath(name).parts)


def _split_of(name: str) -> str:
    """train, validation or test, as the file's name or one of its folders says; "" for neither."""
    for part in reversed(PurePosixPath(name).parts):
        words = _words(part)
        for split, called in SPLITS.items():
            if words & set(called):
                return split
    return ""


def _words(name: str) -> set[str]:
    """The words of a file's name: train-00000-of-00002.parquet is train, 00000, of …; also each
    folder as a whole.
    """
    text = name.lower()
    for mark in "/.-_ ":
        text = text.replace(mark, "\0")
    path = PurePosixPath(name)
    return {*text.split("\0"), *path.parts, path.stem}


def _of_one_kind(found: list[str], rows: list[str]) -> Choice:
    """The files of the kind that most of them are of, as `datasets` takes them."""
    kinds = Counter(PurePosixPath(name).suffix.lower()[1:] for name in found)
    most = max(kinds, key=lambda kind: (kinds[kind], -ENDINGS.index(kind)))
    kept = [name for name in found if PurePosixPath(name).suffix.lower()[1:] == most]
    return Choice(tuple(kept), tuple(name for name in rows if name not in kept))


def _nothing(dataset: str, wanted: Wanted, rows: list[str], card: str) -> Choice:
    subsets = [str(one.get("config_name", "default")) for one in _configs(card)]
    asked = " · ".join(part for part in (wanted.files, wanted.subset, wanted.split) if part)
    raise InputError(
        "The dataset {name} on the hub has no rows for {asked}; it has {there}.",
        "Give another subset, split or files.",
        name=dataset,
        asked=asked,
        there=", ".join([*subsets, *rows][:12]),
    )
