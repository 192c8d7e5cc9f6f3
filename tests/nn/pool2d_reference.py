#!/usr/bin/env python3
"""Writes pool2d_reference.hpp. Run: /usr/bin/python3 pool2d_reference.py > pool2d_reference.hpp"""
from torch import nn

from layer_fixture import footer, header, layer_fixture

header(__file__, "pool2d")
layer_fixture("max3", nn.MaxPool2d(3, 2, 1), (2, 5, 6))
layer_fixture("max2", nn.MaxPool2d(2), (3, 5, 4))
layer_fixture("avg3", nn.AvgPool2d(3, 2, 1), (2, 5, 6))
layer_fixture("avg2", nn.AvgPool2d(2), (3, 5, 4))
layer_fixture("global_avg", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), (3, 4, 5))
layer_fixture("flatten", nn.Sequential(nn.Flatten(), nn.Linear(12, 2)), (3, 2, 2))
footer("pool2d")
