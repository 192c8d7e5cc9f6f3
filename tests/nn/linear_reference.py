#!/usr/bin/env python3
"""Writes linear_reference.hpp. Run: /usr/bin/python3 linear_reference.py > linear_reference.hpp"""
from torch import nn

from layer_fixture import footer, header, layer_fixture

header(__file__, "linear")
layer_fixture("bias", nn.Linear(5, 3), (5,), batch=4)
layer_fixture("no_bias", nn.Linear(19, 2, bias=False), (19,), batch=3)
layer_fixture("mlp", nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3)), (6,), batch=3)
footer("linear")
