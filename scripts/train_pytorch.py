#!/usr/bin/env python3
"""Repeats a finished run of fracture_train in PyTorch: the same split, mask and recipe.

  scripts/train_pytorch.py RUN [--out DIR] [--device cuda]

RUN is the folder of the finished run: its metrics.json gives the recipe, its split.csv the parts,
the zeros of its final model the mask. Writes DIR/metrics.json and DIR/predictions.csv as
fracture_train does, for scripts/results.py. Random numbers differ, and with them initial weights,
order and augmentation. Needs PyTorch, torchvision and Pillow (Debian: python3-torch
python3-torchvision python3-pil).
"""
import argparse
import csv
import json
import math
import random
import struct
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from PIL import Image, ImageFile

ImageFile.LOAD_TRUNCATED_IMAGES = True
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
# Of fracture_train's --augment: flip, degrees, translate, scale, brightness, contrast, noise.
AMOUNTS = {"none": (0, 0, 0, 0, 0, 0, 0), "light": (0.5, 10, 0.05, 0.1, 0.1, 0.1, 0),
           "strong": (0.5, 30, 0.1, 0.2, 0.2, 0.2, 0.02)}
EVALUATION_BATCH = 64


def read_safetensors(path):
    """The float32 tensors of a file by name."""
    content = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8:8 + length])
    tensors = {}
    for name, about in header.items():
        if name != "__metadata__" and about["dtype"] == "F32":
            begin, end = about["data_offsets"]
            values = np.frombuffer(content[8 + length + begin:8 + length + end], "<f4").copy()
            tensors[name] = torch.from_numpy(values).reshape(about["shape"])
    return tensors


class Part:
    """The images of one part in memory, uint8 (N, 3, size, size)."""

    def __init__(self, rows, data, size, positive, device):
        self.rows = rows
        self.labels = torch.tensor([int(row["class"] != positive) for row in rows],  # 0: positive
                                   device=device)
        images = []
        for row in rows:
            with Image.open(data / row["path"]) as image:
                image = image.convert("RGB").resize((size, size), Image.BILINEAR)
                images.append(torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1))
        self.images = torch.stack(images).to(device)

    def __len__(self):
        return len(self.rows)


def shares(total, count, draws):
    result = [total // count + (i < total % count) for i in range(count)]
    draws.shuffle(result)
    return result


def balanced(rows, draws):
    """Each class as often as the other, and in it each group, and in it each image."""
    members = {}
    for i, row in enumerate(rows):
        members.setdefault(row["class"], {}).setdefault(row["group"], []).append(i)
    drawn = []
    for groups, of_class in zip(members.values(), shares(len(rows), len(members), draws)):
        for images, of_group in zip(groups.values(), shares(of_class, len(groups), draws)):
            for i, times in zip(images, shares(of_group, len(images), draws)):
                drawn += [i] * times
    draws.shuffle(drawn)
    return drawn


def augmented(x, amounts, generator):
    """x in [0, 1], (N, 3, H, W): one affine map, border repeated, then values."""
    flip, degrees, translate, scale, brightness, contrast, noise = amounts
    if not any(amounts):
        return x
    count = len(x)

    def chance(*shape):
        return torch.rand(*shape, generator=generator, device=x.device)

    def within(bound):
        return (2 * chance(count) - 1) * bound

    mirror = 1 - 2 * (chance(count) < flip).float()
    angle, size = within(degrees) * math.pi / 180, 1 + within(scale)
    cosine, sine = torch.cos(angle) / size, torch.sin(angle) / size
    shift_x, shift_y = 2 * within(translate), 2 * within(translate)
    theta = torch.stack([
        torch.stack([mirror * cosine, -mirror * sine,
                     -mirror * (cosine * shift_x - sine * shift_y)], 1),
        torch.stack([sine, cosine, -(sine * shift_x + cosine * shift_y)], 1)], 1)
    mean = x.mean((1, 2, 3), keepdim=True)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    x = F.grid_sample(x, grid, padding_mode="border", align_corners=False)
    gain = (1 + within(brightness)).view(-1, 1, 1, 1)
    x = gain * (mean + (1 + within(contrast)).view(-1, 1, 1, 1) * (x - mean))
    deviation = (chance(count) * noise).view(-1, 1, 1, 1)
    x = x + deviation * torch.randn(count, 1, *x.shape[2:], generator=generator, device=x.device)
    return x.clamp(0, 1)


def normalized(x):
    """x in [0, 1]."""
    x = (x - MEAN.to(x.device)) / STD.to(x.device)
    return x.contiguous(memory_format=torch.channels_last)


def network_input(images):
    return normalized(images.float() / 255)


def restore_batch_norm(net, biases, images):
    """Batch normalisation that was folded into the weights: identity but for the bias at first, then
    with the statistics of what each convolution gives, and the function unchanged."""
    modules = dict(net.named_modules())
    pairs = {}
    for name in biases:
        owner, _, last = name.rpartition(".")
        norm = {"conv1": "bn1", "conv2": "bn2", "0": "1"}[last]
        pairs[name] = modules[f"{owner}.{norm}" if owner else norm]
    for name, norm in pairs.items():
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        norm.weight.data.fill_(1)
        norm.bias.data.copy_(biases[name])
    biases = {name: bias.to(images.device) for name, bias in biases.items()}
    sums = {name: [0, 0, 0] for name in pairs}

    def observe(name):
        def hook(_module, _inputs, output):
            total = sums[name]
            wide = output.double()
            total[0] += output.numel() // output.shape[1]
            total[1] = total[1] + wide.sum((0, 2, 3))
            total[2] = total[2] + wide.square().sum((0, 2, 3))
        return hook

    hooks = [modules[name].register_forward_hook(observe(name)) for name in pairs]
    net.eval()
    with torch.no_grad():
        for first in range(0, len(images), EVALUATION_BATCH):
            net(network_input(images[first:first + EVALUATION_BATCH]))
    for hook in hooks:
        hook.remove()
    for name, norm in pairs.items():
        count, total, squares = sums[name]
        mean = total / count
        variance = (squares / count - mean.square()).clamp_min(0)
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)
        norm.weight.data.copy_((variance + norm.eps).sqrt())
        norm.bias.data.copy_(mean + biases[name])


