"""A row as a set of lines would give it now: the first fitting pair, so that the settings can be
seen at work before a job builds all pairs.
"""

from dataclasses import dataclass
from typing import Any

from studio import documents
from studio.dialogue.characters.text_form import parse_characters
from studio.dialogue.pairs.build import pairs_with_report
from studio.dialogue.pairs.roles import targets_of
from studio.dialogue.pairs.wording import worded
from studio.dialogue.records import Utterance
from studio.dialogue.spec import PairFields
from studio.store import sets, utterance_summary, utterances
from studio.workspace import Workspace

LINES = 600  # read at a time around the role's lines
LOOKS = 4  # times that lines are read before the search ends without a pair


@dataclass(frozen=True)
class ExampleRow:
    """A row's texts, of which role it is, and how many lines of it were looked at.

    row: system, instruction, input, output and, where there is one, history; None where none of
    the lines makes a pair: then `dropped` says why, {reason: count}.
    """

    role: str
    row: dict[str, Any] | None
    lines: int
    dropped: dict[str, int]


def example_row(workspace: Workspace, set_id: str, spec: PairFields) -> ExampleRow | None:
    """What the first pairs of the role would look like; without a role, of the set's role or of
    its busiest speaker. None where the set has no lines of it.

    Reads a few hundred lines about the role's own, whatever the size of the set; writes nothing.
    """
    found = sets.get(workspace.store, set_id, "utterances")
    if found is None:
        return None
    wanted = spec.target.strip() or str(found.meta.get("target") or "")
    people = parse_characters(str(found.meta.get("characters") or ""))
    busiest = utterance_summary.busiest(workspace.store, set_id, 1)
    role = next(iter(targets_of(wanted, people)), "") or next((name for name, _ in busiest), "")
    if not role:
        return None
    rules = spec.model_copy(update={"min_lines": 1, "max_pairs": 0, "held_out": 0.0})
    seen, dropped = 0, dict[str, int]()
    for number in range(LOOKS):
        lines = utterances.page(
            workspace.store, set_id, limit=1, offset=number * LINES // 4, speaker=role
        )
        if not lines:
            break
        row, report = _first(workspace, set_id, lines[0].ordinal, role, rules)
        seen += report["lines"]
        if row is not None:
            return ExampleRow(role, row, seen, {})
        for reason, count in report["dropped"].items():
            dropped[reason] = dropped.get(reason, 0) + count
    return ExampleRow(role, None, seen, dropped) if seen else None


def _first(
    workspace: Workspace, set_id: str, ordinal: int, role: str, rules: PairFields
) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """The first pair of the lines about one, with a history where one is wanted and there is any;
    and the report."""
    near = utterances.page(
        workspace.store, set_id, limit=LINES, offset=max(0, ordinal - LINES // 10)
    )
    document = next(line.document for line in near if line.ordinal == ordinal)
    about = documents.get(workspace, document)
    text = documents.text(workspace, about)
    lines = [
        Utterance(**{name: getattr(line, name) for name in Utterance.__dataclass_fields__})
        for line in near
        if line.document == document
    ]
    system, rules = worded(rules, text)
    pairs, report = pairs_with_report(lines, role, system, rules, text, about.name)
    pair = next((pair for pair in pairs if pair.get("history")), pairs[0] if pairs else None)
    texts = ("system", "instruction", "input", "output", "history")
    return ({k: pair[k] for k in texts if k in pair} if pair else None), report
