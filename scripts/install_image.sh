#!/bin/sh
# Install a wheel and the locked libraries below a directory, as the image has them:
#
#     install_image.sh DIRECTORY FOLDER
#
# FOLDER holds the wheel and requirements.lock. Every library is a wheel with the hash of the lock;
# pip itself does not stay.
set -eu
python=${PYTHON:-python3}
"$python" -m venv --copies "$1"
"$1/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir \
  --require-hashes --only-binary :all: --requirement "$2/requirements.lock"
"$1/bin/python" -m pip install --quiet --disable-pip-version-check --no-cache-dir \
  --no-index --no-deps "$2"/whygate-*.whl
"$1/bin/python" -m pip uninstall --quiet --yes pip
