#!/bin/sh
# Makes .venv from the pinned requirements; does nothing when they and the place are as at the last time.
set -eu
cd "$(dirname "$0")/../.."

built_for() {
    pwd -P
    cat requirements/installer.txt requirements/runtime.txt requirements/dev.txt | cksum
    sed '/^\[tool.ruff/,$d' pyproject.toml | cksum
}

is_as_promised() {
    [ -f .venv/built-for ] && [ "$(cat .venv/built-for)" = "$(built_for)" ] && .venv/bin/python -c '' 2>/dev/null
}

is_of_use() { # made here (its programs know where they lie), for 3.11, with pip
    grep -qF -- "-m venv $(pwd -P)/.venv" .venv/pyvenv.cfg 2>/dev/null &&
        .venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null
}

is_as_promised && exit 0

rm -f .venv/built-for
if ! is_of_use; then
    python=$(deploy/setup/find-python.sh)
    echo "Making .venv with $("$python" --version) ..."
    rm -rf .venv
    "$python" -m venv .venv
fi

# Packages that come as source are built with the setuptools pinned in installer.txt, not with one fetched for it.
with_pip() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
        --use-pep517 --no-build-isolation "$@"
}

with_uv() {
    .venv/bin/python -m uv pip install --quiet --python .venv/bin/python --no-build-isolation --compile-bytecode "$@"
}

echo "Installing what requirements/*.txt pins ..."
with_pip --require-hashes -r requirements/installer.txt
# uv does in seconds what takes pip more than a minute; pip knows every setting of the machine it runs on.
set -- -r requirements/installer.txt -r requirements/runtime.txt -r requirements/dev.txt
if ! with_uv --require-hashes "$@"; then
    echo "uv could not install; trying again with pip, which takes a minute or two ..."
    with_pip --require-hashes "$@"
fi
with_pip --no-deps --editable .
.venv/bin/python -m compileall -q services # the first start is as quick as those after it
built_for >.venv/built-for
echo "Ready: .venv"
