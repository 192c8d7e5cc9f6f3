#!/usr/bin/env python3
"""Writes batch_norm2d_reference.hpp. Run: /usr/bin/python3 batch_norm2d_reference.py > batch_norm2d_reference.hpp"""
from torch import nn

from layer_fixture import footer, header, layer_fixture

header(__file__, "batch_norm2d")
layer_fixture("two_steps", nn.BatchNorm2d(3), (3, 2, 4), steps=2)
layer_fixture("one_pixel", nn.BatchNorm2d(2), (2, 1, 1), batch=5, steps=2)
layer_fixture("after_conv", nn.Sequential(nn.Conv2d(2, 3, 3, 1, 1), nn.BatchNorm2d(3), nn.ReLU()),
              (2, 4, 3), steps=2)
footer("batch_norm2d")
