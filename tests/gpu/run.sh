#!/bin/bash
# Everything that wants a GPU, on a machine with one: NVIDIA driver, torch with CUDA, nothing to be
# fetched. One command, nine minutes at most; what is finished stays when it is cut off.
#
#     tests/gpu/run.sh DIR OUT [arguments of measure.py]
#
# DIR is what tests/gpu/prepare.sh made. First measure.py, then, in what is left of SECONDS_LEFT,
# the tests that train, serve and encode, on the GPU and a starter of random weights. OUT gets
# table.md, results.json, logs.txt, table.txt and tests.txt. TESTS=0 leaves the tests out, MEASURE=0
# the figures. --tiny tries all of it where there is no GPU, in a few minutes.
set -uo pipefail
cd "$(dirname "$0")/../.."
SECONDS=0 all=${SECONDS_LEFT:-530} tests_s=${TESTS_S:-110}
given=$(cd "$1" && pwd) out=$(mkdir -p "$2" && cd "$2" && pwd)
shift 2
work=${WORK:-$(mktemp -d)}
mkdir -p "$work"
python=${PYTHON:-python3}
[ -d "$work/site" ] || [ ! -f "$given/site.tar.gz" ] || tar -C "$work" -xzf "$given/site.tar.gz"
[ -d "$work/site" ] && export PYTHONPATH="$work/site:$PWD" || export PYTHONPATH="$PWD"
export PYTHONUNBUFFERED=1 HF_HUB_OFFLINE=1
[ "${TESTS:-1}" = 1 ] || tests_s=0
if [ "${MEASURE:-1}" = 1 ]; then
    $python tests/gpu/measure.py "$work" "$out" "$given/tokenizer" \
        --seconds $((all - SECONDS - tests_s)) "$@" 2>&1 | tee "$out/table.txt"
fi
if [ "${TESTS:-1}" = 1 ]; then
    tested=${TESTED:-$(echo tests/engine/test_{fused_steps,training,serving,selfcheck}.py \
        tests/engine/test_{library_contracts,short_runs,encoders}.py tests/crash/test_checkpoints.py)}
    starter="$work/models/smollm2-135m-instruct"
    [ -f "$starter/model.safetensors" ] ||
        $python tests/gpu/shapes.py "$given/tokenizer" "$starter" 135M
    cp "$given/tokenizer/chat_template.jinja" "$starter/"
    INKWELL_MODELS="$work/models" timeout $((all - SECONDS)) $python -m pytest \
        -n "${WORKERS:-8}" --dist worksteal -p no:cacheprovider --timeout 100 \
        -m "not slow and not browser" --durations=15 -ra $tested > "$out/tests.txt" 2>&1
    echo "tests ended with status $?" >> "$out/tests.txt"
    tail -60 "$out/tests.txt"
fi
