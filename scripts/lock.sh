#!/usr/bin/env bash
# Write requirements.lock: the action's dependencies with the hashes of every wheel, for Python 3.11
# and newer on every system; and requirements-measure.lock, which has those of every backend of
# `whygate measure` as well. Needs uv (`pip install uv`); `scripts/lock.sh --upgrade` takes newer ones.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() {
  uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate \
    --no-emit-index-url --custom-compile-command scripts/lock.sh "${@:2}" \
    --output-file "$1" pyproject.toml
}

lock requirements.lock "$@"
lock requirements-measure.lock --extra sql --extra files --extra http "$@"
