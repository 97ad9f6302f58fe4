"""Ink on paper: the one theme, both schemes.

System fonts only, so the window asks the web for nothing.
"""

import json
import re
from pathlib import Path

import gradio as gr

from tabs import views
from tabs.kit.language import LANGUAGES, words

HERE = Path(__file__).resolve().parent
# The window's own style sheets, each behind those that it changes.
SHEETS = (
    "face.css",
    "form.css",
    "layout.css",
    "status.css",
    "rows.css",
    "row_edit.css",
    "tokens.css",
    "rows_filter.css",
    "health.css",
    "token_options.css",
    "entries.css",
    "training.css",
    "live.css",
    "chat.css",
    "start.css",
    "library.css",
)
SANS = [
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "PingFang SC",
    "Noto Sans CJK SC",
    "Microsoft YaHei",
    "sans-serif",
]
MONO = ["ui-monospace", "Cascadia Mono", "Menlo", "Noto Sans Mono CJK SC", "monospace"]

SEAL = gr.themes.Color(
    name="seal",
    c50="#FBF1EE",
    c100="#F6DED8",
    c200="#ECBDB2",
    c300="#E39C8B",
    c400="#E2725D",
    c500="#B5402E",
    c600="#B5402E",
    c700="#8F3224",
    c800="#6E271C",
    c900="#4C1B14",
    c950="#2F110C",
)
INK = gr.themes.Color(
    name="ink",
    c50="#FAF8F4",
    c100="#F3F0EA",
    c200="#E5E0D7",
    c300="#CFC9BE",
    c400="#9A9CA1",
    c500="#6B6F76",
    c600="#545860",
    c700="#33373D",
    c800="#1D2024",
    c900="#15171A",
    c950="#0F1113",
)

# Each role with its light and its dark value.
ROLES = {
    "body_background_fill": ("#FAF8F4", "#15171A"),
    "body_text_color": ("#1F2328", "#E8E4DC"),
    "body_text_color_subdued": ("#62666D", "#A6A8AD"),
    "background_fill_primary": ("#FFFFFF", "#1D2024"),
    "background_fill_secondary": ("#FAF8F4", "#15171A"),
    "block_background_fill": ("#FFFFFF", "#1D2024"),
    "block_border_color": ("#E5E0D7", "#2C3036"),
    "border_color_primary": ("#E5E0D7", "#2C3036"),
    "block_label_background_fill": ("transparent", "transparent"),
    "block_label_text_color": ("#62666D", "#A6A8AD"),
    "block_title_text_color": ("#1F2328", "#E8E4DC"),
    "block_info_text_color": ("#62666D", "#A6A8AD"),
    "input_background_fill": ("#FFFFFF", "#15171A"),
    "input_border_color": ("#CFC9BE", "#3A3F46"),
    "input_border_color_focus": ("#B5402E", "#E2725D"),
    "input_placeholder_color": ("#6B6F76", "#9A9CA1"),
    "button_primary_background_fill": ("#B5402E", "#E2725D"),
    "button_primary_background_fill_hover": ("#9C3627", "#EB8875"),
    "button_primary_text_color": ("#FFFFFF", "#15171A"),
    "button_primary_border_color": ("#B5402E", "#E2725D"),
    "button_secondary_background_fill": ("#FFFFFF", "#1D2024"),
    "button_secondary_background_fill_hover": ("#F3F0EA", "#262A2F"),
    "button_secondary_text_color": ("#1F2328", "#E8E4DC"),
    "button_secondary_border_color": ("#CFC9BE", "#3A3F46"),
    "color_accent_soft": ("#FBF1EE", "#33241F"),
    "slider_color": ("#B5402E", "#E2725D"),
    "link_text_color": ("#2F4B7C", "#8FAADC"),
    "table_even_background_fill": ("#FFFFFF", "#1D2024"),
    "table_odd_background_fill": ("#FAF8F4", "#1A1D20"),
    "checkbox_background_color_selected": ("#B5402E", "#E2725D"),
    "checkbox_border_color_selected": ("#B5402E", "#E2725D"),
    "checkbox_label_background_fill": ("transparent", "transparent"),
    "checkbox_label_background_fill_selected": ("#FBF1EE", "#33241F"),
}


def theme() -> gr.themes.Base:
    """The Gradio theme: no shadows, thin borders, quiet labels."""
    base = gr.themes.Base(
        primary_hue=SEAL,
        secondary_hue=SEAL,
        neutral_hue=INK,
        font=SANS,
        font_mono=MONO,
        text_size=gr.themes.sizes.text_sm,
        spacing_size=gr.themes.sizes.spacing_sm,
        radius_size=gr.themes.sizes.radius_sm,
    )
    colours = {key: light for key, (light, _) in ROLES.items()} | {
        f"{key}_dark": dark for key, (_, dark) in ROLES.items()
    }
    return base.set(
        **colours,
        color_accent="*primary_500",
        block_shadow="none",
        block_shadow_dark="none",
        button_primary_shadow="none",
        input_shadow="none",
        input_shadow_dark="none",
        input_shadow_focus="none",
        block_border_width="0px",
        block_padding="4px 0",
        block_title_text_weight="500",
        block_label_text_weight="500",
        layout_gap="10px",
        block_title_text_size="13px",
        block_info_text_size="12px",
        input_padding="6px 10px",
        input_border_width="1px",
        button_large_padding="9px 16px",
        button_large_text_weight="600",
        form_gap_width="0px",
    )


def css() -> str:
    """The layout's style sheets, behind those that they change."""
    sheets = [(HERE / name).read_text(encoding="utf-8") for name in SHEETS]
    return "\n".join([views.styles(), *map(_compact, sheets)])


def _compact(sheet: str) -> str:
    """A style sheet without comments and the blanks that a browser has no use for."""
    plain = re.sub(r"/\*.*?\*/", "", sheet, flags=re.S)
    return re.sub(r"\s*([{};])\s*|(?<=[:,]) +", lambda found: found[1] or "", plain)


def early() -> str:
    """What the page runs before all other scripts."""
    own = {language: words(language, "gradio") for language in LANGUAGES}
    said = json.dumps(own, ensure_ascii=False).replace("<", "\\u003c")
    return f"window.gradioWords = {said};\n" + (views.HERE / "calm.js").read_text("utf-8")
