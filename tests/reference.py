"""Shared by the *_reference.py scripts: the numbers that both languages draw, and C++ arrays.

uniform() is osteon::test::uniform (tests/reference.hpp): Philox4x32-10, 16 bits a value, so that
every value is exact in float and in double and both languages agree bit for bit.
"""
import numpy as np


def philox(seed, stream, counters):
    """Four words for every counter, as osteon::Philox{seed, stream}(counter)."""
    low, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    counters = np.asarray(counters, dtype=np.uint64)
    c = [counters & low, counters >> shift,
         np.full_like(counters, stream & 0xFFFFFFFF), np.full_like(counters, stream >> 32)]
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(p1 >> shift) ^ c[1] ^ np.uint64(k0), p1 & low,
             (p0 >> shift) ^ c[3] ^ np.uint64(k1), p0 & low]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, axis=-1)


def words(seed, stream, count):
    """`count` words: element i is word i % 4 of counter i / 4."""
    return philox(seed, stream, np.arange((count + 3) // 4)).reshape(-1)[:count]


def uniform(seed, stream, shape, scale=1.0, centre=0.0):
    """centre + scale * (a multiple of 2^-15 in [-1, 1)), in row-major order of `shape`."""
    count = int(np.prod(shape))
    unit = (words(seed, stream, count) >> np.uint64(16)).astype(np.float64) / 32768 - 1
    return (centre + scale * unit).reshape(shape)


def print_array(name, values, digits=12):
    """An array of doubles as C++."""
    flat = [f"{v:.{digits}g}" for v in np.asarray(values, dtype=np.float64).reshape(-1)]
    print(f"inline constexpr double {name}[] = {{", end="")
    line = 200
    for v in flat:
        if line + len(v) + 2 > 98:
            print("\n    ", end="")
            line = 4
        else:
            print(" ", end="")
            line += 1
        print(v + ",", end="")
        line += len(v) + 1
    print("};")


def print_header(script, torch_version, namespace):
    print(f"// Made by {script} with PyTorch {torch_version} in float64; do not edit.")
    print("#pragma once\n\n// clang-format off\n")
    print(f"namespace osteon::test::{namespace} {{\n")


def print_footer(namespace):
    print(f"\n}}  // namespace osteon::test::{namespace}")
