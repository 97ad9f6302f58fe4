"""The served weights: loading them, putting adapters on and off, and one forward step.

LoRA adapters stand beside each other in the model. One that cannot share a batch (OFT, modules
learnt whole beside a LoRA) gets a twin of the model on the same weights, and a lane of its own.

Worker-only.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from studio.errors import ModelError
from studio.libraries.module_twins import twin
from studio.libraries.torch_inside import halve_weights
from studio.libraries.transformers_inside import Forward, plain_layers
from studio.models import LOAD_ERRORS, AdapterInfo, check_adapter, template_of
from studio.models.hub import local_folder
from studio.models.quantising import quantised
from studio.models.reply_spans import kept_ends, turn_ends
from studio.serving.request import BASE
from studio.serving.spec import ServerSpec
from studio.serving.threads import Threads

SERVED = ("LORA", "OFT")  # PEFT's names of the kinds
SCORING = "ForSequenceClassification"  # the end of such a model's class


class Weights:
    """One causal language model with its tokenizer and any number of adapters."""

    def __init__(self, spec: ServerSpec) -> None:
        self.folder = Path(
            local_folder(spec.model_name_or_path, spec.hub_name, runs=spec.adapter_roots)
        )
        self.adapters: dict[str, AdapterInfo] = {}
        self._inner: dict[str, str] = {}  # name → the name inside PEFT, which has rules of its own
        self._made = 0
        self._apart: dict[str, Any] = {}  # inner name → the twin that has this adapter alone
        self._active = ""
        self.threads = Threads(spec.threads)
        try:
            self.tokenizer, self.base = _load(self.folder, spec)
            self._forward = Forward(self.base)
        except LOAD_ERRORS as error:
            raise not_loaded(self.folder.name, error) from error
        self.model: Any = self.base
        self._plain = twin(self.base)  # what PEFT does to the base is not seen in it
        self.device = self.base.get_input_embeddings().weight.device

    @property
    def config(self) -> Any:
        """The config of the text part."""
        return self.base.config.get_text_config(decoder=True)

    @property
    def context(self) -> int:
        """The longest sequence the model was made for, in tokens."""
        return int(getattr(self.config, "max_position_embeddings", 0) or 1 << 20)

    @property
    def ends(self) -> frozenset[int]:
        """Ids of the tokens that end an answer of the base model."""
        given = self.base.generation_config.eos_token_id
        listed = [] if given is None else given if isinstance(given, list) else [given]
        return frozenset((*map(int, listed), *turn_ends(self.tokenizer)))

    def ends_of(self, adapter: str) -> frozenset[int]:
        """The same with what an adapter was taught as the end of a turn."""
        if adapter == BASE:
            return self.ends
        taught = kept_ends(self.adapters[adapter].path)
        return self.ends | taught | frozenset(turn_ends(self.tokenizer, self.template(adapter)))

    @property
    def mergeable(self) -> bool:
        """Whether rows can share a cache: every layer keeps plain keys and values (no recurrent
        state).
        """
        return plain_layers(self.base)

    def alone(self, adapter: str) -> bool:
        """Whether rows of this adapter cannot share a batch with others."""
        if adapter == BASE:
            return False
        return self.adapters[adapter].dora or self._inner[adapter] in self._apart

    def template(self, adapter: str) -> str | None:
        """The chat template that the adapter was trained with, when its folder has one."""
        if adapter == BASE:
            return None
        return template_of(self.adapters[adapter].path)

    def forward(
        self,
        ids: torch.Tensor,
        mask: torch.Tensor | None,
        places: torch.Tensor,
        cache: Any,
        adapters: list[str],
    ) -> torch.Tensor:
        """Logits after the last position, shape (rows, vocabulary).

        ids and places: (rows, new positions), places counted from 0 in each row; mask: (rows,
        cached + new positions), 0 for left padding, None without any; adapters: each row's adapter
        or "base". The cache grows in place.
        """
        model = self._model_of(adapters[0])
        more = self._chosen(adapters) if model is self.model else {}
        with torch.inference_mode():
            logits = self._forward(model, ids, mask, places, cache, **more)
        return logits.clone()  # an ordinary tensor, which samplers may write to

    def plain_logits(self, ids: torch.Tensor, adapter: str) -> torch.Tensor:
        """Logits of all positions, (rows, positions, vocabulary), in one pass as anyone would call
        the model: without a cache, a mask or positions of ours. What the token-by-token way is
        compared with."""
        model = self._model_of(adapter)
        with torch.inference_mode():
            if model is not self.model or model is self.base:
                return _logits(model, ids)
            if adapter == BASE:
                with model.disable_adapter():
                    return _logits(model, ids)
            self._activate(self._inner[adapter])
            return _logits(model, ids)

    def put_on(
        self, name: str, path: Path, allowed: list[Path], check: Callable[[str], None] | None = None
    ) -> AdapterInfo:
        """Load an adapter under `name`; a former one of that name goes once the new one is in.

        Raises ModelError.

        check: called with the name when the adapter is in place; if it raises ModelError, the
        adapter is taken off again and the former one stays.
        """
        info = check_adapter(path, allowed)
        inner, self._made = f"ink{self._made}", self._made + 1
        former = self.adapters.get(name), self._inner.get(name)
        try:
            self._attach(inner, info)
        except LOAD_ERRORS as error:
            self._drop(inner)
            raise _unfit(info, error) from error
        self.adapters[name], self._inner[name] = info, inner
        try:
            if check is not None:
                check(name)
        except ModelError:
            self._restore(name, *former)
            self._drop(inner)
            raise
        if former[1] is not None:
            self._drop(former[1])
        return info

    def take_off(self, name: str) -> None:
        """Remove an adapter; with the last one the model is the plain base again."""
        del self.adapters[name]
        self._drop(self._inner.pop(name))

    def _model_of(self, adapter: str) -> Any:
        """The model that has this adapter in it."""
        return self._apart.get(self._inner.get(adapter, ""), self.model)

    def _chosen(self, adapters: list[str]) -> dict[str, Any]:
        """What forward() is told about the rows' adapters; one adapter for all is made the active
        one, which is faster.
        """
        if self.model is self.base:
            return {}
        if len(set(adapters)) == 1 and adapters[0] != BASE:
            self._activate(self._inner[adapters[0]])
            return {}
        mixed: dict[str, Any] = peft_inside().mixed([self._inner.get(name) for name in adapters])
        return mixed

    def _activate(self, inner: str) -> None:
        """Make this adapter the one of a whole batch; a mixed batch does not mind which one is
        active.
        """
        if self._active != inner:
            peft_inside().activate(self.model, inner)
            self._active = inner

    def _attach(self, inner: str, info: AdapterInfo) -> None:
        peft = peft_inside()
        config = peft.read_config(info.path)
        _check_config(config, info)
        if not peft.shares_batches(config):
            self._apart[inner] = peft.with_room(twin(self._plain), inner, config)
            peft.fill(self._apart[inner], inner, info.path, self.device)
            return
        self._active = ""
        self.model = peft.with_room(self.model, inner, config)
        peft.fill(self.model, inner, info.path, self.device)

    def _restore(self, name: str, info: AdapterInfo | None, inner: str | None) -> None:
        """Put back what stood under a name, or nothing."""
        if info is None or inner is None:
            del self.adapters[name], self._inner[name]
        else:
            self.adapters[name], self._inner[name] = info, inner

    def _drop(self, inner: str) -> None:
        """Take what PEFT has under this name off the model, whether it is whole or half loaded."""
        if self._apart.pop(inner, None) is not None:
            return
        self._active = ""
        if self.model is not self.base:
            self.model = peft_inside().take_off(
                self.model, inner
            )  # the very base again with the last one


def peft_inside() -> Any:
    """PEFT, imported with the first adapter: it takes a second."""
    from studio.libraries import peft_inside as inside

    return inside


def _load(folder: Path, spec: ServerSpec) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.models.auto.configuration_auto import AutoConfig
    from transformers.utils import logging

    logging.disable_progress_bar()  # the log is a file
    on_gpu = torch.cuda.is_available()
    named = {"auto": torch.bfloat16 if on_gpu else torch.float32}
    values: dict[str, Any] = {"dtype": named.get(spec.dtype) or getattr(torch, spec.dtype)}
    if spec.bits:
        values["quantization_config"] = quantised(spec.bits, values["dtype"])
    if on_gpu:
        values["device_map"] = "auto" if torch.cuda.device_count() > 1 else {"": 0}
    config: Any = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    if any(name.endswith(SCORING) for name in config.architectures or ()):
        # It would be read with a head that was never trained, and babble.
        raise scores_only(folder.parent.name)
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    model = AutoModelForCausalLM.from_pretrained(
        folder, trust_remote_code=False, use_safetensors=True, **values
    )
    if not on_gpu and not spec.bits:
        halve_weights(model)
    return tokenizer, model.eval()


def _logits(model: Any, ids: torch.Tensor) -> torch.Tensor:
    logits: torch.Tensor = model(input_ids=ids, use_cache=False).logits
    return logits


def _check_config(config: Any, info: AdapterInfo) -> None:
    """Refuse what writes no answers, and what cannot be put beside an unchanged base."""
    peft = peft_inside()
    if peft.scores(config):
        raise scores_only(info.path.parent.name)
    if info.kind not in SERVED or peft.in_parts(config):
        raise ModelError(
            "The adapter {name} is of a kind ({kind}) that cannot be served beside its base model.",
            "Export it as a merged model and load that.",
            name=info.path.name,
            kind=info.kind,
        )
    if peft.changes_base(config):
        raise ModelError(
            "The adapter {name} began with {method}, which changes the base model's weights.",
            "Export it as a merged model and load that.",
            name=info.path.name,
            method=peft.changes_base(config),
        )


def scores_only(name: str) -> ModelError:
    """The sentence for a reward model that is asked to write."""
    return ModelError(
        "{name} is a reward model: it scores answers and writes none.",
        "Choose it as reward_model at the stage grpo or rloo.",
        name=name,
    )


def not_loaded(name: str, error: Exception) -> ModelError:
    """The sentence for an error that a library raised while it loaded a model."""
    reason = _reason(error)
    if "out of memory" in reason.lower() or isinstance(error, MemoryError):
        return ModelError(
            "The memory is too small for the model {name}.",
            "Load it in 4 bits, or choose a smaller one.",
            name=name,
        )
    return ModelError(
        "The model {name} could not be loaded ({reason}).",
        "Choose another model; the server's log has the details.",
        name=name,
        reason=reason,
    )


def _unfit(info: AdapterInfo, error: Exception) -> ModelError:
    return ModelError(
        "The adapter {name} does not fit the loaded model ({reason}).",
        "Load the model that it was trained on.",
        name=info.path.name,
        reason=_reason(error),
    )


def _reason(error: Exception) -> str:
    return (" ".join(str(error).split())[:140] or type(error).__name__).rstrip(".")
