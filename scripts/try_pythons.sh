#!/usr/bin/env bash
# Install the checkout under every Python from 3.11 on that this machine has, and hold one message
# that says why and one that does not against it.
set -euo pipefail
cd "$(dirname "$0")/.."

places=$(mktemp -d)
trap 'rm -rf "$places"' EXIT
tried=" "
shopt -s nullglob
for python in /usr/bin/python3.[0-9]* /usr/local/bin/python3.[0-9]* "$HOME"/.pyenv/versions/*/bin/python3; do
  [[ $python == *-config ]] && continue
  version=$("$python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3] if sys.version_info >= (3, 11) else "")' 2>/dev/null) || continue
  [[ -z $version || $tried == *" $version "* ]] && continue
  tried+="$version "
  "$python" -m venv "$places/$version"
  "$places/$version/bin/pip" install --quiet --disable-pip-version-check .
  whygate=$places/$version/bin/whygate
  "$whygate" check examples/commit-message.txt >/dev/null
  status=0
  printf 'feat: wishlist\n' | "$whygate" check - >/dev/null || status=$?
  [[ $status == 1 ]] || { echo "Python $version: a feature that says nothing ended with $status" >&2; exit 1; }
  status=0
  printf 'Feat: wishlist\n' | "$whygate" check - >/dev/null || status=$?
  [[ $status == 1 ]] || { echo "Python $version: \`Feat:\` is no feature there" >&2; exit 1; }
  echo "Python $version: ok"
done
[[ $tried != " " ]] || { echo "there is no Python here to try" >&2; exit 1; }
