# Sourced by `make test`: sets NGINX for the tests behind a reverse proxy, or installs the distribution's.

NGINX="${NGINX:-$(PATH="$PATH:/usr/sbin" command -v nginx || true)}"
if [ -z "$NGINX" ] && command -v apt-get >/dev/null; then
  AS_ROOT=
  if [ "$(id -u)" != 0 ]; then AS_ROOT="sudo -n"; fi
  if [ -z "$AS_ROOT" ] || sudo -n true 2>/dev/null; then
    echo "Installing nginx for the tests behind a reverse proxy (apt-get install nginx-light)"
    $AS_ROOT apt-get update -qq >/dev/null && $AS_ROOT apt-get install -y -qq nginx-light >/dev/null
    NGINX="$(PATH="$PATH:/usr/sbin" command -v nginx || true)"
  fi
fi
if [ -z "$NGINX" ]; then
  echo "The tests behind a reverse proxy need nginx: install it, or name it with NGINX=/path/to/it." >&2
  exit 1
fi
export NGINX
