#!/bin/sh
# Starts the service; the first time it installs what is in requirements.txt, outside the checkout.
# `./start.sh prepare` does that alone.
set -eu
cd "$(dirname "$0")"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/sagaline/python-$(cksum < requirements.txt | cut -d' ' -f1)"
if [ ! -d "$cache" ]; then
  making="$cache.$$"
  python3 -m venv "$making"
  "$making/bin/python" -m pip install --quiet --disable-pip-version-check -r requirements.txt
  mv "$making" "$cache" 2>/dev/null || rm -rf "$making"
fi
[ "${1:-}" != prepare ] || exit 0
exec "$cache/bin/python" -m payments
