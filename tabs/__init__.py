"""The face of Inkwell Studio: Gradio tabs that fill specs and start jobs. Never imports torch."""
