"""The fields of the job that hands a dataset over."""

import re
from typing import TYPE_CHECKING, ClassVar, Literal, TypedDict

from pydantic import model_validator

from studio.spec import Spec, Wrong, field

if TYPE_CHECKING:
    from studio.workspace import Workspace

HUBS = ("huggingface", "modelscope")
ADDRESSES = {"huggingface": "https://huggingface.co", "modelscope": "https://modelscope.cn"}
REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,94}/[A-Za-z0-9][\w.-]{0,94}")


class PublishResult(TypedDict):
    """What handing over gives. file: the zip within the workspace, "" where a hub has it; address:
    where it stands on the hub; rows: of all splits; bytes: of all files.
    """

    dataset: str
    file: str
    address: str
    rows: int
    bytes: int


class PublishJob(Spec):
    """A dataset with its card as a zip, or as a repository of a hub. Nothing leaves this machine
    unless `to` names a hub.
    """

    KIND: ClassVar[str] = "publish"
    RESULT: ClassVar[type] = PublishResult

    dataset: str = field(
        example="demo", source="datasets", group="hidden", help="The dataset", preset=False
    )
    to: Literal["zip", "huggingface", "modelscope"] = field(
        "zip", help="A file on this machine, or a hub, which the dataset is sent to"
    )
    repo_id: str = field(
        "",
        example="user/demo",
        help="Owner and name on the hub",
        counts_with={"to": HUBS},
        preset=False,
    )
    private: bool = field(True, help="Only its owner sees it on the hub", counts_with={"to": HUBS})
    license: str = field("", help="An identifier such as cc-by-4.0 or mit; stands on the card")
    formatting: Literal["alpaca", "sharegpt", "openai"] = field(
        "alpaca", help="LLaMA-Factory reads all three"
    )
    file_type: Literal["json", "jsonl", "parquet"] = field("jsonl", help="The file that is written")
    with_sources: bool = field(
        False, help="Document, chunk, span, set and model of each row, in columns of their own"
    )
    with_marks: bool = field(False, group="more", help="Ratings and tags, in columns of their own")
    with_heldout: bool = field(
        True, group="more", help="The held-out part goes along as the split validation"
    )
    title: str = field(
        "", group="more", help="Heads the card; empty: the dataset's name", preset=False
    )
    overwrite: bool = field(
        False,
        group="more",
        help="Files of a repository that is there already are replaced",
        counts_with={"to": HUBS},
        preset=False,
    )
    endpoint: str = field(
        "",
        group="more",
        help="Another address of the hub; empty: its usual one",
        counts_with={"to": HUBS},
    )
    # Empty: written from what is known.
    card: str = field("", group="hidden", lines=14, help="README.md of the dataset", preset=False)

    @model_validator(mode="after")
    def _fits(self) -> "PublishJob":
        if self.to != "zip" and not REPO.fullmatch(self.repo_id.strip()):
            raise Wrong("write owner/name", "repo_id")
        self.repo_id = self.repo_id.strip()
        return self

    @property
    def address(self) -> str:
        """Where it goes; "" for a zip."""
        usual = ADDRESSES.get(self.to, "")
        return (self.endpoint.strip() or usual).rstrip("/") if usual else ""

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where the dataset is not there, the hub's key is not known, or it would travel
        unencrypted.
        """
        from studio.datasets import registry
        from studio.datasets.publishing import hub_upload

        if "dataset" not in later:
            registry.find(workspace, self.dataset)
        if self.to != "zip":
            hub_upload.require_key(self.address)
