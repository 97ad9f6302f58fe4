"""The fields of cleaning: `CleanSpec` for a text at hand, `CleanJob` for documents of the
workspace.
"""

from typing import TYPE_CHECKING, ClassVar, Literal, TypedDict

from pydantic import field_validator

from studio.errors import SpecError
from studio.jobs.parallel_fields import ParallelFields
from studio.spec import FieldRow, Spec, Wrong, field

if TYPE_CHECKING:
    from studio.workspace import Workspace

# In the order in which they run; why this order is told in `studio.documents.cleaning.clean`.
STEPS = (
    "fix_mojibake",
    "strip_html",
    "front_matter",
    "repeated_lines",
    "control_characters",
    "fix_width",
    "to_simplified",
    "advertisements",
    "links",
    "unwrap_lines",
    "fix_spaces",
    "chinese_marks",
    "mask_personal",
    "normal_dates",
    "normal_currency",
    "normal_numbers",
)
MOST_PATTERNS = 200
LONGEST_PATTERN = 200


class CleanSpec(Spec):
    """What is cleaned: one tick a step.

    Ticked from the start are those that take away only what is no text.
    """

    # Characters garbled by a wrong encoding, where the right ones can be told with certainty: "â€œ"
    # → “, "浣犲ソ" → 你好.
    fix_mojibake: bool = field(True, help="“â€œ” becomes “, where it is certain")
    # Tags, comments and entities of HTML; what only looks like a tag ("a < b", "<张三>") stays.
    strip_html: bool = field(
        True, help="Tags, comments, scripts and entities; what they enclose stays"
    )
    # Control and invisible characters; every line end becomes "\n". Joiners that emoji and Indic
    # scripts need stay.
    control_characters: bool = field(
        True, help="Control and invisible characters; every line end becomes one form"
    )
    # Full-width letters and digits → half-width, half-width katakana → full-width. Chinese marks
    # stay as they are.
    fix_width: bool = field(True, help="Chinese marks stay as they are")
    # Runs of spaces, spaces at line ends, indents of Chinese paragraphs, three and more blank
    # lines, characters set apart.
    fix_spaces: bool = field(
        True,
        help="Runs of spaces, spaces at line ends, blank lines, characters set apart",
    )
    # Lines broken at a fixed width are joined; verse, lists, headings and lines of dialogue stay.
    unwrap_lines: bool = field(False, help="Verse, lists and headings stay")

    repeated_lines: bool = field(
        False, group="removing", help="Lines that come back at even distances"
    )
    # Before the first chapter: a YAML block, comments, the page with rights, ISBN and cataloguing.
    front_matter: bool = field(
        False, group="removing", help="Rights, ISBN and comments before the first chapter"
    )
    # By presets/cleaning/patterns/advertisements.yaml: notices of web novel sites, Project
    # Gutenberg's head and tail.
    advertisements: bool = field(
        False, group="removing", help="Notices of web novel sites, licence heads and tails"
    )
    # Web addresses, and lines that hold nothing else.
    links: bool = field(False, group="removing", help="Web addresses; the words beside them stay")
    # Removed wherever they stand; * is up to 50 characters of the same line.
    own_patterns: str = field(
        "",
        group="removing",
        lines=3,
        preset=False,
        help="One a line; * stands for a few characters",
    )

    # Traditional → simplified characters, with the phrases that decide between two.
    to_simplified: bool = field(
        False, group="forms", help="Traditional characters become simplified ones"
    )
    # Commas, stops, colons, brackets and quotes of ASCII between Chinese characters → the Chinese
    # ones.
    chinese_marks: bool = field(
        False, group="forms", help="Commas, stops and quote marks between Chinese characters"
    )
    # Whole dates: 2024年3月5日 among Chinese, 2024-03-05 elsewhere. Dates without a year stay.
    normal_dates: bool = field(
        False, group="forms", help="Dates in one form: 2024年3月5日, 2024-03-05"
    )
    # Amounts: 100元, 100美元 among Chinese; CNY 100, $100 elsewhere.
    normal_currency: bool = field(False, group="forms", help="Amounts in one form: 100元, $100")
    # 1,234,567 → 1234567; full-width digits → half-width.
    normal_numbers: bool = field(False, group="forms", help="1,234 becomes 1234")

    # Phone, ID card (check digit), bank card (Luhn) and e-mail.
    mask_personal: bool = field(False, group="privacy", help="Phone, ID card, bank card, e-mail")
    # label: [手机号] or [PHONE]; partial: 138****5678.
    mask_style: Literal["label", "partial"] = field(
        "label",
        group="privacy",
        help="label writes [PHONE]; partial keeps the ends, 138****5678",
        counts_with={"mask_personal": (True,)},
    )
    mask_passports: bool = field(
        False,
        group="privacy",
        help="Only near the word passport",
        counts_with={"mask_personal": (True,)},
    )

    @field_validator("own_patterns")
    @classmethod
    def _patterns(cls, value: str) -> str:
        lines = [line.strip() for line in value.splitlines() if line.strip()]
        if len(lines) > MOST_PATTERNS:
            raise Wrong("more than {most} patterns", most=MOST_PATTERNS)
        for line in lines:
            if len(line) > LONGEST_PATTERN:
                raise Wrong(
                    "the pattern {start}… is longer than {most} characters",
                    start=line[:20],
                    most=LONGEST_PATTERN,
                )
            if sum(c.isalnum() for c in line) < 2:
                raise Wrong(
                    "the pattern {pattern} needs at least two letters or digits", pattern=line
                )
        return value

    def patterns(self) -> list[str]:
        """The own patterns, one an entry."""
        return [line.strip() for line in self.own_patterns.splitlines() if line.strip()]

    def steps(self) -> list[str]:
        """The ticked steps in the order in which they run; own patterns count as advertisements."""
        wanted = {name for name in STEPS if getattr(self, name)}
        if self.patterns():
            wanted.add("advertisements")
        return [name for name in STEPS if name in wanted]


class CleanResult(TypedDict):
    """What a cleaning gives.

    documents: ids of the cleaned copies; a document in which nothing changes, or of which nothing
    would be left, stands for itself. unchanged, emptied: ids of those. counts: changes a step.
    samples: a JSON file, relative to the workspace: {document id: {name, document, counts,
    samples}}.
    """

    documents: list[str]
    unchanged: list[str]
    emptied: list[str]
    counts: dict[str, int]
    samples: str


class CleanJob(CleanSpec, ParallelFields):
    """Make a cleaned copy of documents of the workspace; the originals stay."""

    KIND: ClassVar[str] = "clean"
    RESULT: ClassVar[type] = CleanResult

    documents: list[str] = field(
        factory=list, source="documents", preset=False, help="Texts of this workspace"
    )

    def check(
        self, workspace: "Workspace", *, later: frozenset[str] = frozenset(), work: str = ""
    ) -> None:
        """Raise where a document is missing, or no step is ticked."""
        from studio.documents.refusals import require_documents

        if "documents" not in later:
            require_documents(workspace, self.documents)
        if not self.steps() and not later:
            raise SpecError("No cleaning step is ticked.", "Tick at least one step.")
        self.check_executor(self.KIND)

    @classmethod
    def rows(cls) -> list[FieldRow]:
        """The field table with the documents first."""
        return sorted(super().rows(), key=lambda row: row.name != "documents")
