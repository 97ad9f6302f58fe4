"""Rich views: a JSON value drawn by a small script of its own, clicks handed back as `act` events."""

import json
from pathlib import Path
from typing import Any

import gradio as gr

HERE = Path(__file__).resolve().parent


def view(name: str, **options: Any) -> gr.HTML:
    """A `gr.HTML` drawn by `<name>.js` from its value (JSON text); its `.act` event carries `act` and more."""
    script = (HERE / f"{name}.js").read_text(encoding="utf-8")
    body = f"ink.mount(element, props, watch, data => trigger('act', data), (data, host) => {{\n{script}\n}});"
    return gr.HTML(
        "", html_template=f'<div class="host host-{name}"></div>', js_on_load=body, container=False, padding=False, apply_default_css=False,
        elem_classes=[f"view-{name}", *options.pop("elem_classes", [])], **options,
    )


def payload(data: dict[str, Any]) -> str:
    """The value of a view."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
