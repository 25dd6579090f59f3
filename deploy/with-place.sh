#!/bin/sh
# Runs a command with the settings of a place and the environment of one of its processes:
#   deploy/with-place.sh claims wishtree serve claims
#   deploy/with-place.sh console wishtree doctor
# WISHTREE_PLACE=/etc/wishtree names the folder that new_place.py wrote.
set -eu

place=${WISHTREE_PLACE:-/etc/wishtree}
process=$1
shift

PATH="$(cd "$(dirname "$0")/.." && pwd)/.venv/bin:$PATH"
set -a
# shellcheck disable=SC1090  # written by new_place.py
. "$place/$process.env"
WISHTREE_CONFIG="$place/wishtree.toml"
set +a

exec "$@"