def create(options, training, device):
    torch.manual_seed(options["seed"])
    net = torchvision.models.resnet18(num_classes=2).to(memory_format=torch.channels_last)
    if options["weights"]:
        own = net.state_dict()
        given = read_safetensors(options["weights"])
        fitting = {n: t for n, t in given.items() if n in own and own[n].shape == t.shape}
        net.load_state_dict(fitting, strict=False)
        net.to(device)
        folded = {n[:-len(".bias")]: t for n, t in given.items()
                  if n.endswith(".bias") and n not in own and n[:-4] + "weight" in fitting}
        if folded:
            chosen = torch.randperm(len(training))[:1024]
            restore_batch_norm(net, folded, training.images[chosen.to(device)])
    return net.to(device)


def logits_of(net, part, flips):
    net.eval()
    answers = []
    with torch.no_grad():
        for first in range(0, len(part), EVALUATION_BATCH):
            x = network_input(part.images[first:first + EVALUATION_BATCH])
            y = net(x)
            answers.append((y + net(x.flip(3))) / 2 if flips else y)
    return torch.cat(answers).cpu()


def auc(scores, positive):
    """Area under the ROC curve, ties counted half."""
    order = np.argsort(scores, kind="stable")
    _, inverse, counts = np.unique(scores[order], return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    truth = positive[order]
    wins = rank[truth].sum() - truth.sum() * (truth.sum() + 1) / 2
    return float(wins / (truth.sum() * (~truth).sum()))


def scores_of(logits, labels):
    labels = labels.cpu()
    positive, said = (labels == 0).numpy(), (logits.argmax(1) == 0).numpy()
    probability = logits.softmax(1)[:, 0].double().numpy()
    return {"images": len(labels), "loss": F.cross_entropy(logits, labels).item(),
            "accuracy": float((positive == said).mean()),
            "sensitivity": float(said[positive].mean()),
            "specificity": float((~said[~positive]).mean()), "auc": auc(probability, positive)}


def optimizer_of(options, net):
    decay = options["weight_decay"]
    kinds = {"adam": (torch.optim.Adam, {}, 0), "adamw": (torch.optim.AdamW, {}, 0.01),
             "sgd": (torch.optim.SGD, {"momentum": 0.9}, 0)}
    kind, more, usual = kinds[options["optimizer"]]
    return kind(net.parameters(), lr=options["lr"],
                weight_decay=usual if decay is None else decay, **more)


def schedule_of(options, optimizer, steps):
    if options["schedule"] == "one-cycle":
        return torch.optim.lr_scheduler.OneCycleLR(optimizer, options["lr"], steps,
                                                   cycle_momentum=False)
    if options["schedule"] == "cosine":
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1)


