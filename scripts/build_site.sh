#!/usr/bin/env bash
# Build the documentation site into a directory (default: build/site), strictly: a dead link, a dead
# anchor or a page that nothing leads to fails. The interpreter is $PYTHON, else .venv's, with the
# dependency group `docs`; npm brings the one script that lets the search work offline.
set -euo pipefail
directory=$(realpath -m "${1:-$(dirname "$0")/../build/site}")
cd "$(dirname "$0")/.."

python=${PYTHON:-.venv/bin/python}
worker=node_modules/.whygate/iframe-worker.js
if [ ! -f "$worker" ]; then
  package=$(mktemp -d)
  npm pack --silent --pack-destination "$package" iframe-worker@1.0.4 >/dev/null
  mkdir -p "$(dirname "$worker")"
  tar -xzOf "$package"/*.tgz package/shim/index.js >"$worker"
  rm -r "$package"
fi
# The theme announces its successor on stderr otherwise.
NO_MKDOCS_2_WARNING=1 "$python" -m mkdocs build --quiet --strict --site-dir "$directory"
