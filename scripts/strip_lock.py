"""Keep a package-lock.json to names, versions and hashes: scripts/strip_lock.py FILE

A lock with addresses would name hosts that an intranet does not reach; npm finds the packages without them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ADDRESSES = ("funding", "resolved")


def stripped(lock: dict[str, object]) -> dict[str, object]:
    """The lock without the entries that hold addresses, in every package."""
    packages = lock.get("packages")
    if isinstance(packages, dict):
        for package in packages.values():
            for key in ADDRESSES:
                package.pop(key, None)
    return lock


if __name__ == "__main__":
    path = Path(sys.argv[1])
    lock = stripped(json.loads(path.read_text(encoding="utf-8")))
    path.write_text(json.dumps(lock, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
