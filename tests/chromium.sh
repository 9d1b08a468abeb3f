# Sourced by `make test`: finds Chromium, or installs the distribution's, and sets CHROMIUM.

find_chromium() {
  for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" && return
  done
}

CHROMIUM="${CHROMIUM:-$(find_chromium || true)}"
if [ -z "$CHROMIUM" ] && command -v apt-get >/dev/null; then
  AS_ROOT=
  if [ "$(id -u)" != 0 ]; then AS_ROOT="sudo -n"; fi
  if [ -z "$AS_ROOT" ] || sudo -n true 2>/dev/null; then
    echo "Installing Chromium for the browser tests (apt-get install chromium-headless-shell, or chromium)"
    $AS_ROOT apt-get update -qq >/dev/null
    $AS_ROOT apt-get install -y -qq chromium-headless-shell >/dev/null 2>&1 || $AS_ROOT apt-get install -y -qq chromium >/dev/null
    CHROMIUM="$(find_chromium || true)"
  fi
fi
if [ -z "$CHROMIUM" ]; then
  echo "The browser tests need Chromium or Chrome: install one, or name it with CHROMIUM=/path/to/it." >&2
  exit 1
fi
export CHROMIUM
