#!/usr/bin/env python3
"""Writes heat_map_reference.hpp: torch.nn.functional.interpolate of maps uniform(8, k).

Run: /usr/bin/python3 heat_map_reference.py > heat_map_reference.hpp"""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from reference import print_array, print_footer, print_header, uniform  # noqa: E402

print_header("heat_map_reference.py", torch.__version__, "heat_map")
for k, (name, size, to) in enumerate([("enlarged", (3, 2), (7, 9)), ("reduced", (6, 5), (2, 3)),
                                      ("single", (1, 1), (2, 2)), ("same", (2, 3), (2, 3))]):
    x = torch.from_numpy(uniform(8, k, (1, 1, *size)))
    print_array(name, torch.nn.functional.interpolate(x, to, mode="bilinear",
                                                      align_corners=False))
print_footer("heat_map")
