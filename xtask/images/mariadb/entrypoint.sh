#!/usr/bin/env bash
# Reads the variables of the official image for users and the database.
set -euo pipefail
data=/var/lib/mysql
if [ "$(id -u)" = 0 ]; then
  install -d -o mysql -g mysql -m 700 "$data"
  install -d -o mysql -g mysql /run/mysqld
  exec setpriv --reuid=mysql --regid=mysql --init-groups -- "$0" "$@"
fi
first=()
if [ ! -d "$data/mysql" ]; then
  mariadb-install-db --datadir="$data" --auth-root-authentication-method=normal --skip-test-db \
    --skip-name-resolve >/dev/null
  # One statement per line: the server ignores a second one.
  cat >"$data/users.sql" <<EOF
ALTER USER root@localhost IDENTIFIED BY '$MARIADB_ROOT_PASSWORD';
CREATE DATABASE \`$MARIADB_DATABASE\`;
CREATE USER '$MARIADB_USER'@'%' IDENTIFIED BY '$MARIADB_PASSWORD';
GRANT ALL ON \`$MARIADB_DATABASE\`.* TO '$MARIADB_USER'@'%';
EOF
  first=(--init-file="$data/users.sql")
fi
exec "$@" --datadir="$data" --bind-address=0.0.0.0 --skip-name-resolve "${first[@]}"
