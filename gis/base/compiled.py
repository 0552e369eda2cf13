"""Compile numeric kernels with numba so that a read-only checkout and parallel processes both work.

numba keeps the machine code beside the module, else in the user's cache folder. Where neither can be
written (a container without a home) it refuses to decorate at all, and where the disk fills up later it
fails the call that only wanted to save; in both cases the kernel must simply be compiled in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """`function` compiled at its first call, without the GIL, cached on disk where that is possible.

    Kernels that call each other belong in one file: the cache notices changes of the caller's file only.
    """
    try:
        kernel = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # no folder to cache in
        return cast("F", numba.njit(nogil=True)(function))
    _forgive_failed_saves(kernel)
    return cast("F", kernel)


def inlined(function: F) -> F:
    """As `compiled`, for a helper that is copied into its callers.

    Tuples of arrays are passed by value: handing thirty arrays to a function costs more than a short function does.
    """
    return cast("F", numba.njit(nogil=True, inline="always")(function))


def _forgive_failed_saves(kernel: Any) -> None:
    cache = getattr(kernel, "_cache", None)
    save = getattr(cache, "save_overload", None)
    if save is None:  # compilation switched off, or another numba
        return

    def save_if_possible(*arguments: Any) -> None:
        with suppress(OSError):
            save(*arguments)

    cast("Any", cache).save_overload = save_if_possible
