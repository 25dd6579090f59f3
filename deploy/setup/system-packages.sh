#!/bin/sh
# Looks for the programs that the tests start: RabbitMQ, Chromium and a Chinese font, Kannel and its fake SMS centre, curl,
# nginx and systemd to hold our files for them against; with --bench for those of the benchmarks: RabbitMQ and wrk.
# With --install, installs what is missing when run as root on Debian or Ubuntu; otherwise says what to install.
# Without --install, fails when something is missing. `make run` needs none of them.
set -eu

installs=no purpose=tests
for option in "$@"; do
    case $option in
        --install) installs=yes ;;
        --bench) purpose=benchmarks ;;
    esac
done

has_command() {
    for name in "$@"; do
        PATH="$PATH:/usr/sbin:/sbin" command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}

has_chinese_font() {
    has_command fc-list && [ -n "$(fc-list :lang=zh-cn family 2>/dev/null | head -n 1)" ]
}

missing_packages() {
    [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || printf ' rabbitmq-server'
    if [ "$purpose" = benchmarks ]; then
        has_command wrk || printf ' wrk'
        return
    fi
    has_command chromium chromium-browser || printf ' chromium'
    has_chinese_font || printf ' fonts-noto-cjk fontconfig'
    has_command bearerbox || printf ' kannel'
    has_command curl || printf ' curl'
    [ -x /usr/lib/kannel/test/fakesmsc ] || printf ' kannel-extras'
    has_command nginx || printf ' nginx-light'
    has_command systemd-analyze || printf ' systemd'
}

missing=$(missing_packages)
[ -n "$missing" ] || exit 0

if [ "$installs" = yes ] && [ "$(id -u)" = 0 ] && has_command apt-get; then
    echo "Installing for the $purpose:$missing ..."
    # shellcheck disable=SC2086  # one word a package
    if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null; then
        missing=$(missing_packages)
        [ -n "$missing" ] || exit 0
    fi
fi

cat >&2 <<END
Missing for the $purpose (make run does not need them):$missing
  Debian, Ubuntu:  sudo apt-get install$missing
END
[ "$installs" = yes ] || exit 1
