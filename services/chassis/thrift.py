"""Thrift with memory: what was taken for a moment goes back to the machine when it is free."""

import ctypes
import gc
from contextlib import suppress

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
"""Parameters of glibc's `mallopt(3)`."""

LARGE = 1024 * 1024
"""Bytes from which a piece of memory is taken from the kernel by itself, and given back when it is free.

Left alone, glibc raises this with every large piece that is freed: the 19 MiB for a password would stay.
"""

SLACK = 8 * LARGE
"""Bytes that may stay free at the end of a heap, so that not every small piece asks the kernel."""

ARENAS = 2
"""Heaps that the threads of a process share; each keeps for itself what once was free in it."""


def keep_little() -> None:
    """Let this process keep little of what it frees; to be said before there are threads.

    Without glibc nothing happens: other allocators have ways of their own.
    """
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        for parameter, value in (
            (_M_MMAP_THRESHOLD, LARGE),
            (_M_TRIM_THRESHOLD, SLACK),
            (_M_ARENA_MAX, ARENAS),
        ):
            libc.mallopt(parameter, value)


def give_back() -> None:
    """Give back what is free by now, after work that took much and is done."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
