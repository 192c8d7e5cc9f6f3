#!/usr/bin/env python3
"""Writes augment_reference.hpp: affine maps by SciPy's affine_transform, bilinear, with repeated
borders, of a picture that the test draws itself.
Run: /usr/bin/python3 augment_reference.py > augment_reference.hpp (python3-scipy)."""
import sys
from pathlib import Path

import numpy as np
import scipy
from scipy.ndimage import affine_transform

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from reference import print_array, words  # noqa: E402

WIDTH, HEIGHT = 9, 7
CASES = [  # flip, degrees, scale, shift_x, shift_y
    (True, 0, 1, 0, 0),
    (False, 30, 1, 0, 0),
    (False, 0, 1.25, 0, 0),
    (False, 0, 0.5, 0, 0),
    (False, 0, 1, 0.2, -0.1),
    (True, -20, 1.1, 0.15, 0.05),
    (True, 135, 0.8, -0.3, 0.2),
]

image = (words(31, 0, HEIGHT * WIDTH * 3) >> np.uint64(24)).astype(np.float64)
image = image.reshape(HEIGHT, WIDTH, 3)


def forward(flip, degrees, scale, shift_x, shift_y):
    """Source to result in (row, column), as a product of the single steps."""
    def move(rows, columns):
        return np.array([[1, 0, rows], [0, 1, columns], [0, 0, 1]], dtype=float)
    middle = ((HEIGHT - 1) / 2, (WIDTH - 1) / 2)
    mirror = np.diag([1, -1 if flip else 1, 1])
    size = np.diag([scale, scale, 1])
    t = np.deg2rad(degrees)  # counter-clockwise as seen: right turns to up, the smaller rows
    turn = np.array([[np.cos(t), -np.sin(t), 0], [np.sin(t), np.cos(t), 0], [0, 0, 1]])
    return (move(shift_y * HEIGHT, shift_x * WIDTH) @ move(*middle) @ turn @ size @ mirror
            @ move(-middle[0], -middle[1]))


print(f"// Made by augment_reference.py with SciPy {scipy.__version__}; do not edit.")
print("#pragma once\n\n#include <osteon/data/augment.hpp>\n\n#include <span>\n#include <vector>\n")
print("// clang-format off\n\nnamespace osteon::test {\n")
print(f"inline constexpr int augment_width = {WIDTH}, augment_height = {HEIGHT};\n")
for n, case in enumerate(CASES):
    inverse = np.linalg.inv(forward(*case))
    out = np.stack([affine_transform(image[..., k], inverse[:2, :2], inverse[:2, 2], order=1,
                                     mode="nearest") for k in range(3)], axis=-1)
    print_array(f"augmented_{n}", out, digits=7)
print("\nstruct AugmentCase {\n  data::Augmentation augmentation;")
print("  std::span<const double> expected;  // before rounding to 8 bits\n};\n")
print("inline const std::vector<AugmentCase> augment_cases{")
for n, (flip, degrees, scale, x, y) in enumerate(CASES):
    print(f"    {{{{.flip = {'true' if flip else 'false'}, .degrees = {degrees}, "
          f".scale = {float(scale)}F, .shift_x = {float(x)}F, .shift_y = {float(y)}F}},\n"
          f"     augmented_{n}}},")
print("};\n\n}  // namespace osteon::test")
