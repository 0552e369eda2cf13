#!/usr/bin/env bash
# Install what is missing of the machine's packages: scripts/packages.sh GROUP...
# Groups: python, run (database, npm, what the PDF report needs), test (browser, Chinese font), bench (ogr2ogr, pgRouting).
# Nothing is installed twice, no service is started, the distribution's own cluster is not created.
source "$(dirname "$0")/lib.sh"

DROP_IN=/etc/postgresql-common/createcluster.d/wangge.conf

distribution() { (. /etc/os-release 2>/dev/null; echo "${ID:-unknown} ${VERSION_ID:-}"); }

# The PostgreSQL major to install: one that is here without PostGIS, else the distribution's own.
postgres_major() {
  local found
  found=$(ls /usr/lib/postgresql 2>/dev/null | sort -n | tail -1)
  [ -n "$found" ] && [ -x "/usr/lib/postgresql/$found/bin/initdb" ] && { echo "$found"; return; }
  found=$(apt-cache show postgresql 2>/dev/null | sed -n 's/^Depends:.*postgresql-\([0-9]\+\).*/\1/p' | head -1)
  case "${found:-$(distribution)}" in
    [0-9]*) echo "$found" ;;
    "ubuntu 24."*) echo 16 ;;
    "debian 13") echo 17 ;;
    *) echo 15 ;;
  esac
}

has_postgis() {
  local major
  for major in $(ls /usr/lib/postgresql 2>/dev/null); do
    [ -x "/usr/lib/postgresql/$major/bin/initdb" ] &&
      [ -e "/usr/share/postgresql/$major/extension/postgis.control" ] && return 0
  done
  command -v pg_config >/dev/null && [ -e "$(pg_config --sharedir 2>/dev/null)/extension/postgis.control" ]
}

has_pgrouting() { ls /usr/share/postgresql/*/extension/pgrouting.control >/dev/null 2>&1; }
has_library() { [ -n "$(ldconfig -p 2>/dev/null | grep -F "$1" || ls /usr/lib/*/"$1" 2>/dev/null)" ]; }
has_chinese_font() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh family 2>/dev/null)" ]; }

# Names the packages that group $1 still needs, one a line.
missing() {
  case $1 in
    python) find_python >/dev/null || printf '%s\n' python3 python3-venv ;;
    run)
      [ -n "${WANGGE_DATABASE_URL:-}" ] || has_postgis ||
        printf '%s\n' "postgresql-$(postgres_major)" "postgresql-$(postgres_major)-postgis-3"
      command -v npm >/dev/null && command -v node >/dev/null || printf '%s\n' nodejs npm
      has_library libpangoft2-1.0.so.0 || printf '%s\n' libpango-1.0-0 libpangoft2-1.0-0
      has_library libharfbuzz-subset.so.0 || echo libharfbuzz-subset0
      has_chinese_font || printf '%s\n' fontconfig fonts-noto-cjk
      ;;
    test)
      has_postgis || printf '%s\n' "postgresql-$(postgres_major)" "postgresql-$(postgres_major)-postgis-3"
      find_chromium >/dev/null || case $(distribution) in ubuntu*) echo chromium-browser ;; *) echo chromium ;; esac
      has_chinese_font || printf '%s\n' fontconfig fonts-noto-cjk
      ;;
    bench)
      command -v ogr2ogr >/dev/null || echo gdal-bin
      has_pgrouting || echo "postgresql-$(postgres_major)-pgrouting"
      ;;
    *) die "没有这个组 / no such group: $1" ;;
  esac
}

refuse() {
  die "缺少软件包，且没有 root 或 sudo 权限。请让管理员执行 / packages are missing and there is neither root nor" \
    "sudo here. Let an administrator run:" \
    "" "  sudo apt-get install $*" "" \
    "或使用容器 / or use containers:" "" "  docker compose up" "" \
    "（未做任何改动 / nothing was changed）"
}

install() {
  local as_root=$1; shift
  local apt=(${as_root:+$as_root} env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
    apt-get -o DPkg::Lock::Timeout=300 -qq)
  say "安装 / installing: $*"
  "${apt[@]}" update || say "apt-get update 失败，继续用已有列表 / failed, going on with the lists that are here"
  if ! [ -e "$DROP_IN" ] && [[ " $* " == *" postgresql-"* ]]; then
    # Debian would make and start a cluster of its own; ours is private. The line goes when we are done.
    # shellcheck disable=SC2064 # the way to be root is known now
    trap "$as_root rm -f '$DROP_IN'" EXIT
    $as_root mkdir -p "${DROP_IN%/*}"
    echo 'create_main_cluster = false' | $as_root tee "$DROP_IN" >/dev/null
  fi
  "${apt[@]}" install -y --no-install-recommends "$@" >/dev/null ||
    die "安装失败 / installing failed: sudo apt-get install $*"
}

main() {
  local group wanted=() as_root
  for group in "$@"; do mapfile -t -O "${#wanted[@]}" wanted < <(missing "$group"); done
  mapfile -t wanted < <(printf '%s\n' "${wanted[@]}" | sed '/^$/d' | sort -u)
  [ "${#wanted[@]}" -gt 0 ] || return 0
  command -v apt-get >/dev/null ||
    die "此系统没有 apt，请自行安装 / no apt here; install the equivalents of: ${wanted[*]}" \
      "或使用容器 / or use containers: docker compose up"
  as_root=$(root_by)
  [ "$as_root" != none ] || refuse "${wanted[@]}"
  if [[ " ${wanted[*]} " == *" chromium-browser "* ]] && ! command -v snap >/dev/null; then
    die "Ubuntu 的 Chromium 是 snap，此处没有 snapd。请安装 Google Chrome，或用 WANGGE_CHROMIUM 指定浏览器。" \
      "Chromium is a snap on Ubuntu and there is no snapd here: install Google Chrome, or name a browser" \
      "with WANGGE_CHROMIUM=/path/to/chrome."
  fi
  one_at_a_time packages
  install "$as_root" "${wanted[@]}"
  for group in "$@"; do
    mapfile -t wanted < <(missing "$group")
    [ "${#wanted[@]}" = 0 ] || die "安装后仍缺少 / still missing after installing: ${wanted[*]}"
  done
}

main "$@"