def mask_of(run, net):
    """What the run's final model kept: 0 or 1 for each prunable weight."""
    saved = read_safetensors(run / "fracture_detector_final.safetensors")
    return {name: (saved[name] != 0).to(weight)
            for name, weight in net.named_parameters() if weight.dim() > 1}


def train(net, mask, options, training, validation):
    """Leaves the network of the best epoch; returns that epoch."""
    draws = random.Random(options["seed"])
    generator = torch.Generator(training.images.device).manual_seed(options["seed"])
    amounts = AMOUNTS[options["augment"]]
    optimizer = optimizer_of(options, net)
    batches = math.ceil(len(training) / options["batch"])
    schedule = schedule_of(options, optimizer, batches * options["epochs"])
    weights = {name: weight for name, weight in net.named_parameters() if name in mask}

    def apply_mask():
        with torch.no_grad():
            for name, weight in weights.items():
                weight.mul_(mask[name])

    apply_mask()
    best, best_epoch, state = None, 0, None
    for epoch in range(1, options["epochs"] + 1):
        start = time.monotonic()
        order = list(range(len(training)))
        if options["balance"] == "sources":
            order = balanced(training.rows, draws)
        else:
            draws.shuffle(order)
        net.train()
        for first in range(0, len(order), options["batch"]):
            which = order[first:first + options["batch"]]
            x = augmented(training.images[which].float() / 255, amounts, generator)
            loss = F.cross_entropy(net(normalized(x)), training.labels[which],
                                   label_smoothing=options["label_smoothing"])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            apply_mask()
        val = scores_of(logits_of(net, validation, False), validation.labels)
        goal = -val["loss"] if options["monitor"] == "loss" else val["accuracy"]
        if best is None or goal > best:
            best, best_epoch = goal, epoch
            state = {n: t.clone() for n, t in net.state_dict().items()}
        print(f"epoch {epoch}/{options['epochs']}  {time.monotonic() - start:.0f} s  "
              f"loss {loss.item():.4f}  validation: loss {val['loss']:.4f}  "
              f"accuracy {100 * val['accuracy']:.2f} %", flush=True)
        if epoch - best_epoch >= options["patience"]:
            break
    net.load_state_dict(state)
    return best_epoch


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of a finished run of fracture_train")
    parser.add_argument("--out", type=Path, help="default: RUN/pytorch")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as the run had")
    parser.add_argument("--device", default="cpu", help="PyTorch's name for it")
    arguments = parser.parse_args()
    out = arguments.out or arguments.run / "pytorch"
    if not (arguments.run / "metrics.json").exists():
        parser.error(f"{arguments.run} has no metrics.json: not a finished run of fracture_train")

    metrics = json.loads((arguments.run / "metrics.json").read_text(encoding="utf-8"))
    options, positive = metrics["options"], metrics["data"]["positive_class"]
    torch.set_num_threads(arguments.threads or options["threads"])
    with open(arguments.run / "split.csv", newline="", encoding="utf-8") as file:
        split = list(csv.DictReader(file))
    parts = {name: Part([row for row in split if row["part"] == name], Path(options["data"]),
                        options["image_size"], positive, arguments.device) for name in ("train", "val", "test")}

    start = time.monotonic()
    net = create(options, parts["train"], arguments.device)
    mask = mask_of(arguments.run, net)
    best_epoch = train(net, mask, options, parts["train"], parts["val"])
    kept = sum(int((weight != 0).sum()) for name, weight in net.named_parameters() if name in mask)

    result = {"command": " ".join(sys.argv), "torch": torch.__version__, "options": options,
              "data": {"positive_class": positive}, "model": {"prunable_nonzero": kept},
              "training": {"best_epoch": best_epoch, "seconds": time.monotonic() - start}}
    lines = [["path", "class", "part", "group", "probability"]]
    for name in ("val", "test"):
        logits = logits_of(net, parts[name], options["test_time_flips"])
        result[name] = scores_of(logits, parts[name].labels)
        for row, p in zip(parts[name].rows, logits.softmax(1)[:, 0].double().tolist()):
            lines.append([row["path"], row["class"], name, row["group"], repr(p)])
    out.mkdir(parents=True, exist_ok=True)
    with open(out / "predictions.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)
    (out / "metrics.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(f"test AUC {100 * result['test']['auc']:.2f} %, accuracy "
          f"{100 * result['test']['accuracy']:.2f} %, {kept} prunable weights left")


if __name__ == "__main__":
    main()
