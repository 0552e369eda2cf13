#!/usr/bin/env bash
# Bring the map libraries from npm to web/vendor, when package.json, its lock or the copying changed.
source "$(dirname "$0")/lib.sh"

digest() { cat web/package.json web/package-lock.json scripts/vendor_assets.py | sha256sum | cut -c1-16; }

one_at_a_time web
if [ "$(cat web/vendor/.ready 2>/dev/null)" != "$(digest)" ]; then
  say "安装地图库 / installing the map libraries"
  (cd web && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null) ||
    die "npm 失败，请检查网络后重试 / npm failed; check the network and try again"
  .venv/bin/python scripts/vendor_assets.py >/dev/null
  digest >web/vendor/.ready
fi
