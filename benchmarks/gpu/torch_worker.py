"""PyTorch's side of compare_pytorch.py: a process that measures what it is asked for.

Reads one JSON question a line on stdin and answers it with one JSON line on stdout: {"facts": true}
with what runs here, a task (see Task) with its times; or with {"error": ...}, after which it ends:
nothing is known of the GPU's state then. What it prints besides goes to stderr.
"""

import gc
import json
import math
import os
import platform
import sys
import time
import warnings
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import paired

CLASSES = 2


def resnet18():
    try:
        import torchvision
        return torchvision.models.resnet18(num_classes=CLASSES)
    except ImportError:
        return ResNet18()


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False),
                                            nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        y += x if self.downsample is None else self.downsample(x)
        return F.relu(y, inplace=True)


class ResNet18(nn.Module):
    """torchvision's resnet18, for where torchvision is not installed."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        blocks = []
        for inputs, outputs, stride in [(64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2)]:
            blocks += [BasicBlock(inputs, outputs, stride), BasicBlock(outputs, outputs, 1)]
        self.layers = nn.Sequential(*blocks)
        self.fc = nn.Linear(512, CLASSES)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        x = self.maxpool(F.relu(self.bn1(self.conv1(x)), inplace=True))
        return self.fc(self.layers(x).mean((2, 3)))


class Task:
    """What is measured. work: "train", "infer" or "synflow"; mode: "eager" or torch.compile's mode;
    precision: "fp32", "tf32", "bf16" or (SynFlow) "fp64"; batch, pixels; seconds of measuring;
    device: "cuda" or "cpu"; iterations (SynFlow)."""

    def __init__(self, question):
        self.__dict__.update(question)
        torch.manual_seed(42)
        tf32 = self.precision == "tf32"
        torch.backends.cuda.matmul.allow_tf32 = tf32
        torch.backends.cudnn.allow_tf32 = tf32
        torch.backends.cudnn.benchmark = True

    def images(self, dtype=torch.float32):
        shape = (self.batch, 3, self.pixels, self.pixels)
        return torch.randn(shape, device=self.device, dtype=dtype).contiguous(
            memory_format=torch.channels_last)

    def compiled(self, function):
        if self.mode == "eager":
            return function
        if not hasattr(torch, "compile"):
            raise RuntimeError(f"torch {torch.__version__} has no torch.compile")
        return torch.compile(function, mode=self.mode, dynamic=False)

    def synchronize(self):
        if self.device == "cuda":
            torch.cuda.synchronize()

    def run(self):
        """The answer: median and quartiles in milliseconds, the number of samples, notes."""
        return {"train": self.train, "infer": self.infer, "synflow": self.synflow}[self.work]()

    # --- training and inference

    def train(self):
        """A step: forward, cross-entropy, backward, Adam. The images are on the device."""
        model = resnet18().to(self.device, memory_format=torch.channels_last).train()
        adam = torch.optim.Adam(model.parameters(), lr=1e-3,
                                **({"fused": True} if self.device == "cuda" else {}))
        x = self.images()
        labels = torch.arange(self.batch, device=self.device) % CLASSES

        def loss_of(x, labels):
            with torch.autocast(self.device, torch.bfloat16, enabled=self.precision == "bf16"):
                return F.cross_entropy(model(x), labels)

        forward = self.compiled(loss_of)

        def step():
            adam.zero_grad(set_to_none=True)
            loss = forward(x, labels)
            loss.backward()
            adam.step()
            return loss

        answer = self.throughput(step)
        loss = step().item()
        if not math.isfinite(loss):
            raise RuntimeError(f"training has left the range of numbers: the loss is {loss}")
        return {**answer, "loss": loss}

    def infer(self):
        """A batch's logits. Of one image: the latency, until the result is there."""
        dtype = torch.bfloat16 if self.precision == "bf16" else torch.float32
        model = resnet18().to(self.device, dtype, memory_format=torch.channels_last).eval()
        x = self.images(dtype)
        forward = self.compiled(model)
        with torch.inference_mode():
            measure = self.latency if self.batch == 1 else self.throughput
            return measure(lambda: forward(x))

    # --- SynFlow

    def synflow(self):
        """Milliseconds of a whole pruning run to 95 %, as the authors' code does it."""
        dtype = torch.float64 if self.precision == "fp64" else torch.float32
        model = resnet18().to(self.device, dtype).eval()
        start = {name: value.clone() for name, value in model.state_dict().items()}
        ones = torch.ones((1, 3, self.pixels, self.pixels), device=self.device, dtype=dtype)
        keep = 0.05
        synflow_masks(model, ones, keep, 2)  # warms up
        samples = []
        while not samples or sum(samples) * (1 + 1 / len(samples)) < 1e3 * self.seconds:
            model.load_state_dict(start)
            self.synchronize()
            begin = time.perf_counter()
            masks = synflow_masks(model, ones, keep, self.iterations)
            self.synchronize()
            samples.append(1e3 * (time.perf_counter() - begin))
        kept = sum(mask.sum().item() for mask in masks) / sum(mask.numel() for mask in masks)
        if not abs(kept - keep) < 0.01 * keep:
            raise RuntimeError(f"SynFlow's masks keep {kept:.5f} of the weights, not {keep}")
        return {**summary(samples), "kept": kept}

    # --- time

    def throughput(self, step):
        """Milliseconds of a step among many that follow one another."""
        for _ in range(3):  # compiles, captures graphs, chooses algorithms
            step()
        self.chunk(step, 1)
        once = self.chunk(step, 2)
        count = max(1, int(1e3 * self.seconds / 10 / once))
        samples = []
        end = time.perf_counter() + self.seconds
        while len(samples) < 3 or (time.perf_counter() + 1e-3 * count * once < end):
            samples.append(self.chunk(step, count))
        return summary(samples)

    def chunk(self, step, count):
        """Milliseconds of one of `count` steps, by the device's clock."""
        self.synchronize()
        if self.device != "cuda":
            begin = time.perf_counter()
            for _ in range(count):
                step()
            return 1e3 * (time.perf_counter() - begin) / count
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        for _ in range(count):
            step()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end) / count

    def latency(self, call):
        """Milliseconds from a call to its result, by the host's clock."""
        for _ in range(10):
            call()
        self.synchronize()
        samples = []
        end = time.perf_counter() + self.seconds
        while len(samples) < 3 or time.perf_counter() < end:
            begin = time.perf_counter()
            call()
            self.synchronize()
            samples.append(1e3 * (time.perf_counter() - begin))
        return summary(samples)


