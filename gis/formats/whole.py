"""Files that appear whole or not at all: written beside their place, then put there in one step."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Where to write what shall become `path`: a file of the same name in a folder of its own beside it.

    It takes the place of `path` when the block ends well; after an error or Ctrl-C nothing has changed.
    Missing folders are made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".wangge-write-") as place:
        made = Path(place) / path.name
        yield made
        os.replace(made, path)  # noqa: PTH105 - the point is that it is one step
