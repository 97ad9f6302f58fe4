"""Did it learn? The judgement of a finished run as the page's script takes it, and the run filled
into the form again with what would mend it.
"""

import math
from pathlib import Path
from typing import Any

from studio import jobs
from studio.training import verdict
from studio.training.spec import TrainJob
from studio.training.verdict import Evidence, Verdict
from tabs.kit.forms import Form
from tabs.kit.language import field_label
from tabs.kit.session import Session, Values

LEAST = 0.01  # percent; less is told as that


def shown(session: Session, folder: Path) -> dict[str, Any] | None:
    """The card's content; None where the run was not measured (it goes on, or its weights were
    spread over processes).
    """
    found = verdict.read(folder)
    if found is None:
        return None
    judged = verdict.judge(found)
    return {
        "outcome": judged.outcome,
        "title": session.word(f"learnt.{_own('outcome', found.kind)}.{judged.outcome}"),
        "cause": session.word(f"learnt.cause.{judged.cause}") if judged.cause else "",
        "figures": _figures(session, found),
        "again": _again_label(session, judged),
        "examples": [
            {"prompt": one.prompt, "before": one.before, "after": one.after}
            for one in found.examples
        ],
        "words": session.words("learnt.view"),
    }


def again(form: Form[TrainJob], session: Session, job_id: str) -> Values:
    """The form filled with a run's settings, with what would mend it; nothing is started."""
    record = jobs.get(session.workspace, job_id)
    found = verdict.read(session.workspace.run_folder(record.id))
    changes = verdict.judge(found).changes if found else {}
    return form.fill(record.spec | changes)


def settings(form: Form[TrainJob], session: Session, job_id: str) -> Values:
    """The form filled with a run's settings, to be changed and started anew."""
    return form.fill(jobs.get(session.workspace, job_id).spec)


def _figures(session: Session, found: Evidence) -> list[str]:
    figures = _measured(session, found)
    low, high = found.interval
    if found.kind == "rewards":  # a reward is kept as a loss with a minus
        low, high = -high, -low
    if math.isfinite(low):
        figures.append(
            session.word("learnt.interval", low=_fixed(low, "+"), high=_fixed(high, "+"))
        )
    if found.prompts:
        figures.append(session.word("learnt.answers", n=found.changed, of=found.prompts))
    if found.moved is not None:
        figures.append(session.word("learnt.moved", share=_percent(found.moved)))
    word = {"": "learnt.tokens"}.get(found.kind, f"learnt.tokens_of.{found.kind}")
    figures.append(session.word(word, n=f"{found.learnt_tokens:,}"))
    return figures


def _own(name: str, kind: str) -> str:
    """The key of the words for a kind of evidence: a reward model gives no answers."""
    return f"{name}_scores" if kind == "scores" else name


def _measured(session: Session, found: Evidence) -> list[str]:
    """Before and after, by what the stage is measured by."""
    rows, count = "held_out" if found.held_out else "trained_on", len(found.before)
    if found.kind == "rewards":
        reward = {"before": _fixed(-found.loss_before), "after": _fixed(-found.loss_after)}
        return [session.word(f"learnt.reward.{rows}", n=count, **reward)]
    loss = {"before": _fixed(found.loss_before), "after": _fixed(found.loss_after)}
    figures = [session.word(f"learnt.loss.{rows}", n=count, **loss)]
    if found.right_before is not None and found.right_after is not None:
        right = {"before": f"{found.right_before:.0%}", "after": f"{found.right_after:.0%}"}
        figures.insert(0, session.word("learnt.right", **right))
    return figures


def _again_label(session: Session, judged: Verdict) -> str:
    """What the button would change; "" where there is nothing to press."""
    if not judged.changes:
        return ""
    told = session.word("punctuation.comma").join(
        f"{field_label(session.language, 'train', name)} {_number(value)}"
        for name, value in judged.changes.items()
        if value != 0  # max_steps: 0 only lets the epochs count
    )
    return session.word("learnt.again", changes=told)


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _fixed(value: float, sign: str = "") -> str:
    """Three places; nothing has no minus."""
    return f"{round(value, 3) + 0.0:{sign}.3f}"


def _percent(share: float) -> str:
    """Two significant figures: 0.8 %, 12 %."""
    return f"< {LEAST:g} %" if 100 * share < LEAST else f"{100 * share:.2g} %"
