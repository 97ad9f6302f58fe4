#!/bin/bash
# What tests/gpu/run.sh takes along: packages for the GPU machine's Python, and the starter's
# tokenizer.
#
#     tests/gpu/prepare.sh DIR [PYTHON_VERSION [CUDA_VERSION]]
#
# Run it where packages can be fetched, after `python launch.py setup`. The machine with the GPU
# brings torch (2.10 to 2.13), numpy, pandas, pyarrow and scipy; the rest comes in the locked
# versions, transformers too: what is there may be older than pyproject.toml allows. liger-kernel
# is no requirement, but used where it is. DIR gets site.tar.gz (some 50 MB) and tokenizer/.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mkdir -p "$1" && cd "$1" && pwd) python=${2:-3.12} cuda=${3:-130}
pins=$(.venv/bin/python - <<'PY'
"""The locked versions of what training, serving and their tests import, and of all that needs."""
import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement

there = {"torch", "numpy", "pandas", "pyarrow", "scipy", "matplotlib", "pillow", "setuptools", "triton"}
open_ = ["transformers", "trl", "peft", "accelerate", "bitsandbytes", "datasets", "fastapi"]
open_ += ["uvicorn", "openai", "pydantic", "psutil", "nvidia-ml-py", "sentencepiece", "xgrammar"]
open_ += ["json-repair", "charset-normalizer", "hypothesis", "pytest-timeout", "pytest-xdist"]
locked = dict(re.findall(r"^([\w.-]+)==([^ ;\n]+)", Path("requirements.lock").read_text(), re.M))
taken = set()
while open_:
    name = re.sub(r"[-_.]+", "-", open_.pop().lower())
    if name in taken or name in there or name not in locked or name.startswith("nvidia-cu"):
        continue
    taken.add(name)
    try:
        needed = [Requirement(text) for text in requires(name) or []]
    except PackageNotFoundError:
        continue
    open_ += [one.name for one in needed if not one.marker or one.marker.evaluate({"extra": ""})]
print(*(f"{name}=={locked[name]}" for name in sorted(taken)))
PY
)
platforms=()
for platform in manylinux_2_{34,31,28,27,24,17,12,5}_x86_64 manylinux{2014,2010,1}_x86_64; do
    platforms+=(--platform "$platform")
done
rm -rf "$folder/site" "$folder/tokenizer"
.venv/bin/python -m pip install -qq --target "$folder/site" --no-deps --no-compile \
    --only-binary=:all: --implementation cp --python-version "$python" "${platforms[@]}" \
    $pins liger-kernel==0.8.5
# bitsandbytes brings a library for every CUDA; that of the torch there is used.
find "$folder/site/bitsandbytes" -name "libbitsandbytes_*.so" ! -name "*cuda$cuda*" \
    ! -name "*cpu*" -delete
models=${INKWELL_MODELS:-$HOME/.inkwell/models}
mkdir -p "$folder/tokenizer"
find "$models/smollm2-135m-instruct" -maxdepth 1 -type f ! -name "*.safetensors" \
    -exec cp {} "$folder/tokenizer/" \;
tar -C "$folder" -czf "$folder/site.tar.gz" site
rm -rf "$folder/site"
du -sh "$folder/site.tar.gz" "$folder/tokenizer"
