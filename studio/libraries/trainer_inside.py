"""transformers' Trainer beyond its documentation: whose loss is already a mean, what is saved, one
device a process. Worker-only.

Read in the sources of 5.23.0 and 5.24.0.
"""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from peft import PeftModel
from peft.optimizers import create_loraplus_optimizer
from transformers import Trainer, TrainingArguments

from studio.libraries.peft_inside import DEFAULT
from studio.libraries.sharded_weights import gathered

LEARNT = "trained"  # in a checkpoint
EMBEDDING_RATE = 1e-6  # create_loraplus_optimizer has no default for it


class StepMeanTrainer(Trainer):
    """compute_loss gets the number of learnt tokens of the whole step and gives its mean; Trainer
    must neither skip the counting (which it does for models whose forward() takes no such number)
    nor divide by the accumulated batches again.
    """

    loss_is_scaled_for_ga = True

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.model_accepts_loss_kwargs = True


def loss_is_batch_mean(trainer: Trainer) -> None:
    """compute_loss gives the mean of a batch: Trainer divides by the accumulated batches itself."""
    trainer.model_accepts_loss_kwargs = False


class AdapterTrainer(Trainer, ABC):
    """Saves by `save_checkpoint` alone, without transformers' own files and without a question to a
    hub.
    """

    @abstractmethod
    def save_checkpoint(
        self, model: Any, folder: Path, weights: dict[str, Any] | None = None
    ) -> None:
        """Write what a checkpoint holds beside the optimiser's state. weights: the model's, where
        each process holds a part of them alone.
        """

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        """Under FSDP all processes put together what the first one saves: of an adapter its own
        weights, where transformers would gather the whole model, or save nothing.
        """
        if not self.is_fsdp_enabled:
            super().save_model(output_dir, _internal_call)
            return
        plain = self.accelerator.unwrap_model(self.model)
        self._save(output_dir, gathered(plain, first=self.args.should_save))

    def _save(
        self, output_dir: str | None = None, state_dict: dict[str, Any] | None = None
    ) -> None:
        if self.args.should_save:
            folder = output_dir or self.args.output_dir
            assert folder is not None  # TrainingArguments fills it in
            self.save_checkpoint(
                self.accelerator.unwrap_model(self.model), Path(folder), state_dict
            )

    def _save_optimizer_and_scheduler(self, output_dir: str) -> None:
        """Under FSDP PEFT would ask a hub for the base by its name, so it is given the folder."""
        plain: Any = self.accelerator.unwrap_model(self.model)
        if self.is_fsdp_enabled and isinstance(plain, PeftModel):
            base: Any = plain.get_base_model()
            plain.peft_config[DEFAULT].base_model_name_or_path = str(base.config._name_or_path)
        super()._save_optimizer_and_scheduler(output_dir)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """The weights as they are learnt, which stand in a folder of their own where another form
        of them is what is used.
        """
        learnt = Path(resume_from_checkpoint) / LEARNT
        super()._load_from_checkpoint(
            str(learnt) if learnt.is_dir() and not self.is_fsdp_enabled else resume_from_checkpoint,
            model,
        )

    def take_weights(self, checkpoint: Path) -> None:
        """The weights of a checkpoint in the place of those of the last step."""
        self._load_from_checkpoint(str(checkpoint))

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """None: trl's card, written at each checkpoint, says nothing of the run."""


def one_device(args: TrainingArguments) -> None:
    """Several GPUs are used through a launcher, never by DataParallel, which Trainer chooses when
    it sees more than one.
    """
    args._n_gpu = min(args.n_gpu, 1)


def loraplus_optimizer(trainer: Trainer, ratio: float) -> Any:
    """LoRA+ (Hayou et al. 2024): the optimiser that `optim` names, its second matrices learning
    `ratio` times as fast.
    """
    model: Any = trainer.model  # PEFT's, which transformers' types do not know
    kind, values = trainer.get_optimizer_cls_and_kwargs(trainer.args, model)
    return create_loraplus_optimizer(
        model,
        kind,
        loraplus_lr_ratio=ratio,
        loraplus_weight_decay=trainer.args.weight_decay,
        loraplus_lr_embedding=EMBEDDING_RATE,
        **values,
    )
