"""The top bar: workspace, model name or path, hub, finetuning type, quantisation, adapter,
language, scheme.
"""

import json
from pathlib import Path
from typing import Any, get_args

import gradio as gr
import psutil

from studio.training.stages import WHOLE, Method
from tabs import gradio_inside
from tabs.kit import choices
from tabs.kit.language import DEFAULT, LANGUAGES, Translated, following, word
from tabs.kit.session import Session, Values, check_new, opened, place, workspace_names
from tabs.kit.shared import Shared
from tabs.kit.wiring import connect
from tabs.views import view

DARK_JS = (
    "() => { const on = document.body.classList.toggle('dark'); "
    "localStorage.setItem('inkwell-dark', on ? '1' : '0'); }"
)
METHODS = get_args(Method)
QLORA_BARE = ("qlora", "none")  # QLoRA without bits
# The parts of the bar that every tab works with.
SHARED = (
    "workspace",
    "model",
    "hub",
    "finetuning_type",
    "quantization",
    "adapter",
    "notice",
)
# Until the page load has answered nothing can be pressed: what it sends would undo it.
PARTS_JS = "['top', 'tabs'].map((id) => document.getElementById(id)).filter(Boolean)"
READY_JS = (
    f"() => {{ {PARTS_JS}.forEach((part) => {{ part.inert = false; }}); "
    "document.documentElement.dataset.ready = ''; ink.pulse.start(); }"
)
# The page's language for what reads it aloud, and for Gradio's own words.
SPEAK_JS = f"document.documentElement.lang = language; {gradio_inside.speaking('language')}"
LOAD_JS = (
    f"() => {{ {PARTS_JS}.forEach((part) => {{ part.inert = true; }});"
    + f"""
  const languages = {json.dumps(LANGUAGES)};"""
    + """
  const kept = localStorage.getItem('inkwell-dark');
  if (kept !== null) document.body.classList.toggle('dark', kept === '1');
  const spoken = languages.find((name) => navigator.language.startsWith(name)) || languages[0];
  const language = localStorage.getItem('inkwell-language') || spoken;
  SPEAK
  return [language, ink.keep.letters()];
}"""
).replace("SPEAK", SPEAK_JS)


def build(launched: Path, translated: Translated, *, chat_only: bool = False) -> dict[str, Any]:
    """Lay the bar out; its components by name.

    With `chat_only` nothing in it is the guest's to choose or to know.
    """
    names = [launched.name] if chat_only else workspace_names(launched)
    with gr.Row(elem_id="top"):
        gr.HTML('<h1 id="brand">Inkwell</h1>', container=False, padding=False)
        made = _picks(names, launched.name, visible=not chat_only)
        gr.HTML("", elem_id="gap", container=False, padding=False)
        made |= _beside()
    _label(made, translated)
    return made


def _picks(names: list[str], workspace: str, *, visible: bool) -> dict[str, Any]:
    """What is chosen for all tabs: the workspace, the model, the adapter for the chat."""
    pick: dict[str, Any] = {
        "interactive": True,
        "visible": visible,
        "min_width": 0,
    }
    return {
        "workspace": gr.Dropdown(
            names,
            value=workspace,
            label="workspace",
            allow_custom_value=True,
            elem_classes=["pick"],
            elem_id="workspace",
            **pick,
        ),
        **_model_picks(pick),
        "adapter": gr.Dropdown(
            [("no adapter", "")],
            value="",
            label="adapter for the chat",
            elem_classes=["pick"],
            elem_id="adapter",
            **pick,
        ),
    }


def _model_picks(pick: dict[str, Any]) -> dict[str, Any]:
    """Which model, from which hub, and how it is tuned and loaded; `pick` is how each looks."""
    return {
        "model": gr.Dropdown(
            [("starter", "starter")],
            value="starter",
            label="model_name_or_path",
            allow_custom_value=True,
            elem_classes=["pick", "wide"],
            elem_id="model",
            **pick,
        ),
        "hub": gr.Dropdown(
            [("Hugging Face", "huggingface"), ("ModelScope", "modelscope")],
            value="huggingface",
            label="hub_name",
            elem_classes=["pick"],
            elem_id="hub",
            **pick,
        ),
        "finetuning_type": gr.Dropdown(
            list(METHODS),
            value="lora",
            label="finetuning_type",
            elem_classes=["pick", "slim"],
            elem_id="finetuning-type",
            **pick,
        ),
        "quantization": gr.Dropdown(
            ["none", "8", "4"],
            value="none",
            label="quantization_bit",
            elem_classes=["pick"],
            elem_id="quantization",
            **pick,
        ),
    }


