"""The figures that a check gives of a set in tokens: what a training on a model would take of it.

Worker-only: it loads the model's tokenizer.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from studio.datasets.row_forms.formats import Row
from studio.datasets.token_view.lengths import Lengths
from studio.datasets.token_view.options import STAGES, Options, plain
from studio.datasets.token_view.template import load_tokenizer
from studio.workspace import Workspace

AT_ONCE = 500  # rows between two looks at whether to stop


def token_figures(
    rows: Iterable[Row],
    kind: str,
    model: str,
    cutoff_len: int,
    workspace: Workspace,
    check_stop: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """`options.Figures` of the rows as JSON has it, with the model, the stage that rows of this
    kind can be trained in, the cutoff, and trained_share, the part of the kept tokens that is
    trained on (of pairs, of the chosen side). Raises ModelError, Stopped.
    """
    tokenizer = load_tokenizer(model, workspace=workspace)
    stage = STAGES.get(kind, ("sft",))[0]
    counted, waiting = Lengths(), iter(rows)
    while batch := list(islice(waiting, AT_ONCE)):
        check_stop()
        counted.add(batch, tokenizer, stage)
    found = counted.figures(Options(cutoff_len))
    side = found.sides.get("chosen") or found.sides.get("reply")
    share = side.trained / side.tokens if side and side.tokens else 0.0
    more = {"model": model, "stage": stage, "cutoff_len": cutoff_len, "trained_share": share}
    return plain(found) | more
