#!/bin/sh
# Makes what is missing of ./secrets, for compose.yaml. What is there stays: keep the master key, for
# without it personal data cannot be read. The folder is closed to others; its files are not, since the
# users within the containers are others.
set -eu
cd "$(dirname "$0")/.."
mkdir -p secrets
chmod 700 secrets
cd secrets

random() { head -c 32 /dev/urandom | base64 | tr -d '\n'; }
word() { random | tr -d '+/='; }
make() { [ -s "$1" ] || { cat > "$1.new" && chmod 644 "$1.new" && mv "$1.new" "$1"; }; }

random | make master_key
word | make postgres_admin_password
word | make postgres_password
printf 'postgres://daybook:%s@postgres:5432/daybook' "$(cat postgres_password)" | make database_url
