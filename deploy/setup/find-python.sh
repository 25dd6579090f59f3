#!/bin/sh
# Prints the path of a Python 3.11 that can make virtual environments, or says what to install.
# PYTHON=/path/to/python3.11 chooses one.
set -eu

is_fit() {
    command -v "$1" >/dev/null 2>&1 &&
        "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in "${PYTHON:-}" python3.11 python3 python; do
        if [ -n "$candidate" ] && is_fit "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return 0
        fi
    done
    return 1
}

find_python && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Python 3.11 ..." >&2
    {
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends python3.11 python3.11-venv
    } >&2 || true
    find_python && exit 0
fi

cat >&2 <<'END'
Wishtree needs Python 3.11 with its venv module, and none was found.
  Debian 12:       apt-get install python3.11 python3.11-venv
  elsewhere:       install Python 3.11 and call  make setup PYTHON=/path/to/python3.11
END
exit 1
