"""The served weights: loading them, putting adapters on and off, and one forward step. Worker-only."""

import inspect
import os
from pathlib import Path
from typing import Any

import torch

from studio.errors import ModelError
from studio.models import AdapterInfo, check_adapter
from studio.models.hub import local_folder
from studio.serving.request import BASE
from studio.serving.spec import ServerSpec

# PEFT's word for a row without an adapter in a mixed batch.
PEFT_BASE = "__base__"
# These initialisations subtract the adapter's start from the base weights, so the base would no longer be itself.
BASE_CHANGING = ("pissa", "corda", "olora", "loftq", "lora_ga")
LOAD_ERRORS = (OSError, ValueError, RuntimeError, KeyError, ImportError, TypeError, AttributeError, MemoryError)


class Weights:
    """One causal language model with its tokenizer and any number of LoRA adapters."""

    def __init__(self, spec: ServerSpec) -> None:
        self.folder = Path(local_folder(spec.model, spec.hub))
        self.adapters: dict[str, AdapterInfo] = {}
        self._inner: dict[str, str] = {}  # name → the name inside PEFT, which has rules of its own
        self._made = 0
        self._active = ""
        torch.set_num_threads(spec.threads or max(1, (os.cpu_count() or 2) - 1))
        try:
            self.tokenizer, self.base = _load(self.folder, spec)
        except LOAD_ERRORS as error:
            raise _not_loaded(self.folder.name, error) from error
        self.model: Any = self.base
        self.device = self.base.get_input_embeddings().weight.device
        self._accepted = set(inspect.signature(self.base.forward).parameters)

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
        """Ids of the tokens that end an answer."""
        given = self.base.generation_config.eos_token_id
        listed = [] if given is None else given if isinstance(given, list) else [given]
        return frozenset(int(one) for one in (*listed, self.tokenizer.eos_token_id) if one is not None)

    @property
    def mergeable(self) -> bool:
        """Whether rows can share a cache: every layer keeps plain keys and values (no recurrent state)."""
        kinds = set(getattr(self.config, "layer_types", None) or ["full_attention"])
        return kinds <= {"full_attention", "sliding_attention"} and not getattr(self.base, "_is_stateful", False)

    def alone(self, adapter: str) -> bool:
        """Whether rows of this adapter cannot share a batch with others (DoRA)."""
        return adapter != BASE and self.adapters[adapter].dora

    def template(self, adapter: str) -> str | None:
        """The chat template that the adapter was trained with, when its folder has one."""
        if adapter == BASE:
            return None
        path = self.adapters[adapter].path / "chat_template.jinja"
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, cache: Any, adapters: list[str]) -> torch.Tensor:
        """Logits after the last position, shape (rows, vocabulary).

        ids: (rows, new positions); mask: (rows, cached + new positions), 0 for left padding;
        adapters: each row's adapter or "base". The cache grows in place.
        """
        places = (mask.cumsum(-1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        values = {
            "input_ids": ids, "attention_mask": mask, "past_key_values": cache, "use_cache": True,
            "position_ids": places, "logits_to_keep": 1,
        }
        values = {key: value for key, value in values.items() if key in self._accepted}
        if self.adapters:
            if len(set(adapters)) == 1 and adapters[0] != BASE:
                self._activate(self._inner[adapters[0]])  # a fifth faster than a mixed batch
            else:
                values["adapter_names"] = [self._inner.get(name, PEFT_BASE) for name in adapters]
        with torch.no_grad():
            return self.model(**values).logits[:, -1, :]

    def put_on(self, name: str, path: Path, allowed: list[Path]) -> AdapterInfo:
        """Load an adapter under `name`; a former one of that name goes once the new one is in. Raises ModelError."""
        info = check_adapter(path, allowed)
        inner, self._made = f"ink{self._made}", self._made + 1
        try:
            self._attach(inner, info)
        except LOAD_ERRORS as error:
            self._drop(inner)
            raise _unfit(info, error) from error
        if name in self._inner:
            self._drop(self._inner[name])
        self.adapters[name], self._inner[name] = info, inner
        return info

    def take_off(self, name: str) -> None:
        """Remove an adapter; with the last one the model is the plain base again."""
        del self.adapters[name]
        self._drop(self._inner.pop(name))

    def _activate(self, inner: str) -> None:
        """Make this adapter the one of a whole batch; a mixed batch does not mind which one is active."""
        if self._active != inner:
            self.model.set_adapter(inner, inference_mode=True)
            self._active = inner

    def _attach(self, inner: str, info: AdapterInfo) -> None:
        from peft import LoraConfig, PeftModel

        config = LoraConfig.from_pretrained(str(info.path))
        _check_config(config, info)
        self._active = ""
        config.inference_mode, config.init_lora_weights = True, True
        if self.model is self.base:
            self.model = PeftModel(self.base, config, adapter_name=inner)
        else:
            self.model.add_adapter(inner, config)
        result = self.model.load_adapter(str(info.path), inner, is_trainable=False, torch_device=str(self.device))
        self.model.eval()
        if result.missing_keys:
            raise ValueError(f"{len(result.missing_keys)} weights are missing")

    def _drop(self, inner: str) -> None:
        """Take what PEFT has under this name off the model, whether it is whole or half loaded."""
        self._active = ""
        if self.model is self.base or inner not in self.model.peft_config:
            return
        if len(self.model.peft_config) == 1:
            self.base = self.model = self.model.unload()
        else:
            self.model.delete_adapter(inner)


def _load(folder: Path, spec: ServerSpec) -> tuple[Any, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()  # the log is a file
    on_gpu = torch.cuda.is_available()
    named = {"auto": torch.bfloat16 if on_gpu else torch.float32}
    values: dict[str, Any] = {"dtype": named.get(spec.dtype) or getattr(torch, spec.dtype)}
    if spec.quantization_bit:
        values["quantization_config"] = _quantised(spec.quantization_bit, values["dtype"])
    if on_gpu:
        values["device_map"] = "auto" if torch.cuda.device_count() > 1 else {"": 0}
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    model = AutoModelForCausalLM.from_pretrained(folder, trust_remote_code=False, use_safetensors=True, **values)
    return tokenizer, model.eval()


def _quantised(bits: int, dtype: torch.dtype) -> Any:
    """bitsandbytes' settings: 8-bit integers, or 4-bit normal floats with their scales quantised too."""
    from transformers import BitsAndBytesConfig

    if bits == 8:
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=dtype
    )


def _check_config(config: Any, info: AdapterInfo) -> None:
    """Refuse what cannot be put beside an unchanged base."""
    start = str(config.init_lora_weights).lower()
    if info.kind != "LORA" or config.layer_replication or getattr(config, "target_parameters", None):
        raise ModelError(
            "The adapter {name} is of a kind ({kind}) that cannot be served beside its base model.",
            "Export it as a merged model and load that.", name=info.path.name, kind=info.kind,
        )
    if start.startswith(BASE_CHANGING):
        raise ModelError(
            "The adapter {name} began with {method}, which changes the base model's weights.",
            "Export it as a merged model and load that.", name=info.path.name, method=start,
        )


def _not_loaded(name: str, error: Exception) -> ModelError:
    reason = _reason(error)
    if "out of memory" in reason.lower() or isinstance(error, MemoryError):
        return ModelError(
            "The memory is too small for the model {name}.", "Load it in 4 bits, or choose a smaller one.", name=name
        )
    return ModelError(
        "The model {name} could not be loaded ({reason}).", "Choose another model; the server's log has the details.",
        name=name, reason=reason,
    )


def _unfit(info: AdapterInfo, error: Exception) -> ModelError:
    return ModelError(
        "The adapter {name} does not fit the loaded model ({reason}).", "Load the model that it was trained on.",
        name=info.path.name, reason=_reason(error),
    )


def _reason(error: Exception) -> str:
    return (" ".join(str(error).split())[:140] or type(error).__name__).rstrip(".")
