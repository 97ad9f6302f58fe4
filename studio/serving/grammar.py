"""Schema-true JSON: compiling a response format into a grammar that masks the sampler.

Worker-only.
"""

import json
import threading
from collections import OrderedDict
from typing import Any

from studio.serving.request import Refusal

KEPT = 64
ANY_OBJECT = '{"type": "object"}'


class Grammars:
    """Compiled grammars of one tokenizer, the last 64 kept; compiling takes from 10 ms to
    seconds.
    """

    def __init__(self, tokenizer: Any, vocabulary: int, ends: frozenset[int]) -> None:
        self._tokenizer, self._vocabulary, self._ends = tokenizer, vocabulary, ends
        self._compiler: Any = None
        self._compiled: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()

    def compile(self, response_format: dict[str, Any] | None) -> Any:
        """The compiled grammar of an OpenAI `response_format`, or None for free text.

        Raises Refusal.

        Blocks while it compiles: call it off the event loop.
        """
        schema = schema_of(response_format)
        if schema is None:
            return None
        with self._lock:
            if schema not in self._compiled:
                self._compiled[schema] = self._compile(schema)
                if len(self._compiled) > KEPT:
                    self._compiled.popitem(last=False)
            self._compiled.move_to_end(schema)
            return self._compiled[schema]

    def _compile(self, schema: str) -> Any:
        import xgrammar

        if self._compiler is None:
            info = xgrammar.TokenizerInfo.from_huggingface(
                self._tokenizer, vocab_size=self._vocabulary, stop_token_ids=sorted(self._ends)
            )
            self._compiler = xgrammar.GrammarCompiler(info, max_threads=2)
        try:
            # Without free white space a small model cannot lose itself in blank lines.
            return self._compiler.compile_json_schema(schema, any_whitespace=False)
        except (RuntimeError, ValueError, TypeError) as error:
            reason = " ".join(str(error).split())[-160:]
            raise Refusal(
                400, "invalid_schema", f"The JSON schema cannot be used: {reason}"
            ) from error


def schema_of(response_format: dict[str, Any] | None) -> str | None:
    """The JSON schema asked for, as text; None for free text.

    Raises Refusal for an unknown form.
    """
    kind = (response_format or {}).get("type", "text")
    if kind == "text":
        return None
    if kind == "json_object":
        return ANY_OBJECT
    if kind == "json_schema" and isinstance(response_format, dict):
        inner = response_format.get("json_schema")
        schema = inner.get("schema") if isinstance(inner, dict) else None
        if isinstance(schema, dict):
            return json.dumps(schema, ensure_ascii=False)
    raise Refusal(
        400,
        "invalid_response_format",
        "response_format must be text, json_object or json_schema with a schema.",
    )
