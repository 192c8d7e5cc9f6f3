"""Pictures for the tests of the programs: drawn and written without Osteon."""

import random
import struct
import zlib

SIDE = 64


def png(rows):
    """A grey PNG file of rows of bytes."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data)
            + chunk(b"IEND", b""))


def blobs(seed):
    """A picture of soft spots, the same for the same seed."""
    rng = random.Random(seed)
    spots = [(rng.uniform(8, 56), rng.uniform(8, 56), rng.uniform(3, 9), rng.uniform(40, 200))
             for _ in range(9)]
    return [[min(255, int(sum(h / (1 + ((x - cx) ** 2 + (y - cy) ** 2) / (r * r))
                              for cx, cy, r, h in spots) / 2)) for x in range(SIDE)]
            for y in range(SIDE)]


def quarter_turn(rows):
    return [list(row) for row in zip(*rows[::-1])]
