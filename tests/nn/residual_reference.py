#!/usr/bin/env python3
"""Writes residual_reference.hpp. Run: /usr/bin/python3 residual_reference.py > residual_reference.hpp"""
from torch import nn

from layer_fixture import footer, header, layer_fixture


class Residual(nn.Module):
    def __init__(self, branch, shortcut=None):
        super().__init__()
        self.branch, self.shortcut = branch, shortcut

    def forward(self, x):
        return self.branch(x) + (x if self.shortcut is None else self.shortcut(x))


def branch(channels, out, stride):
    return nn.Sequential(nn.Conv2d(channels, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out),
                         nn.ReLU(), nn.Conv2d(out, out, 3, 1, 1, bias=False), nn.BatchNorm2d(out))


def projection(channels, out, stride):
    return nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out))


header(__file__, "residual")
layer_fixture("identity", nn.Sequential(Residual(branch(2, 2, 1)), nn.ReLU()), (2, 4, 3), steps=2)
layer_fixture("projected",
              nn.Sequential(Residual(branch(2, 3, 2), projection(2, 3, 2)), nn.ReLU()), (2, 4, 3),
              steps=2)
layer_fixture("ends_in_relu",
              nn.Sequential(Residual(nn.Sequential(nn.Conv2d(2, 2, 3, 1, 1), nn.ReLU()))),
              (2, 3, 3))
footer("residual")
