#!/usr/bin/env bash
# Build what a release is made of, once, and try it where nothing else is installed:
#
#     scripts/build_release.sh DIRECTORY
#
# sdist, wheel, a list of every library in it (CycloneDX), the documentation as it opens offline, and
# their SHA-256. The interpreter is $PYTHON, else .venv's, with the groups test, docs and release.
set -euo pipefail
out=$(realpath -m "${1:?say where to build: scripts/build_release.sh DIRECTORY}")
cd "$(dirname "$0")/.."
python=$(realpath -s "${PYTHON:-.venv/bin/python}")
version=$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' src/whygate/version.py)
# Two builds of a commit are identical.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

rm -rf "$out"
"$python" -m build --outdir "$out" .

# The image's own steps, and its user: no HOME, nothing that may be written to.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cp "$out"/*.whl requirements.lock "$folder"
PYTHON=$python scripts/install_image.sh "$folder/image" "$folder"
nobody=(env -i PATH=/usr/bin:/bin)
if [ "$(id -u)" = 0 ]; then
  nobody=(setpriv --reuid 65532 --regid 65532 --clear-groups "${nobody[@]}")
fi
whygate() { (cd / && "${nobody[@]}" "$folder/image/bin/whygate" "$@"); }
[ "$(whygate --version)" = "whygate, version $version" ] || [ "$(whygate --version)" = "whygate $version" ]
printf 'docs: say how a parcel is tracked\n' | whygate check -
status=0
printf 'feat: write every row\n' | whygate check - >/dev/null || status=$?
[ "$status" = 1 ]

"$python" -m cyclonedx_py environment --pyproject pyproject.toml --output-reproducible \
  --output-file "$out/whygate-$version.cdx.json" "$folder/image"
PYTHON=$python scripts/build_site.sh "$folder/whygate-$version-docs"
"$python" -m zipfile -c "$out/whygate-$version-docs.zip" "$folder/whygate-$version-docs"
(cd "$out" && sha256sum -- * >SHA256SUMS)
ls -l "$out"
