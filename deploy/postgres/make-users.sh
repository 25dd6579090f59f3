#!/bin/sh
# Makes a user of the database for each service, with the passwords of a place (passwords.env); safe to repeat.
# Runs as somebody who may make users:  set -a; . /etc/wishtree/passwords.env; sudo --preserve-env -u postgres …
# In compose the container of PostgreSQL runs it when it makes the database. `wishtree db upgrade` gives them
# their rights: each to its own schema.
set -eu

# The password goes by the environment, which is ours alone: everybody on the host sees what a program is called with.
make_user() {
    made_password="$2" psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set user="$1" \
        ${POSTGRES_USER:+--username "$POSTGRES_USER"} --dbname postgres <<'END'
\set password `printf %s "$made_password"`
SELECT format('CREATE ROLE %I LOGIN', :'user') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'user', :'password') \gexec
END
}

make_user wishtree "$WISHTREE_DATABASE_PASSWORD_CONSOLE"
make_user wishtree_directory "$WISHTREE_DATABASE_PASSWORD_DIRECTORY"
make_user wishtree_wishes "$WISHTREE_DATABASE_PASSWORD_WISHES"
make_user wishtree_claims "$WISHTREE_DATABASE_PASSWORD_CLAIMS"
make_user wishtree_points "$WISHTREE_DATABASE_PASSWORD_POINTS"
make_user wishtree_notify "$WISHTREE_DATABASE_PASSWORD_NOTIFY"
make_user wishtree_scheduler "$WISHTREE_DATABASE_PASSWORD_SCHEDULER"
