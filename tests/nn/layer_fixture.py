"""Shared by the *_reference.py scripts of layers: runs a torch module as tests/nn/torch_check.hpp
runs the same network, and prints what it gives."""
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from reference import print_array, print_footer, print_header, uniform  # noqa: E402

torch.set_default_dtype(torch.float64)


def tensor(seed, stream, shape, scale=1.0):
    return torch.from_numpy(uniform(seed, stream, shape, scale))


def layer_fixture(name, module, input_shape, batch=2, steps=1):
    """Parameter k is uniform(1, k, 0.5). `steps` training steps on inputs uniform(2, step) with
    output gradients uniform(3, step), added up, then one evaluation of uniform(2, 100)."""
    for k, parameter in enumerate(module.parameters()):
        parameter.data = tensor(1, k, tuple(parameter.shape), 0.5)
    module.train()
    for step in range(steps):
        x = tensor(2, step, (batch, *input_shape)).requires_grad_()
        y = module(x)
        y.backward(tensor(3, step, tuple(y.shape)))
    gradients = [p.grad.reshape(-1) for p in module.parameters()]
    buffers = [b.reshape(-1) for n, b in module.named_buffers() if "running" in n]
    module.eval()
    evaluated = module(tensor(2, 100, (batch, *input_shape)))
    none = torch.zeros(1)  # C++ has no empty arrays
    print(f"namespace {name} {{")
    print_array("y", y.detach())
    print_array("dx", x.grad)
    print_array("gradients", torch.cat(gradients) if gradients else none)
    print_array("buffers", torch.cat(buffers) if buffers else none)
    print_array("evaluated", evaluated.detach())
    print(f"}}  // namespace {name}")


def header(script, namespace):
    print_header(Path(script).name, torch.__version__, namespace)


footer = print_footer
