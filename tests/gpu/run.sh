#!/bin/bash
# Everything that wants a GPU, on a machine with one: NVIDIA driver, torch with CUDA, nothing to be
# fetched.
#
#     tests/gpu/run.sh DIR OUT [arguments of measure.py]
#
# DIR is what tests/gpu/prepare.sh made. The tests that train, serve and encode run on the GPU
# first, on a starter of random weights, then measure.py; OUT gets tests.txt, table.txt,
# results.json and logs.txt. TESTS=0 leaves the tests out, MEASURE=0 the figures.
set -uo pipefail
cd "$(dirname "$0")/../.."
given=$(cd "$1" && pwd) out=$(mkdir -p "$2" && cd "$2" && pwd)
shift 2
work=${WORK:-$(mktemp -d)}
[ -d "$work/site" ] || [ ! -f "$given/site.tar.gz" ] || tar -C "$work" -xzf "$given/site.tar.gz"
[ -d "$work/site" ] && export PYTHONPATH="$work/site:$PWD" || export PYTHONPATH="$PWD"
export PYTHONUNBUFFERED=1 HF_HUB_OFFLINE=1
python3 - <<'PY' | tee "$out/table.txt"
from importlib.metadata import version
import torch
card = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
names = ("torch", "transformers", "trl", "peft", "bitsandbytes", "accelerate")
print(card, *(f"{name} {version(name)}" for name in names), sep=", ")
PY
if [ "${TESTS:-1}" = 1 ]; then
    tested=${TESTED:-$(echo tests/engine/test_{training,serving,selfcheck,library_contracts}.py \
        tests/engine/test_{short_runs,encoders,evaluation}.py tests/crash/test_checkpoints.py)}
    starter="$work/models/smollm2-135m-instruct"
    [ -f "$starter/model.safetensors" ] ||
        python3 tests/gpu/shapes.py "$given/tokenizer" "$starter" 135M
    cp "$given/tokenizer/chat_template.jinja" "$starter/"
    INKWELL_MODELS="$work/models" timeout "${TESTS_S:-150}" python3 -m pytest -n 8 --dist worksteal \
        -p no:cacheprovider --timeout 100 -m "not slow and not browser" --durations=15 -ra \
        $tested > "$out/tests.txt" 2>&1
    tail -60 "$out/tests.txt"
fi
if [ "${MEASURE:-1}" = 1 ]; then
    python3 tests/gpu/measure.py "$work" "$out" "$given/tokenizer" "$@" | tee -a "$out/table.txt"
fi
