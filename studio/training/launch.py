"""``accelerate launch -m studio.training.launch SPEC.yaml --workspace DIR --folder RUN``: a run
without a job or a store.

The same spec, over several processes or machines; torchrun works alike. Running it again goes on
from the newest whole checkpoint in the folder.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from studio.errors import StudioError
from studio.presets import read_yaml
from studio.training.report import calm_threads, plain
from studio.training.spec import TrainJob
from studio.workspace import Workspace


def main(arguments: list[str]) -> int:
    """Train; 0 when it is done, 2 for bad input."""
    parser = argparse.ArgumentParser(
        prog="studio.training.launch", description="Train a spec without the window."
    )
    parser.add_argument("spec", help="a train spec as YAML")
    parser.add_argument("--workspace", required=True, help="folder with data/ in it")
    parser.add_argument("--folder", required=True, help="where the run is written")
    options = parser.parse_args(arguments)
    folder = Path(options.folder).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        spec = TrainJob.read(read_yaml(Path(options.spec)))
        calm_threads()
        from studio.training.train import train

        result = train(spec, folder, Workspace(Path(options.workspace).resolve()), plain())
    except StudioError as error:
        sys.stderr.write(f"{error.sentence}\n")
        return 2
    if int(os.environ.get("RANK", 0)) == 0:
        sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
