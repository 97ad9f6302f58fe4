"""The lock, and what pyproject.toml declares: what was tested is what is installed, and what is
imported is declared.
"""

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import launch
from studio import lock

ROOT = Path(__file__).resolve().parents[2]
LOCK = lock.LOCK.read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Needed at run time by a library of ours, which imports it only when it is used.
THROUGH_OTHERS = {
    "accelerate": "transformers' Trainer",
    "bitsandbytes": "transformers, to load in 4 or 8 bits",
    "gguf": "transformers, to read the starter",
    "sentencepiece": "transformers, for older tokenizers",
}
# Beside us in a bench, in an environment of their own (tests/bench/chunking_peers.py).
PEERS = {"llamafactory", "chonkie", "semchunk", "langchain-text-splitters"}
# Commands of the tests, not modules.
COMMANDS = {"mypy", "ruff", "uv", "pytest-timeout", "pytest-xdist"}


def declared(extra=None):
    """Name → requirement, of the package itself or of one of its extras."""
    listed = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    return {canonicalize_name(Requirement(line).name): Requirement(line) for line in listed}


def imported(*folders):
    """The distributions whose modules are imported anywhere in these folders; unknown modules under
    their own name.
    """
    known = metadata.packages_distributions()
    names = set()
    for path in (p for folder in folders for p in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add((node.module or "").split(".")[0])
    ours = {"studio", "tabs", "tests", "launch"} | {
        path.stem for path in (ROOT / "tests").rglob("*.py")
    }
    return {
        canonicalize_name(known.get(name, [name])[0])
        for name in names - ours - set(sys.stdlib_module_names)
    }


def test_what_is_imported_is_declared_and_what_is_declared_is_imported():
    optional = {
        name
        for extra in PROJECT["optional-dependencies"]
        if extra != "test"
        for name in declared(extra)
    }
    found = imported("studio", "tabs")
    assert found - set(declared()) - optional == set()
    assert set(declared()) - found - set(THROUGH_OTHERS) == set()


def test_the_same_of_the_tests():
    found = imported("tests")
    assert found - set(declared()) - set(declared("test")) - PEERS == set()
    assert set(declared("test")) - found - COMMANDS == set()


def test_the_lock_pins_all_that_is_declared_within_its_ranges():
    pinned = lock.pins(LOCK)
    for name, requirement in (declared() | declared("test")).items():
        assert requirement.specifier.contains(pinned[name]), (
            f"{name} {pinned.get(name)} is not in {requirement}"
        )


def test_each_package_is_pinned_once_with_its_hashes_and_no_host():
    blocks = re.split(r"(?m)^(?=[a-z0-9])", LOCK)[1:]
    names = [block.split("==")[0] for block in blocks]
    assert len(names) == len(set(names)) > 90
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in LOCK and "index-url" not in LOCK


@pytest.mark.parametrize(
    "system",
    [
        {"sys_platform": "linux", "platform_machine": "x86_64", "platform_system": "Linux"},
        {"sys_platform": "linux", "platform_machine": "aarch64", "platform_system": "Linux"},
        {"sys_platform": "win32", "platform_machine": "AMD64", "platform_system": "Windows"},
        {"sys_platform": "darwin", "platform_machine": "arm64", "platform_system": "Darwin"},
    ],
)
@pytest.mark.parametrize("version", lock.PYTHONS)
def test_every_platform_and_python_gets_the_same_versions(system, version):
    """A package is left out where it is not needed, never taken in another version."""
    environment = system | {"python_version": version, "python_full_version": f"{version}.4"}
    taken = {}
    for line in LOCK.splitlines():
        if re.match("[a-z0-9]", line):
            requirement = line.rstrip("\\ ").split(" ; ")
            if len(requirement) == 1 or Marker(requirement[1]).evaluate(environment):
                name, _, pinned = requirement[0].partition("==")
                taken[name] = pinned
    assert {"torch", "transformers", "gradio", "bitsandbytes"} <= set(taken)
    assert ("nvidia-cublas" in taken) == (system["sys_platform"] == "linux")


def test_a_machine_without_a_gpu_installs_nothing_of_cuda():
    whole, slim = (
        lock.pins(lock.selected(LOCK, with_tests=False, cuda=cuda)) for cuda in (True, False)
    )
    gone = set(whole) - set(slim)
    assert "torch" in gone and "nvidia-cublas" in gone and "cuda-toolkit" in gone
    assert {"nvidia-ml-py", "triton", "sympy", "gradio"} <= set(slim)
    assert "pytest" not in whole and "pytest" in lock.pins(
        lock.selected(LOCK, with_tests=True, cuda=True)
    )
    assert lock.selected(LOCK, with_tests=True, cuda=True).count("--hash") == LOCK.count("--hash")


def test_these_tests_run_on_what_the_lock_pins():
    """In the environment that launch.py made; elsewhere the versions are the user's own affair."""
    if Path(sys.prefix) != launch.VENV or launch.read_marker(launch.VENV / "inkwell.json").get(
        "lock"
    ) != launch.digest(lock.LOCK):
        pytest.skip("not the environment that launch.py made from this lock")
    pinned = lock.pins(LOCK)
    have = {canonicalize_name(d.name): d.version for d in metadata.distributions()}
    other = {
        name: (version, have[name])
        for name, version in pinned.items()
        if name in have and have[name].split("+")[0] != version
    }
    assert other == {}
