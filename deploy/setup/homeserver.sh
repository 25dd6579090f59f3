#!/bin/sh
# Makes .venv/homeserver, an environment of its own for the Matrix homeserver of the tests: what it needs must not
# decide what Wishtree runs with. Does nothing when its requirements are as at the last time. `make run` needs none.
set -eu
cd "$(dirname "$0")/../.."

place=.venv/homeserver

built_for() {
    pwd -P
    cat requirements/homeserver.txt | cksum
}

[ -f "$place/built-for" ] && [ "$(cat "$place/built-for")" = "$(built_for)" ] && exit 0

echo "Installing the homeserver of the tests into $place ..."
rm -rf "$place"
.venv/bin/python -m venv "$place"
if ! .venv/bin/python -m uv pip install --quiet --python "$place/bin/python" --only-binary :all: \
    --require-hashes -r requirements/homeserver.txt; then
    echo "uv could not install; trying again with pip ..."
    if ! "$place/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --only-binary :all: \
        --require-hashes -r requirements/homeserver.txt; then
        rm -rf "$place"
        echo "The tests with a real Matrix homeserver will fail: what requirements/homeserver.txt pins could not be" \
            "installed. Look for a package index that has it, then: make setup" >&2
        exit 0
    fi
fi
built_for >"$place/built-for"
echo "Ready: $place"
