"""The Training tab's card: the open run's curves and figures, or several runs beside each other."""

from typing import Any

from studio.files import size_of
from studio.jobs.records import JobRecord
from studio.training import checkpoints, curves, live, overlay
from studio.training.overlay import AXES, Axis
from tabs.kit import job_status
from tabs.kit.lazy import Lazy
from tabs.kit.session import Session
from tabs.training import beside, learnt
from tabs.views import payload

COMMON = ("learning_rate", "grad_norm", "tokens_per_s")
LOSS = "loss"
SMALL_ONES = 4
OTHERS = (
    *COMMON,
    "rewards/accuracies",
    "rewards/margins",
    "rewards/chosen",
    "rewards/rejected",
    "logps/chosen",
    "logps/rejected",
    "accuracy",
    "margin",
    "mean_reward",
    "reward",
    "kl",
    "reward_std",
    "entropy",
    "completions/mean_length",
)
MACHINE = ("gpu_load", "gpu_mb", "gpu_temp", "gpu_watts", "memory_mb", "rss_mb", "cpu_load")
MEASURES = (LOSS, *OTHERS)
CURVES = live.Runs(
    dict.fromkeys([*MEASURES, *(f"eval_{name}" for name in MEASURES)], live.MAIN)
    | dict.fromkeys(MACHINE, live.SMALL)
    | dict.fromkeys([name for name, _ in overlay.CLOCKS.values()], live.MAIN)
)


def of(
    session: Session,
    record: JobRecord | None,
    shown: list[JobRecord],
    axis: Axis,
    at: int,
    measure: str = LOSS,
) -> Lazy:
    """The card: the open run, of which `measure` fills it, or several beside each other."""
    if record is None or len(shown) < 2:
        return of_run(session, record, at, axis, measure)
    sizes = tuple(_logged(session, one) for one in shown)
    mark = (session.language, tuple(one.id for one in shown), axis, sizes)
    return Lazy(
        mark,
        lambda: payload({"run": record.id, "beside": beside.shown(session, shown, axis)}),
        at,
    )


def _logged(session: Session, record: JobRecord) -> int:
    """How many bytes of measures a run has."""
    return size_of(session.workspace.run_folder(record.id) / "metrics.jsonl")


def measure_of(page: dict[str, Any]) -> str:
    """What fills the card."""
    wanted = page.get("measure")
    return wanted if wanted in MEASURES else LOSS


def of_run(
    session: Session, record: JobRecord | None, at: int, axis: Axis = "step", measure: str = LOSS
) -> Lazy:
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
            axis,
            measure,
        ),
        lambda: _curve_payload(session, record, axis, measure),
        at,
    )


def _curve_payload(session: Session, record: JobRecord, axis: Axis, wanted: str) -> str:
    folder = session.workspace.run_folder(record.id)
    path = folder / "metrics.jsonl"
    found = CURVES.look(path)
    have = [name for name in MEASURES if found[name]["y"] or name == LOSS]
    name = wanted if wanted in have else LOSS
    means = CURVES.run(path).means(name)
    mean, main, held_out = (
        overlay.over(one, axis, found) for one in (means, found[name], found[f"eval_{name}"])
    )
    steps: list[float] = sorted(step for step, _ in checkpoints.numbered(folder))
    total = int(record.progress.get("total") or record.result.get("total_steps") or 0)
    epochs = _epochs(record)
    return payload(
        {
            "run": record.id,
            "loss": main,
            "mean": mean,
            "smooth": [float(f"{value:.6g}") for value in curves.smooth(mean["y"])],
            "eval": held_out,
            "weight": round(curves.usual_weight(len(mean["y"])), 2),
            "total": {"step": total, "epoch": epochs}.get(axis, 0),
            "epochs": epochs if axis == "step" else 0,
            "checkpoints": overlay.over({"x": steps, "y": steps}, axis, found)["x"],
            "others": _small(session, found, have, name),
            "figures": _figures(session, record, found[LOSS], found["eval_loss"]),
            "axis": axis,
            "axes": [[one, session.word(f"beside.axes.{one}")] for one in AXES],
            "measure": name,
            "measures": [[one, session.word(f"training.curves.{one}")] for one in have],
            "fall": name == LOSS,
            "words": session.words("training.view"),
            "verdict": None if record.active else learnt.shown(session, folder),
            "waiting": session.word("training.loading" if record.active else "training.no_steps"),
        }
    )


def _small(
    session: Session, found: dict[str, dict[str, list[float]]], have: list[str], shown: str
) -> list[dict[str, Any]]:
    """Four of the small curves: those of the stage, which come last, beside those that all have;
    the loss among them while another measure fills the card.
    """
    there = [name for name in have if len(found[name]["x"]) > 1 and name != shown]
    own = [name for name in there if name not in (LOSS, *COMMON)][: SMALL_ONES - 2]
    common = [name for name in there if name in (LOSS, *COMMON)]
    made: list[dict[str, Any]] = []
    for name in [*common[: SMALL_ONES - len(own)], *own]:
        xs, ys = curves.downsample(found[name]["x"], found[name]["y"], live.SMALL)
        label = session.word(f"training.curves.{name}")
        made.append({"name": name, "label": label, "x": xs, "y": ys})
    return made


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
