"""The face of Inkwell Studio: Gradio tabs that fill specs and start jobs. Never imports torch."""

from tabs import gradio_import as gradio_import  # isort: skip  # before all that imports gradio
from tabs.chat.tab import TAB as CHAT
from tabs.chunking.tab import TAB as CHUNKING
from tabs.dataset.tab import TAB as DATASET
from tabs.dialogue.tab import TAB as DIALOGUE
from tabs.generation.instructions import TAB as INSTRUCTIONS
from tabs.generation.preferences import TAB as PREFERENCES
from tabs.library.tab import TAB as LIBRARY
from tabs.start.tab import TAB as START
from tabs.training.tab import TAB as TRAINING

# The window's tabs in their order.
TABS = (START, CHUNKING, DIALOGUE, INSTRUCTIONS, PREFERENCES, DATASET, TRAINING, CHAT, LIBRARY)
