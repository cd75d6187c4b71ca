"""Reads recordings by libsndfile."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np

SAMPLE_RATE_HZ = 16000
LIBRARY = ctypes.CDLL("libsndfile.so.1")
LIBRARY.sf_open.restype = ctypes.c_void_p


class SoundFileInfo(ctypes.Structure):
    """SF_INFO of libsndfile."""

    _fields_ = [("frames", ctypes.c_int64), ("rate", ctypes.c_int), ("channels", ctypes.c_int), ("format", ctypes.c_int),
                ("sections", ctypes.c_int), ("seekable", ctypes.c_int)]


def read(path: Path) -> np.ndarray:
    """Reads a mono recording of 16 kHz as float32 [samples] in +-1."""
    info = SoundFileInfo()
    file = LIBRARY.sf_open(str(path).encode(), 0x10, ctypes.byref(info))
    if not file:
        raise SystemExit(f"{path} cannot be read by libsndfile.")
    samples = np.zeros(info.frames * info.channels, np.float32)
    LIBRARY.sf_readf_float(ctypes.c_void_p(file), samples.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(info.frames))
    LIBRARY.sf_close(ctypes.c_void_p(file))
    if (info.rate, info.channels) != (SAMPLE_RATE_HZ, 1):
        raise SystemExit(f"{path} has {info.channels} channels at {info.rate} Hz; expected one at {SAMPLE_RATE_HZ} Hz.")
    return samples
