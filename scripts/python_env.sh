#!/usr/bin/env bash
# Make or bring up to date the virtual environment: scripts/python_env.sh runtime|dev|bench
# Every file is checked against the hashes of the lock. A half-made environment bears no mark and is rebuilt.
source "$(dirname "$0")/lib.sh"

LEVELS=(runtime dev bench)

lock_of() { case $1 in runtime) echo requirements.lock ;; *) echo "requirements-$1.lock" ;; esac; }
digest() { cat "$(lock_of "$1")" requirements-setup.lock | sha256sum | cut -c1-16; }
mark_of() { echo ".venv/.ready-$1"; }

# A higher level contains the lower ones.
satisfied() {
  local level seen=
  for level in "${LEVELS[@]}"; do
    [ "$level" = "$1" ] && seen=1
    [ -n "$seen" ] && [ "$(cat "$(mark_of "$level")" 2>/dev/null)" = "$(digest "$level")" ] && return 0
  done
  return 1
}

# The level already here, so that a demo after a test run takes nothing away.
highest() {
  local level found=$1 above=
  for level in "${LEVELS[@]}"; do
    [ -n "$above" ] && [ -e "$(mark_of "$level")" ] && found=$level
    [ "$level" = "$1" ] && above=1
  done
  echo "$found"
}

# uv reads no pip settings; a mirror set for pip is meant for it as well.
mirror() { echo "${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$(.venv/bin/pip config get global.index-url 2>/dev/null || true)}}"; }

install() {
  local lock=$1 index
  index=$(mirror)
  [ -x .venv/bin/uv ] || .venv/bin/pip install -q --no-deps --require-hashes -r requirements-setup.lock || true
  # An intranet mirror is often signed by the site's own authority, which the system store knows.
  if [ -x .venv/bin/uv ] && UV_SYSTEM_CERTS=true UV_DEFAULT_INDEX=${index:-https://pypi.org/simple} .venv/bin/uv pip sync -q \
    --python .venv/bin/python --require-hashes "$lock" requirements-setup.lock; then
    return
  fi
  say "uv 不可用，改用 pip / uv did not work here, using pip"
  .venv/bin/pip install -q --no-deps --require-hashes -r "$lock"
}

# The program runs from the checkout: a path file and a small command instead of a build.
link_program() {
  local site command=.venv/bin/wangge
  site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  [ "$(cat "$site/wangge.pth" 2>/dev/null)" = "$ROOT" ] || echo "$ROOT" >"$site/wangge.pth"
  [ -x "$command" ] && grep -q -- '-m gis.cli ' "$command" && return
  # shellcheck disable=SC2016 # expanded when the command runs
  printf '%s\n' '#!/bin/sh' 'exec "$(dirname "$(readlink -f "$0")")/python" -m gis.cli "$@"' >"$command"
  chmod +x "$command"
}

main() {
  local level
  if [ -e .venv ] && ! compgen -G '.venv/.ready-*' >/dev/null; then
    say "重建未完成的 .venv / rebuilding a half-made .venv"
    rm -rf .venv
  fi
  if ! .venv/bin/python -c '' 2>/dev/null; then
    rm -rf .venv
    local python
    python=$(find_python) || die "需要 Python 3.11 或更新（含 venv）/ Python 3.11 or newer with venv is needed:" \
      "sudo apt-get install python3 python3-venv"
    say "创建 .venv（$("$python" -V)）/ making .venv"
    "$python" -m venv .venv
  fi
  if ! satisfied "$1"; then
    level=$(highest "$1")
    say "安装 Python 依赖 / installing Python packages ($(lock_of "$level"))"
    rm -f .venv/.ready-*
    install "$(lock_of "$level")"
    link_program
    digest "$level" >"$(mark_of "$level")"
  fi
  link_program
}

one_at_a_time python
main "$1"
