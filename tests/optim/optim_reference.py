#!/usr/bin/env python3
"""Writes optim_reference.hpp: the 20 weights after 50 steps of torch.optim, and its schedules.

Run: /usr/bin/python3 optim_reference.py > optim_reference.hpp"""
import sys
import warnings
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from reference import print_array, print_footer, print_header, uniform  # noqa: E402

torch.set_default_dtype(torch.float64)
warnings.filterwarnings("ignore")  # a schedule is stepped without its optimizer
print_header("optim_reference.py", torch.__version__, "optim")


def weights_after_50(name, optimizer, **options):
    """Step t follows the gradient w + uniform(8, t)."""
    w = torch.nn.Parameter(torch.from_numpy(uniform(9, 0, (20,))))
    stepper = optimizer([w], **options)
    for t in range(50):
        w.grad = w.detach() + torch.from_numpy(uniform(8, t, (20,)))
        stepper.step()
    print_array(name, w.detach())


def rates(name, schedule, count, **options):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.02)
    scheduler = schedule(optimizer, **options)
    values = []
    for _ in range(count):
        values.append(optimizer.param_groups[0]["lr"])
        scheduler.step() if len(values) < count else None
    print_array(name, values)


SGD, Adam, AdamW = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
weights_after_50("sgd_plain", SGD, lr=0.05)
weights_after_50("sgd_momentum", SGD, lr=0.02, momentum=0.9)
weights_after_50("sgd_dampening", SGD, lr=0.05, momentum=0.8, dampening=0.3)
weights_after_50("sgd_nesterov", SGD, lr=0.02, momentum=0.9, nesterov=True)
weights_after_50("sgd_decay", SGD, lr=0.02, momentum=0.9, weight_decay=0.3)
weights_after_50("sgd_nesterov_decay", SGD, lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.1)
weights_after_50("adam", Adam, lr=0.02)
weights_after_50("adam_decay", Adam, lr=0.02, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.2)
weights_after_50("adamw", AdamW, lr=0.02)
weights_after_50("adamw_decay", AdamW, lr=0.02, betas=(0.8, 0.95), weight_decay=0.5)

schedulers = torch.optim.lr_scheduler
rates("step_rates", schedulers.StepLR, 50, step_size=7, gamma=0.5)
rates("cosine_rates", schedulers.CosineAnnealingLR, 51, T_max=50, eta_min=1e-4)
rates("one_cycle_rates", schedulers.OneCycleLR, 50, max_lr=0.1, total_steps=50)
rates("one_cycle_short_rates", schedulers.OneCycleLR, 40, max_lr=0.1, total_steps=40,
      pct_start=0.25, div_factor=10, final_div_factor=100)
print_footer("optim")
