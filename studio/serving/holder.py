"""What the server holds while it lives: its spec, the engine once loaded, and its state file.

Worker-only.
"""

import os
import time
from typing import Any

from studio.errors import StudioError
from studio.models import is_hub_id, resolve
from studio.serving.request import Refusal
from studio.serving.spec import ServerSpec
from studio.serving.state import write_state


class Holder:
    """The served model in the making: "loading", then "ready", or "failed" with an error."""

    def __init__(self, spec: ServerSpec, *, port: int, token: str) -> None:
        self.spec = spec
        self.state = "loading"
        self.error: StudioError | None = None
        self.engine: Any = None
        self.grammars: Any = None
        self._fixed = {
            "model": spec.model_name_or_path,
            "spec": spec.model_dump(),
            "pid": os.getpid(),
            "started": time.time(),
            "token": token,
            "base_url": f"http://127.0.0.1:{port}/v1",
        }
        self.tell()

    def load(self) -> None:
        """Load the model; blocks for seconds to minutes, so it has a thread of its own."""
        try:
            self._load()
        except StudioError as error:
            self.fail(error)

    def _load(self) -> None:
        spec = self.spec
        if not is_hub_id(resolve(spec.model_name_or_path, spec.hub_name, runs=spec.adapter_roots)):
            os.environ["HF_HUB_OFFLINE"] = (
                "1"  # read at the libraries' import: a local model asks no hub anything
            )
        from studio.serving.engine import Engine
        from studio.serving.grammar import Grammars
        from studio.serving.selfcheck import check, stepper
        from studio.serving.weights import Weights

        weights = Weights(self.spec)
        check(weights)
        if weights.device.type == "cpu":
            weights.threads.choose(stepper(weights))
        self.grammars = Grammars(weights.tokenizer, weights.config.vocab_size, weights.ends)
        self.engine = Engine(weights)
        self.state = "ready"
        self.tell()

    def fail(self, error: StudioError) -> None:
        """Keep why the model cannot be served; the process ends soon after."""
        self.error, self.state = error, "failed"
        self.tell()

    def ready(self) -> Any:
        """The engine. Raises Refusal 503 while there is none."""
        if self.engine is None:
            raise Refusal(503, "loading", "The model is still loading. Try again in a moment.")
        return self.engine

    def tell(self) -> None:
        """Write the state file."""
        more: dict[str, Any] = {
            "adapters": list(self.engine.weights.adapters) if self.engine else []
        }
        if self.error is not None:
            more["error"] = self.error.as_record()
        write_state(self.state, **self._fixed, **more)
