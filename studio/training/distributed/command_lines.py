"""The command lines by which the same run is started on each of its machines: accelerate, torchrun
and a batch script for Slurm. Light.
"""

import shlex
from dataclasses import dataclass
from pathlib import Path

from studio.presets import SHIPPED
from studio.training.distributed.devices import VISIBLE, numbers, processes
from studio.training.spec import TrainJob
from studio.workspace import Workspace

HERE = SHIPPED.parent  # the program's folder, in which the commands are given
MODULE = ("-m", "studio.training.launch")


@dataclass(frozen=True)
class Place:
    """Where a run is read from and written to, as every machine sees it."""

    spec: str
    workspace: str
    folder: str

    @property
    def arguments(self) -> list[str]:
        """Those of `studio.training.launch`."""
        return [*MODULE, self.spec, "--workspace", self.workspace, "--folder", self.folder]


def config_file(spec: TrainJob) -> Path:
    """accelerate's config for the way the spec's processes work together."""
    return SHIPPED / "accelerate" / f"{spec.distributed}.yaml"


def flags(spec: TrainJob, rank: str, address: str = "") -> list[str]:
    """What the config file cannot know: processes and machines.

    rank: of the machine; address: of the first one, the spec's unless said.
    """
    made = ["--num_processes", str(processes(spec)), "--num_machines", str(spec.num_machines)]
    if spec.num_machines > 1:
        made += ["--machine_rank", rank, "--main_process_ip", address or spec.main_process_ip]
    return [*made, "--main_process_port", str(_port(spec))]


def accelerate(spec: TrainJob, place: Place, rank: int) -> list[str]:
    """The arguments of `accelerate` on the machine `rank`, its config by its path from here."""
    config = config_file(spec).relative_to(HERE).as_posix()
    return ["launch", "--config_file", config, *flags(spec, str(rank)), *place.arguments]


def torchrun(spec: TrainJob, place: Place, rank: int) -> list[str]:
    """The arguments of `torchrun` on the machine `rank`."""
    a_machine = max(1, processes(spec) // spec.num_machines)
    if spec.num_machines == 1:
        where = ["--standalone"]
    else:
        where = ["--nnodes", str(spec.num_machines), "--node_rank", str(rank)]
        where += ["--master_addr", spec.main_process_ip, "--master_port", str(_port(spec))]
    return [*where, "--nproc_per_node", str(a_machine), *place.arguments]


def slurm(spec: TrainJob, place: Place) -> str:
    """A batch script for sbatch. Three minutes before its time is over it asks the run to stop,
    which then saves; given once more, it goes on.
    """
    a_machine = max(1, processes(spec) // spec.num_machines)
    config = config_file(spec).relative_to(HERE).as_posix()
    given = shlex.join(flags(spec, "RANK", "FIRST"))
    given = given.replace(" RANK ", " $SLURM_NODEID ").replace(" FIRST ", ' "$FIRST" ')
    on_each = f"accelerate launch --config_file {config} {given} {shlex.join(place.arguments)}"
    stop = shlex.quote(f"{place.folder}/stop")
    return "\n".join(
        [
            "#!/bin/bash",
            f"#SBATCH --job-name={_word(spec.name) or 'training'}",
            f"#SBATCH --nodes={spec.num_machines}",
            "#SBATCH --ntasks-per-node=1",
            f"#SBATCH --gpus-per-node={a_machine}",
            "#SBATCH --time=24:00:00",
            "#SBATCH --signal=B:TERM@180",
            f"cd {shlex.quote(str(HERE))}",
            'export FIRST=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)',
            f"trap {shlex.quote(f'touch {stop}')} TERM",
            f"srun bash -c {shlex.quote(on_each)} &",
            "wait  # ends early when the signal comes",
            "wait",
        ]
    )


def commands(spec: TrainJob, workspace: Workspace, file: Path | None = None) -> str:
    """What to type so that the spec's run is started on each of its machines, by any of three ways.

    file: that holds the spec; without one the text makes it. The run is written into the folder
    `runs` of the workspace, under the spec's name.
    """
    named = _word(spec.name) or "training"
    given = file.resolve() if file is not None else workspace.path / f"{named}.yaml"
    place = Place(str(given), str(workspace.path), str(workspace.path / "runs" / named))
    head = [] if file is not None else [_written(spec, given), ""]
    return "\n".join(head) + ("\n" if head else "") + shown(spec, place)


def _written(spec: TrainJob, file: Path) -> str:
    """The spec as a file that the shell makes."""
    text = spec.as_yaml(only_changed=True, also=("model_name_or_path",))
    return f"cat > {shlex.quote(str(file))} <<'END'\n{text}END"


def shown(spec: TrainJob, place: Place) -> str:
    """All of them as text: for each machine its lines, then the batch script."""
    parts = [f"cd {shlex.quote(str(HERE))}"]
    if numbers(spec):
        parts.append(f"export {VISIBLE}={','.join(numbers(spec))}")
    if not spec.through_launcher:
        one = shlex.join(["python", *place.arguments])
        return "\n".join([*parts, "", "# one process; `distributed` makes several", one, ""])
    for rank in range(spec.num_machines):
        parts += [
            f"\n# machine {rank} of {spec.num_machines}",
            shlex.join(["accelerate", *accelerate(spec, place, rank)]),
            "# or",
            shlex.join(["torchrun", *torchrun(spec, place, rank)]),
        ]
    parts += ["\n# or, on a cluster with Slurm: sbatch FILE with this in it", slurm(spec, place)]
    return "\n".join(parts) + "\n"


def _port(spec: TrainJob) -> int:
    """On one machine any free one."""
    return spec.main_process_port if spec.num_machines > 1 else 0


def _word(name: str) -> str:
    return "".join(one for one in name if one.isascii() and (one.isalnum() or one in "-_"))
