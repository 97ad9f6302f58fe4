"""The fields of the jobs that pack a workspace and open a packed one."""

from typing import TYPE_CHECKING, ClassVar, TypedDict

from studio.errors import SpecError
from studio.spec import Spec, field

if TYPE_CHECKING:
    from studio.workspace import Workspace


class PackResult(TypedDict):
    """What packing gives. file: the zip, a path within the workspace. bytes: its size."""

    file: str
    bytes: int


class PackJob(Spec):
    """Write the workspace as one zip, to take it to another machine."""

    KIND: ClassVar[str] = "pack"
    RESULT: ClassVar[type] = PackResult

    # A file's name without its ending, below data/exports; empty: the workspace's name.
    name: str = field("", help="Name of the zip; empty: the workspace's name")


class UnpackResult(TypedDict):
    """What unpacking gives. workspace: the name of the new workspace."""

    workspace: str


class UnpackJob(Spec):
    """Open a packed workspace on this machine, beside the others."""

    KIND: ClassVar[str] = "unpack"
    RESULT: ClassVar[type] = UnpackResult

    # A path, or of the window `incoming:<name>`, as `documents.stage` gives it.
    file: str = field("", group="hidden", help="A zip that Inkwell Studio packed")
    name: str = field("", help="The workspace's name here; empty: its own, or the next free one")

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where no file is named."""
        if "file" not in later and not self.file.strip():
            raise SpecError("No file is chosen.", "Choose a zip that Inkwell Studio packed.")
