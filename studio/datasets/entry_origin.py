"""Where the rows of an entry of `dataset_info.json` come from, in the order in which LLaMA-Factory
looks: a hub, a script, a cloud store, a file or folder beside it.
"""

from dataclasses import dataclass
from typing import Any, Literal

from studio.errors import InputError

Kind = Literal["huggingface", "modelscope", "openmind", "script", "cloud", "file"]
# The key of an entry that names each, hubs first: beside a hub's key LLaMA-Factory passes the
# others over, and takes Hugging Face's unless the environment asks for another hub.
KEYS: dict[str, Kind] = {
    "hf_hub_url": "huggingface",
    "ms_hub_url": "modelscope",
    "om_hub_url": "openmind",
    "script_url": "script",
    "cloud_file_name": "cloud",
    "file_name": "file",
}
HUB_KEYS = ("hf_hub_url", "ms_hub_url", "om_hub_url")
HUBS = {"huggingface": "Hugging Face", "modelscope": "ModelScope", "openmind": "openMind"}
# Of these the rows are chosen on a hub; a file in data/ has only one split and no subset.
OF_A_HUB = ("subset", "split", "folder")
TRAIN = "train"


@dataclass(frozen=True)
class Origin:
    """Where an entry's rows come from. place: the hub's owner/name, or the file, script or address;
    "" where the entry names none. num_samples: how many rows a training takes, None for all of
    them.
    """

    kind: Kind = "file"
    place: str = ""
    subset: str = ""
    split: str = TRAIN
    folder: str = ""
    num_samples: int | None = None
    file_sha1: str = ""

    @property
    def fetched_from(self) -> Literal["huggingface", "modelscope"] | None:
        """The hub that the rows can be fetched from here; None for all other places."""
        return self.kind if self.kind in ("huggingface", "modelscope") else None


def read_origin(entry: dict[str, Any], name: str) -> Origin:
    """Where the entry's rows come from. Raises InputError for a value of another kind than
    LLaMA-Factory takes there.
    """
    texts = {key: _text(entry, key, name) for key in (*KEYS, *OF_A_HUB, "file_sha1")}
    key = next((key for key in KEYS if texts[key]), "file_name")
    number = entry.get("num_samples")
    if number is not None and (
        isinstance(number, bool) or not isinstance(number, int) or number < 1
    ):
        raise InputError(
            "num_samples of the dataset {name} is not a number of rows.",
            "Give a whole number above 0, or take it out.",
            name=name,
        )
    return Origin(
        KEYS[key],
        texts[key],
        texts["subset"],
        texts["split"] or TRAIN,
        texts["folder"],
        number,
        texts["file_sha1"].lower(),
    )


def elsewhere(origin: Origin, name: str) -> InputError:
    """Why the rows of an entry that lie not in this workspace cannot be opened, and what to do."""
    shown: dict[str, Any] = {"name": name, "place": origin.place[:120]}
    if origin.kind in ("huggingface", "modelscope"):
        return InputError(
            "The dataset {name} has no file in this workspace: it lies on {hub} ({place}).",
            "Download it by its entry.",
            hub=HUBS[origin.kind],
            **shown,
        )
    if origin.kind == "openmind":
        return InputError(
            "The dataset {name} lies on openMind ({place}), which is not read here.",
            "Download its files there, then import them.",
            **shown,
        )
    if origin.kind == "script":
        return InputError(
            "The dataset {name} is loaded by a script ({place}); scripts of datasets are not run.",
            "Run it elsewhere and import the rows that it gives.",
            **shown,
        )
    if origin.kind == "cloud":
        return InputError(
            "The dataset {name} lies in a cloud store ({place}), which is not read here.",
            "Download the file, then import it.",
            **shown,
        )
    return InputError(
        "The dataset {name} has no file in this workspace.", "Import its file first.", name=name
    )


def _text(entry: dict[str, Any], key: str, name: str) -> str:
    value = entry.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(
            "{key} of the dataset {name} is not a text.",
            "Correct dataset_info.json.",
            key=key,
            name=name,
        )
    return value.strip()
