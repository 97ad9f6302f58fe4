"""Whether a model of the list fits this machine, said before it is fetched."""

from studio.files import human_size
from studio.models import ModelEntry
from studio.models.machine import machine
from studio.training import fits
from tabs.kit.session import Session


def badge(session: Session, entry: ModelEntry) -> str:
    """What to say behind a model's name: its download where it is not here yet, and whether it
    fits; "" for one whose sizes are not known.
    """
    if entry.shape is None:
        return ""
    found = fits.fit(entry.shape, machine())
    told = session.word(f"models.verdict.{found.verdict}")
    return told if entry.ready else f"{human_size(found.need.download)} · {told}"
