#!/usr/bin/env python3
"""Writes resnet_reference.hpp: what torchvision's ResNet-18 with 2 classes computes in float64 from
weights and images that both languages draw alike (reference.py). Of the 11 million gradients the
fixture keeps, for each parameter, the norm, two +-1 projections and 16 entries.

Run: /usr/bin/python3 resnet_reference.py > resnet_reference.hpp"""
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torchvision

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from reference import print_array, print_footer, print_header, uniform, words  # noqa: E402

torch.set_default_dtype(torch.float64)
torch.manual_seed(0)
model = torchvision.models.resnet18(num_classes=2)


# A pre-activation near 0 that rounds to the other side changes gradients by more than float's
# precision, in torch as elsewhere. With this seed there is none: torch's own float32, with and
# without oneDNN, agrees with its float64 to 1e-5.
SEED = 7


def draw(stream, shape, scale, centre=0.0):
    return torch.from_numpy(uniform(SEED, stream, tuple(shape), scale, centre))


for k, (name, p) in enumerate(model.named_parameters()):
    if p.dim() > 1:  # about Kaiming's bound, a power of two
        bound = math.sqrt(6 / (p.numel() / p.shape[0]))
        p.data = draw(k, p.shape, 2.0 ** round(math.log2(bound)))
    else:
        p.data = draw(k, p.shape, 0.25, 1.0 if name.endswith("weight") else 0.0)
buffers = [(n, b) for n, b in model.named_buffers() if "running" in n]
for k, (name, b) in enumerate(buffers):
    is_variance = name.endswith("running_var")
    b.copy_(draw(1000 + k, b.shape, 0.5 if is_variance else 0.25, 1.0 if is_variance else 0.0))


def digest(stream, values):
    values = values.detach().numpy().reshape(-1)
    bits = words(5, stream, values.size)
    signs = [np.where(bits >> np.uint64(b) & np.uint64(1), 1.0, -1.0) for b in (0, 1)]
    at = words(6, stream, 16) % np.uint64(values.size)
    return [np.linalg.norm(values), *[(values * s).sum() for s in signs], *values[at]]


def numbers(values):
    return ", ".join(f"{v:.12g}" for v in values)


x = draw(2000, (4, 3, 64, 64), 2.0)
labels = torch.tensor([0, 1, 1, 0])
model.eval()
evaluated = model(x).detach()
large = model(draw(2001, (1, 3, 224, 224), 2.0)).detach()
model.train()
trained = model(x)
loss = torch.nn.functional.cross_entropy(trained, labels)
loss.backward()

print_header("resnet_reference.py", torch.__version__, "resnet")
print_array("evaluation_logits", evaluated)
print_array("large_image_logits", large)
print_array("training_logits", trained.detach())
print_array("loss", loss.detach())
print("""
/// A tensor: its name and extents, the norm, two projections and 16 entries of its gradient (a
/// parameter) or of its values after one training step (a running statistic).
struct Digest {
  const char* name;
  long extents[4];
  double norm, projections[2], entries[16];
};
""")
for title, entries in (("gradients", [(n, p.shape, p.grad) for n, p in model.named_parameters()]),
                       ("statistics", [(n, b.shape, b) for n, b in buffers])):
    print(f"inline constexpr Digest {title}[] = {{")
    for k, (name, shape, values) in enumerate(entries):
        d = digest(k, values)
        extents = ", ".join(str(e) for e in shape)
        print(f'    {{"{name}", {{{extents}}},\n     {d[0]:.12g}, {{{numbers(d[1:3])}}},')
        print(f"     {{{numbers(d[3:9])},\n      {numbers(d[9:14])},\n      {numbers(d[14:])}}}}},")
    print("};\n")
print_footer("resnet")
