"""The Training tab's card: the open run's curves and figures, or several runs beside each other."""

from studio.jobs.records import JobRecord
from studio.training import checkpoints, curves, live
from studio.training.overlay import Axis
from tabs.kit import job_status
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session
from tabs.training import beside, learnt
from tabs.views import payload

OTHERS = ("learning_rate", "grad_norm", "tokens_per_s", "rewards/accuracies", "rewards/margins")
CURVES = live.Runs({"loss": live.MAIN, "eval_loss": live.MAIN} | dict.fromkeys(OTHERS, live.SMALL))


def of(
    session: Session,
    record: JobRecord | None,
    shown: list[JobRecord],
    axis: Axis,
    at: int,
) -> Lazy:
    """The card: the open run, or several beside each other."""
    if record is None or len(shown) < 2:
        return of_run(session, record, at)
    sizes = tuple(_logged(session, one) for one in shown)
    mark = (session.language, tuple(one.id for one in shown), axis, sizes)
    return Lazy(
        mark,
        lambda: payload({"run": record.id, "beside": beside.shown(session, shown, axis)}),
        at,
    )


def _logged(session: Session, record: JobRecord) -> int:
    """How many bytes of measures a run has."""
    path = session.workspace.run_folder(record.id) / "metrics.jsonl"
    return path.stat().st_size if path.exists() else 0


def of_run(session: Session, record: JobRecord | None, at: int) -> Lazy:
    """The card of one run; of none, what the tab is for."""
    if record is None:
        return Lazy(
            (session.language, session.workspace.path),
            lambda: payload({"empty": session.words("training.empty")}),
            at,
        )
    return Lazy(
        (
            session.language,
            record.id,
            record.state,
            _logged(session, record),
            repr(record.progress),
        ),
        lambda: _curve_payload(session, record),
        at,
    )


def _curve_payload(session: Session, record: JobRecord) -> str:
    folder = session.workspace.run_folder(record.id)
    found = CURVES.look(folder / "metrics.jsonl")
    loss, held_out = found["loss"], found["eval_loss"]
    others = [{"label": session.word(f"training.curves.{name}"), **found[name]} for name in OTHERS]
    smooth = [float(f"{value:.6g}") for value in curves.smooth(loss["y"])]
    return payload(
        {
            "run": record.id,
            "loss": loss,
            "smooth": smooth,
            "eval": held_out,
            "weight": round(curves.usual_weight(len(loss["y"])), 2),
            "total": int(record.progress.get("total") or record.result.get("total_steps") or 0),
            "epochs": _epochs(record),
            "checkpoints": sorted(step for step, _ in checkpoints.numbered(folder)),
            "others": [o for o in others if len(o["x"]) > 1][:4],
            "figures": _figures(session, record, loss, held_out),
            "words": session.words("training.view"),
            "verdict": None if record.active else learnt.shown(session, folder),
            "waiting": session.word("training.loading" if record.active else "training.no_steps"),
        }
    )


def _epochs(record: JobRecord) -> float:
    """How often the whole run sees every row, as its progress tells; 0 where that is not known."""
    progress = record.progress
    done, epoch, total = (float(progress.get(name) or 0) for name in ("done", "epoch", "total"))
    return round(epoch / done * total, 3) if done else 0.0


def _figures(
    session: Session,
    record: JobRecord,
    loss: dict[str, list[float]],
    held_out: dict[str, list[float]],
) -> list[list[str]]:
    progress, figures = record.progress, []
    figures.append([session.word("training.run"), record.title or record.id.removeprefix("train-")])
    if progress.get("total"):
        figures.append(
            [session.word("training.step"), f"{progress['done']:,.0f}/{progress['total']:,.0f}"]
        )
    if loss["y"]:
        figures.append([session.word("training.loss"), f"{loss['y'][-1]:.3f}"])
    if held_out["y"]:
        figures.append([session.word("training.eval_loss"), f"{held_out['y'][-1]:.3f}"])
    speed = progress.get("tok_s") or record.result.get("tokens_per_s")
    if speed:
        figures.append([session.word("training.speed"), f"{speed:,.0f} tok/s"])
    if record.active and progress.get("eta_s"):
        figures.append(
            [session.word("training.left"), job_status.human(session, progress["eta_s"])]
        )
    return figures
