"""From start to a usable page, and the window's memory; beside LLaMA-Factory's web UI where it is
given.

    python tests/bench/bench_window.py [--runs 3] [--peer /path/to/llamafactory-cli]

Usable: the page and its config are served, as a browser's first two requests ask for them. Both are
started in turn on the same machine; the medians and their ratio are printed as JSON.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peer", help="llamafactory-cli of an environment of its own")
    options = parser.parse_args()
    ours, theirs = [], []
    for _ in range(options.runs):
        ours.append(once(window_command))
        if options.peer:
            theirs.append(
                once(
                    lambda port, folder: (
                        [options.peer, "webui"],
                        {"GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"},
                    )
                )
            )
    told = {"window": summary(ours)}
    if theirs:
        told["llamafactory"] = summary(theirs)
        told["time_ratio"] = round(told["window"]["seconds"] / told["llamafactory"]["seconds"], 2)
        told["memory_ratio"] = round(
            told["window"]["memory_mb"] / told["llamafactory"]["memory_mb"], 2
        )
    print(json.dumps(told, indent=2))


def window_command(port: int, folder: Path) -> tuple[list[str], dict[str, str]]:
    """The window as its users start it the second time: through launch.py and .venv where there is
    one.
    """
    here = [] if (ROOT / ".venv" / "inkwell.json").exists() else ["--here"]
    command = [
        sys.executable,
        str(ROOT / "launch.py"),
        *here,
        "--no-browser",
        "--no-starter",
        "--port",
        str(port),
        "--workspace",
        str(folder / "w"),
    ]
    return command, {"INKWELL_HOME": str(folder / "home")}


def once(make) -> tuple[float, float]:
    """(seconds to a usable page, resident MB of the process and its children then)."""
    folder = Path(tempfile.mkdtemp())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command, extra = make(port, folder)
    begun = time.monotonic()
    process = subprocess.Popen(
        command,
        env=os.environ | extra,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        for path in ("/", "/config"):
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).read()
                    break
                except (urllib.error.URLError, ConnectionError, TimeoutError):
                    if time.monotonic() - begun > 120:
                        raise
                    time.sleep(0.02)
        seconds = time.monotonic() - begun
        time.sleep(1.0)
        whole = psutil.Process(process.pid)
        memory = sum(p.memory_info().rss for p in [whole, *whole.children(recursive=True)]) / 2**20
        return seconds, memory
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def summary(measured: list[tuple[float, float]]) -> dict[str, float]:
    """Medians."""
    return {
        "seconds": round(statistics.median(s for s, _ in measured), 2),
        "memory_mb": round(statistics.median(m for _, m in measured)),
        "runs": len(measured),
    }


if __name__ == "__main__":
    main()
