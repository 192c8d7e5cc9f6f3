#!/usr/bin/env python3
"""Writes resize_reference.hpp: what Pillow's Image.resize(BILINEAR) makes of a picture that the
test draws itself. Run: /usr/bin/python3 resize_reference.py > resize_reference.hpp (python3-pil)."""
from PIL import Image, __version__

CASES = [  # width, height, new width, new height, channels
    (37, 23, 8, 8, 3),
    (5, 7, 16, 11, 3),
    (64, 48, 64, 5, 3),
    (64, 48, 7, 48, 3),
    (320, 211, 12, 9, 1),
    (3, 200, 9, 9, 1),
    (1, 1, 4, 4, 3),
]


def value(x, y, c):
    """A hash: any filter error shows. Small blocks of 0 and 255 drive the rounding to its limits."""
    if (x // 3 + y // 2 + c) % 5 == 0:
        return 255 if (x // 3) % 2 else 0
    return ((x * 73856093) ^ (y * 19349663) ^ (c * 83492791)) % 251


print("// Made by resize_reference.py with Pillow " + __version__ + "; do not edit.")
print("#pragma once\n")
print("#include <cstdint>\n#include <vector>\n")
print("namespace osteon::test {\n")
print("struct ResizeCase {\n  int width, height, new_width, new_height, channels;")
print("  std::vector<std::uint8_t> expected;\n};\n")
print("inline const std::vector<ResizeCase> resize_cases{")
for width, height, new_width, new_height, channels in CASES:
    image = Image.new("RGB" if channels == 3 else "L", (width, height))
    for y in range(height):
        for x in range(width):
            v = tuple(value(x, y, c) for c in range(channels))
            image.putpixel((x, y), v if channels == 3 else v[0])
    out = list(image.resize((new_width, new_height), Image.BILINEAR).tobytes())
    print(f"    {{{width}, {height}, {new_width}, {new_height}, {channels},\n     {{", end="")
    for i, v in enumerate(out):
        if i and i % 22 == 0:
            print("\n      ", end="")
        print(f"{v}", end=", " if i + 1 < len(out) else "")
    print("}},")
print("};\n")
print("}  // namespace osteon::test")
