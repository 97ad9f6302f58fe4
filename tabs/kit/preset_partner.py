"""A second choice beside that of a preset, and what the two come to together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from tabs.kit.session import Session


@dataclass(frozen=True)
class Filled:
    """What a chosen preset comes to: how it is called, its settings, why each is as it is."""

    name: str
    data: dict[str, Any]
    why: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Partner:
    """A second choice by which presets differ. joins: whether it makes a difference to one. read:
    what a preset's name, "" for none, and this choice come to together.
    """

    choice: gr.Dropdown
    joins: Callable[[Session, str], bool]
    read: Callable[[Session, str, str], Filled]