def _beside() -> dict[str, Any]:
    """What stands at the bar's end: memory in use, the window's notice, language and scheme."""
    return {
        "memory": gr.HTML(
            "",
            elem_id="memory",
            html_template='<span class="host"></span>',
            container=False,
            padding=False,
        ),
        "notice": view("notice", elem_id="window-notice"),
        "switch": gr.Button(
            word(following(DEFAULT), "top.this_language"),
            size="sm",
            elem_id="language",
            min_width=10,
            elem_classes=["small-button"],
        ),
        "scheme": gr.Button(
            "◐", size="sm", elem_id="scheme", min_width=10, elem_classes=["small-button"]
        ),
    }


def _label(made: dict[str, Any], translated: Translated) -> None:
    """The words of the bar's components in the language of the page."""
    for name in ("workspace", "model", "hub", "finetuning_type", "adapter"):
        translated.label(made[name], f"top.{name}")
    translated.add(
        made["quantization"],
        lambda language: {
            "label": word(language, "top.quantization"),
            "choices": [
                (word(language, f"choices.quantization_bit.{c}"), c) for c in ("none", "8", "4")
            ],
        },
    )
    translated.add(
        made["finetuning_type"],
        lambda language: {
            "choices": [(word(language, f"choices.finetuning_type.{c}"), c) for c in METHODS]
        },
    )
    translated.add(
        made["switch"],
        lambda language: {"value": word(following(language), "top.this_language")},
    )


def wire(parts: dict[str, Any], shared: Shared) -> None:
    """What the bar's own controls do to each other: QLoRA is LoRA on 4-bit weights; LoRA, and
    learning the model's own weights, are on whole ones.
    """

    def kind_chosen(session: Session, values: Values) -> Values:
        kind, bits = values.get(shared.finetuning_type), values.get(shared.quantization)
        if kind in ("lora", *WHOLE):
            return {shared.quantization: gr.update(value="none")}
        return {shared.quantization: gr.update(value="4")} if (kind, bits) == QLORA_BARE else {}

    def bits_chosen(session: Session, values: Values) -> Values:
        kind, bare = values.get(shared.finetuning_type), values.get(shared.quantization) == "none"
        if kind == "oft" or bare and kind in WHOLE:
            return {}
        return {shared.finetuning_type: gr.update(value="lora" if bare else "qlora")}

    parts["scheme"].click(None, None, None, js=DARK_JS)
    if shared.chat_only:
        return
    connect(
        shared,
        parts["finetuning_type"].input,
        kind_chosen,
        inputs=shared.bar,
        outputs=[shared.quantization],
    )
    connect(
        shared,
        parts["quantization"].input,
        bits_chosen,
        inputs=shared.bar,
        outputs=[shared.finetuning_type],
    )


def lists(session: Session, shared: Shared, values: Values) -> Values:
    """The bar's dropdowns with what there is now: workspaces, models, adapters.

    A guest is told none of them.
    """
    if session.guest:
        return {}
    known, adapted = choices.models(session), choices.adapters(session)
    stands = (values.get(shared.adapter) or "") in [value for _, value in adapted]
    gone: dict[str, Any] = {} if stands else {"value": ""}
    return {
        shared.workspace: gr.update(choices=workspace_names(shared.launched)),
        shared.model: gr.update(choices=known),
        shared.adapter: gr.update(choices=adapted, **gone),
    }


def memory() -> str:
    """Memory in use: of the GPU where there is one, else of the machine."""
    try:
        import pynvml

        pynvml.nvmlInit()
        info = pynvml.nvmlDeviceGetMemoryInfo(pynvml.nvmlDeviceGetHandleByIndex(0))
        return f"GPU {info.used / 2**30:.1f}/{info.total / 2**30:.0f} GB"
    except (ImportError, OSError):
        return _ram()
    except pynvml.NVMLError:
        return _ram()


def _ram() -> str:
    info = psutil.virtual_memory()
    return f"RAM {(info.total - info.available) / 2**30:.1f}/{info.total / 2**30:.0f} GB"


def open_workspace(session: Session, shared: Shared, values: Values) -> Values:
    """Open, or make, the workspace that was chosen or typed."""
    opened(place(shared.launched, check_new(str(values.get(shared.workspace) or ""))))
    return {shared.workspace: gr.update(choices=workspace_names(shared.launched))}
