#!/usr/bin/env python3
"""Writes decode_reference.hpp: small files of every kind, made with Pillow, and the RGB pixels that
Pillow reads from them. Run: /usr/bin/python3 decode_reference.py > decode_reference.hpp"""
import io
import random
from PIL import Image, __version__

W, H = 20, 16


def gradient(mode, channels):
    image = Image.new(mode, (W, H))
    for y in range(H):
        for x in range(W):
            v = tuple((x * (9, 3, 12, 7)[c] + y * (4, 11, 2, 13)[c]) % 256 for c in range(channels))
            image.putpixel((x, y), v if channels > 1 else v[0])
    return image


def encode(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


rgb, grey, rgba, la = gradient("RGB", 3), gradient("L", 1), gradient("RGBA", 4), gradient("LA", 2)
palette = rgb.quantize(16)
noise = Image.new("L", (W, H))
random.seed(1)
noise.putdata([random.randrange(256) for _ in range(W * H)])

FILES = {
    "jpeg_rgb": encode(rgb, "JPEG", quality=95, subsampling=0),
    "jpeg_grey": encode(grey, "JPEG", quality=95),
    "jpeg_progressive": encode(rgb, "JPEG", quality=95, subsampling=0, progressive=True),
    "png_rgb": encode(rgb, "PNG"),
    "png_grey": encode(grey, "PNG"),
    "png_rgba": encode(rgba, "PNG"),
    "png_la": encode(la, "PNG"),
    "png_palette": encode(palette, "PNG"),
    "png_noise": encode(noise, "PNG"),
    "gif": encode(palette, "GIF", interlace=0),
    "gif_animated": encode(palette, "GIF", save_all=True, append_images=[rgb.rotate(180).quantize(8)]),
    "bmp": encode(rgb, "BMP"),
}


def show(name, data):
    print(f"inline const std::vector<std::uint8_t> {name}{{")
    for i in range(0, len(data), 20):
        print("    " + ", ".join(str(b) for b in data[i:i + 20]) + ",")
    print("};")


print("// Made by decode_reference.py with Pillow " + __version__ + "; do not edit.")
print("#pragma once\n\n// clang-format off\n")
print("#include <cstdint>\n#include <vector>\n\nnamespace osteon::test {\n")
print(f"inline constexpr int reference_width = {W}, reference_height = {H};\n")
for name, data in FILES.items():
    show(name, data)
    pixels = Image.open(io.BytesIO(data)).convert("RGB").tobytes()
    show(name + "_pixels", pixels) if name != "gif_animated" else None
    print()
print("}  // namespace osteon::test")
