"""The page "Which model fits?": what each model of the list takes to fetch, to chat with and to
train, beside what this machine has; a press puts one into the top bar.
"""

from typing import Any

import gradio as gr

from studio import models
from studio.errors import ModelError
from studio.files import human_size
from studio.models.machine import machine
from studio.training import fits
from tabs.kit import choices
from tabs.kit.language import Translated, reason, word, words
from tabs.kit.session import Session, Values
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect
from tabs.views import payload, view

GB = 1 << 30


def place(shared: Shared, translated: Translated) -> gr.HTML:
    """The component that brings the page; it shows nothing but the sign beside the model's box."""
    made = view("model_sizes", elem_id="model-sizes")
    translated.add(made, lambda language: {"value": payload(said(language))})
    connect(shared, made.act, _chosen(shared), outputs=[shared.model], event=True)
    return made


def _chosen(shared: Shared) -> Any:
    def chosen(session: Session, values: Values, data: dict[str, Any]) -> Values:
        known, wanted = choices.models(session), str(data.get("model", ""))
        if wanted not in [value for _, value in known]:
            raise ModelError(
                "There is no model {name}.", "Choose one from the list.", name=repr(wanted[:80])
            )
        return {shared.model: gr.update(choices=known, value=wanted)}

    return chosen


def said(language: str) -> dict[str, Any]:
    """{words, machine: a sentence, rows: [{name, model, license, note, download, needs: [[GB,
    whether there is room], …] as `columns`, verdict, told}], columns: their titles}.
    """
    found = machine()
    figures = {"size": f"{found.total / GB:.0f} GB", "spare": f"{fits.SPARE:.0%}"}
    return {
        "words": words(language, "models"),
        "machine": word(language, f"models.machine.{found.device}", **figures),
        "columns": list(words(language, "models.needs").values()),
        "rows": [
            _row(language, entry, fits.fit(shape, found))
            for entry in sorted(models.available(), key=_weights)
            if (shape := entry.shape) is not None
        ],
    }


def _weights(entry: models.ModelEntry) -> int:
    return entry.shape.parameters if entry.shape is not None else 0


def _row(language: str, entry: models.ModelEntry, found: fits.Fit) -> dict[str, Any]:
    return {
        "name": entry.label,
        "model": entry.reference,
        "note": reason(language, entry.note),
        "download": word(language, "top.ready") if entry.ready else human_size(found.need.download),
        "needs": [[f"{need / GB:.1f}", need <= found.room] for need in found.need.memory.values()],
        "verdict": found.verdict,
        "told": word(language, f"models.verdict.{found.verdict}"),
    }
