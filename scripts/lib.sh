# Shared by the set-up scripts: where we are, how we speak, how we become root.
# shellcheck shell=bash
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$ROOT"

say() { printf '▸ %s\n' "$*" >&2; }
die() { printf '✗ %s\n' "$1" >&2; shift; [ $# = 0 ] || printf '  %s\n' "$@" >&2; exit 1; }

# Set-up steps of two `make` runs do not mix; the lock goes when the process does.
one_at_a_time() {
  [ -w . ] || die "$ROOT 不可写，请换用其所有者账户 / is not writable; use the account that owns it"
  mkdir -p .cache
  exec 8>".cache/setup-$1.lock"
  command -v flock >/dev/null || return 0
  flock -n 8 || { say "另一个安装正在进行，等待 / another set-up is running, waiting"; flock 8; }
}

# Prints how to become root: "" (we are), "sudo", or "none". Asks no password where nobody can answer.
root_by() {
  if [ "$(id -u)" = 0 ]; then echo ""
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then echo sudo
  else echo none; fi
}

# The newest suitable Python of the machine: 3.11 or later, able to make a virtual environment.
find_python() {
  local name
  for name in "${WANGGE_PYTHON:-}" python3 python3.13 python3.12 python3.11; do
    [ -n "$name" ] || continue
    if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      "$name" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  return 1
}

# A Chromium that tests can drive; the snap is last, it cannot read every folder.
find_chromium() {
  local name
  for name in "${WANGGE_CHROMIUM:-}" /usr/bin/chromium google-chrome-stable google-chrome chromium-browser \
    chromium /snap/bin/chromium; do
    [ -n "$name" ] && command -v "$name" >/dev/null && "$name" --version >/dev/null 2>&1 &&
      { command -v "$name"; return; }
  done
  return 1
}
