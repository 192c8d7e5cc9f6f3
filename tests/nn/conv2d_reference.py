#!/usr/bin/env python3
"""Writes conv2d_reference.hpp. Run: /usr/bin/python3 conv2d_reference.py > conv2d_reference.hpp"""
from torch import nn

from layer_fixture import footer, header, layer_fixture

header(__file__, "conv2d")
layer_fixture("stride1", nn.Conv2d(2, 3, 3, 1, 1), (2, 4, 5))
layer_fixture("stride2", nn.Conv2d(3, 2, 3, 2, 1, bias=False), (3, 5, 6))
layer_fixture("stem", nn.Conv2d(1, 2, 7, 2, 3), (1, 9, 8), batch=1)
layer_fixture("pointwise", nn.Conv2d(16, 2, 1, 2), (16, 3, 3))
layer_fixture("wide", nn.Conv2d(17, 2, 2), (17, 3, 2))
footer("conv2d")
