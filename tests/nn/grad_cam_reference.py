#!/usr/bin/env python3
"""Writes grad_cam_reference.hpp: Grad-CAM by PyTorch's autograd on a small residual network with
parameters uniform(1, k, 0.5) and statistics uniform(4, k), in evaluation mode.

Run: /usr/bin/python3 grad_cam_reference.py > grad_cam_reference.hpp"""
import torch
from torch import nn

from layer_fixture import footer, header, tensor
from reference import print_array, uniform


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 4, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(4)
        self.conv2 = nn.Conv2d(4, 6, 3, 2, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(6)
        self.downsample = nn.Sequential(nn.Conv2d(4, 6, 1, 2, bias=False), nn.BatchNorm2d(6))
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        self.stem = torch.relu(self.bn1(self.conv1(x)))
        self.block = torch.relu(self.bn2(self.conv2(self.stem)) + self.downsample(self.stem))
        return self.fc(self.block.mean((2, 3)))


net = Net()
for k, p in enumerate(net.parameters()):
    p.data = tensor(1, k, tuple(p.shape), 0.5)
for k, (name, b) in enumerate((n, b) for n, b in net.named_buffers() if "running" in n):
    b.copy_(torch.from_numpy(uniform(
        4, k, tuple(b.shape), 0.5, 1.0 if name.endswith("var") else 0.0)))
net.eval()

header(__file__, "grad_cam")
x = tensor(2, 0, (1, 2, 9, 8))
logits = net(x)
print_array("logits", logits.detach())
for target in (0, 1):
    for name in ("stem", "block"):
        activation = getattr(net, name)
        gradient, = torch.autograd.grad(logits[0, target], activation, retain_graph=True)
        weights = gradient.mean((2, 3), keepdim=True)
        print_array(f"{name}{target}", torch.relu((weights * activation).sum(1)).detach())
footer("grad_cam")
