"""The engine of Inkwell Studio: everything a tab or a YAML file can ask for, without a window.

Importing this package is cheap: torch, transformers, trl and datasets are imported only by
worker code, never here. Nothing in this package imports gradio.
"""

__version__ = "0.1.0"
