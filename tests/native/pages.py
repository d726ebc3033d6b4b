"""Memory whose last byte is the last of a page, with a page behind it that must not be read."""

import ctypes
import mmap
import sys

import pytest


class Page:
    """A page in front of a page that cannot be read: a decoder that looks one byte too far crashes."""

    def __init__(self) -> None:
        if sys.platform == "win32":
            pytest.skip("mprotect is not available")
        self._map = mmap.mmap(-1, 2 * mmap.PAGESIZE)
        self._view = memoryview(self._map)
        libc = ctypes.CDLL(None, use_errno=True)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        if libc.mprotect(ctypes.c_void_p(start + mmap.PAGESIZE), ctypes.c_size_t(mmap.PAGESIZE), 0) != 0:
            pytest.skip("the page cannot be protected")

    def end_with(self, text: bytes) -> memoryview:
        """Return a view of *text* that ends where the page ends."""
        place = self._view[mmap.PAGESIZE - len(text) : mmap.PAGESIZE]
        place[:] = text
        return place
