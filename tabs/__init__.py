"""The face of Inkwell Studio: Gradio tabs that fill specs and start jobs. Never imports torch."""

from tabs import gradio_import as gradio_import  # before any module that imports gradio
