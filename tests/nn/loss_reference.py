#!/usr/bin/env python3
"""Writes loss_reference.hpp. Run: /usr/bin/python3 loss_reference.py > loss_reference.hpp"""
import torch
from torch import nn

from layer_fixture import footer, header, tensor
from reference import print_array

header(__file__, "loss")
labels = torch.tensor([0, 3, 4, 1, 3, 2])
for name, smoothing in (("plain", 0.0), ("smooth", 0.1)):
    logits = tensor(4, 0, (6, 5), 8.0).requires_grad_()
    loss = nn.CrossEntropyLoss(label_smoothing=smoothing)(logits, labels)
    loss.backward()
    print(f"namespace {name} {{")
    print_array("value", loss.detach())
    print_array("gradient", logits.grad)
    print(f"}}  // namespace {name}")
footer("loss")
