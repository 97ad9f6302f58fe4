"""Asking language models: one `ask()` over OpenAI-compatible servers, Ollama and the local model
server.

    client = connect(ProviderSpec(provider="openai", base_url="http://localhost:8000/v1",
    model="qwen3")) reply = client.ask([{"role": "user", "content": "Who is Wu Song?"}])

Every failure is an LlmFault with a kind and one sentence; no exception of a library gets out.
"""

from studio.errors import LlmFault
from studio.llm.client import Client
from studio.llm.connecting import connect
from studio.llm.reply import Message, Reply
from studio.llm.spec import ProviderSpec

__all__ = ["Client", "LlmFault", "Message", "ProviderSpec", "Reply", "connect"]

# Modules that other rooms and the window may use beside these names.
MODULES = (
    "address",
    "chat",
    "crew",
    "embeddings",
    "refusals",
    "spec",
)
