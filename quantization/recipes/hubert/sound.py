"""Recordings by libsndfile."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy

LIBRARY = ctypes.CDLL("libsndfile.so.1")
LIBRARY.sf_open.restype = ctypes.c_void_p
LIBRARY.sf_readf_short.restype = ctypes.c_int64


class Info(ctypes.Structure):
    """What libsndfile says of a file."""

    _fields_ = [("frames", ctypes.c_int64), ("rate", ctypes.c_int), ("channels", ctypes.c_int), ("format", ctypes.c_int), ("sections", ctypes.c_int), ("seekable", ctypes.c_int)]


def read(path: Path, rate: int) -> numpy.ndarray:
    """Samples of a mono recording, int16."""
    info = Info()
    file = LIBRARY.sf_open(str(path).encode(), 0x10, ctypes.byref(info))
    if not file:
        raise SystemExit(f"{path} cannot be opened as a recording; is the path relative to another folder?")
    if info.channels != 1 or info.rate != rate:
        raise SystemExit(f"{path} is no mono recording of {rate} Hz.")
    samples = numpy.zeros(info.frames, numpy.int16)
    count = LIBRARY.sf_readf_short(ctypes.c_void_p(file), samples.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(info.frames))
    LIBRARY.sf_close(ctypes.c_void_p(file))
    return samples[:count]
