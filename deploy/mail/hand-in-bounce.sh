#!/bin/sh
# Hands one mail that came back in at Wishtree: postfix gives it to this on standard input (docs/operate.md).
# Argument: a file with a line `url = "https://…/api/v1/receipts/smtp/TOKEN"`, so that no list of processes shows it.
set -u

# The report stands before the mail that it is about, so that nothing is lost when the end is.
status=$({ head -c 60000; cat > /dev/null; } | curl --config "$1" --silent --max-time 60 --output /dev/null \
    --write-out '%{http_code}' --header 'Content-Type: message/rfc822' --data-binary @-)

case $status in
    200 | 400 | 422) exit 0 ;; # taken, or nothing that will ever be
    *) exit 75 ;;              # EX_TEMPFAIL: postfix tries again
esac