def synflow_masks(model, ones, keep, iterations):
    """SynFlow (Tanaka et al. 2020): the masks of the convolutions' and linear layers' weights, of
    which `keep` are left. The model's weights are masked as it goes."""
    weights = [module.weight for module in model.modules()
               if isinstance(module, (nn.Conv2d, nn.Linear))]
    masks = [torch.ones_like(weight) for weight in weights]
    for k in range(1, iterations + 1):
        with torch.no_grad():
            for weight, mask in zip(weights, masks):
                weight.mul_(mask)
            state = [value for value in model.state_dict().values() if value.is_floating_point()]
            signs = [value.sign() for value in state]
            for value in state:
                value.abs_()
        model.zero_grad(set_to_none=True)
        model(ones).sum().backward()
        with torch.no_grad():
            scores = [(weight.grad * weight).abs() for weight in weights]
            for value, sign in zip(state, signs):
                value.mul_(sign)
            ranked = torch.cat([score.flatten() for score in scores])
            removed = int((1 - keep ** (k / iterations)) * ranked.numel())
            if removed >= 1:
                threshold = torch.kthvalue(ranked, removed).values
                masks = [(score > threshold).to(score.dtype) for score in scores]
    return masks


def summary(samples):
    median, low, high = paired.spread(samples)
    return {"ms": median, "low": low, "high": high, "samples": len(samples)}


def facts(device):
    found = {"python": platform.python_version(), "torch": torch.__version__, "gpu": None,
             "cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version()}
    if device == "cuda":
        properties = torch.cuda.get_device_properties(0)
        found.update(gpu=properties.name, capability=f"{properties.major}.{properties.minor}",
                     memory_gb=round(properties.total_memory / 1e9, 1),
                     multiprocessors=properties.multi_processor_count)
    return found


def forget():
    """Gives memory back before Osteon's program or the next task needs it."""
    if hasattr(torch, "compile"):
        torch._dynamo.reset()
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def answer_to(question):
    try:
        if "facts" in question:
            return facts(question["device"])
        return Task(question).run()
    except Exception as error:  # whatever it is, the row must say so
        return {"error": " ".join(f"{type(error).__name__}: {error}".split())[:400]}


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        answer = answer_to(json.loads(line))
        if "error" not in answer:
            forget()
        print(json.dumps(answer), file=answers, flush=True)
        if "error" in answer:
            break


if __name__ == "__main__":
    main()
