"""Parts of a measurement, each in a process of its own with a limit of time, and what they found on
disk as soon as it is there: one that fails or hangs costs no other, a kill none that has ended.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import yaml

WARM = 3  # steps that do not count
CLOSING_S = 10  # from the wish to end to the kill: a server is taken down in it
LEAST_S = 8  # with less left nothing is begun
SHOWN = ("tokens_per_s", "memory_mb", "loss_first", "loss_last", "seconds", "rows", "fused")


class Bench:
    """What was found so far. seconds: until when anything may run, from now. patience: by how much
    each part's own limit is multiplied.
    """

    def __init__(
        self,
        work: Path,
        out: Path,
        seconds: float,
        about: dict | None = None,
        patience: float = 1.0,
    ) -> None:
        self.work, self.out, self.patience = work, out, patience
        self.found: dict[str, dict] = {}
        self.about = about or {}
        self.begun = time.monotonic()
        self.ends = self.begun + seconds
        self.env = {
            "INKWELL_HOME": str(work / "home"),
            "INKWELL_MODELS": str(work / "models"),
            "HF_HUB_OFFLINE": "1",
            "TOKENIZERS_PARALLELISM": "false",
        }
        out.mkdir(parents=True, exist_ok=True)

    def run(self, name: str, words: list[str], limit_s: float, env: dict | None = None) -> dict:
        """One process of this Python; its last line of output as JSON, or {"failed": why}."""
        begun = time.monotonic()
        left = self.ends - begun - CLOSING_S
        allowed = min(limit_s * self.patience, left)
        if left < LEAST_S:
            return self.tell(name, {"failed": "not run: no time left"}, 0)
        status, said, wrong = ended(words, allowed, os.environ | self.env | (env or {}))
        with (self.out / "logs.txt").open("a", encoding="utf-8") as log:
            log.write(f"\n##### {name}\n{said[-3000:]}\n{wrong[-6000:]}\n")
        return self.tell(name, found_in(status, said, wrong, allowed), time.monotonic() - begun)

    def tell(self, name: str, found: dict, seconds: float) -> dict:
        """Print one line and write everything down; gives back what was found."""
        self.found[name] = found | {"wall_s": round(seconds, 1)}
        shown = {k: round(v, 3) if isinstance(v, float) else v for k, v in found.items()}
        line = json.dumps({k: v for k, v in shown.items() if v is not None and k != "losses"})
        print(f"[{time.monotonic() - self.begun:5.0f} s] {name}: {line}", flush=True)
        self.write()
        return found

    def write(self) -> None:
        """results.json, in one step."""
        staged = self.out / "results.json.new"
        staged.write_text(json.dumps({"about": self.about, "found": self.found}, indent=1))
        staged.replace(self.out / "results.json")

    def train(self, name: str, fields: dict, limit_s: float = 110, env: dict | None = None) -> dict:
        """A training by the real worker; its result with the speed after the first steps."""
        slug = "".join(c if c.isalnum() else "-" for c in name)
        folder, spec = self.work / "workspace" / "runs" / slug, self.work / f"{slug}.yaml"
        shutil.rmtree(folder, ignore_errors=True)  # a run that is there would be gone on with
        spec.write_text(yaml.safe_dump(fields), encoding="utf-8")
        words = ["-m", "studio.training.launch", str(spec), "--folder", str(folder)]
        words += ["--workspace", str(self.work / "workspace")]
        begun = time.monotonic()
        found = self.run(name, words, limit_s, env)
        if "failed" in found:
            return found
        found |= speed((folder / "metrics.jsonl").read_text(encoding="utf-8"))
        rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
        found["rows"] = f"{rows['train']} rows, {rows['tokens']} tokens, {rows['cut']} cut"
        log = (self.out / "logs.txt").read_text(encoding="utf-8").split("##### ")[-1]
        found["fused"] = [
            line.split("fused: ")[1] for line in log.splitlines() if "fused: " in line
        ]
        kept = {key: found.get(key) for key in SHOWN}
        self.tell(name, kept, time.monotonic() - begun)
        return found


def speed(metrics: str) -> dict:
    """tokens_per_s after the first steps (padding left out) and the losses, of a metrics.jsonl."""
    lines = [json.loads(line) for line in metrics.splitlines() if '"loss"' in line]
    first, last = lines[min(WARM, len(lines)) - 1], lines[-1]
    passed = last["seconds"] - first["seconds"]
    made: dict = {"losses": [round(line["loss"], 5) for line in lines]}
    if passed > 0:
        made["tokens_per_s"] = (last["tokens"] - first["tokens"]) / passed
    return made


def ended(words: list[str], limit_s: float, env: dict) -> tuple[int | None, str, str]:
    """(exit status, output, errors) of a Python process; None for one that took too long. It is
    asked to end first, so that it can end what it started; then it and its children are killed.
    """
    process = subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        start_new_session=True,
    )
    try:
        said, wrong = process.communicate(timeout=limit_s)
        return process.returncode, said, wrong
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGINT)
    try:
        said, wrong = process.communicate(timeout=CLOSING_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, wrong = process.communicate()
    return None, said, wrong


def found_in(status: int | None, said: str, wrong: str, limit_s: float) -> dict:
    """The object on the last line of output, or {"failed": the reason in a line}."""
    words = [line.strip() for line in (wrong or said).splitlines() if line.strip()] or ["no output"]
    if status is None:
        return {"failed": f"took over {limit_s:.0f} s"}
    last = (said.strip().splitlines() or [""])[-1]
    if status == 0 and last.startswith("{"):
        made: dict = json.loads(last)
        return made
    return {"failed": f"status {status}: {words[-1][:200]}"}
