#!/usr/bin/env python3
"""How fast is ResNet-18 here, and how fast in PyTorch? Both take turns on the same weights and the
same images; what they compute must be equal. Each side and each mode of PyTorch is a process of its
own, which sleeps while another one runs.

  benchmarks/compare_pytorch.py [--row NAME]... [--threads N] [--repetitions N] [--json FILE]

A ratio is how many times as fast Osteon is: the median over pairs of runs that followed one
another, against PyTorch's best mode of that row. rss_ratio is Osteon's share of PyTorch's peak
resident memory in training. Needs PyTorch and torchvision (Debian
and Ubuntu: apt-get install python3-torch python3-torchvision, for /usr/bin/python3).
"""

import argparse
import json
import struct
import sys
import tempfile
import time
from pathlib import Path

import paired

# name: size of the images, batch, training. As in resnet18.hpp.
ROWS = {
    "train_224_b32": (224, 32, True),
    "train_128_b64": (128, 64, True),
    "infer_224_b1": (224, 1, False),
    "infer_224_b32": (224, 32, False),
}
TRAINING_MODES = ["eager", "channels_last"]
INFERENCE_MODES = ["eager", "channels_last", "frozen", "frozen_channels_last",
                   "optimize_for_inference"]

# Relative. conv1's gradient, which has come through the whole network, is a small rest of large
# sums: PyTorch's own in channels_last is 1.5e-2 from the one that it computes in double.
TOLERANCES = {"logits": 1e-3, "loss": 1e-3, "gradient": 5e-2}


def read_safetensors(path):
    """name -> tensor, of a safetensors file: the length of the header, the header (JSON), bytes."""
    import torch
    dtypes = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64}
    content = bytearray(path.read_bytes())
    length, = struct.unpack_from("<Q", content)
    header = json.loads(content[8:8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        dtype = dtypes[info["dtype"]]
        size = torch.empty((), dtype=dtype).element_size()
        tensors[name] = torch.frombuffer(content, dtype=dtype, offset=8 + length + begin,
                                         count=(end - begin) // size).reshape(info["shape"]).clone()
    return tensors


class TorchWork:
    """PyTorch's side of a row in one of its modes."""

    def __init__(self, row, mode, folder):
        import torch
        import torchvision
        self.torch = torch
        size, batch, self.training = ROWS[row]
        self.example = read_safetensors(folder / "example.safetensors")
        # Ours is (N, H, W, C).
        x = self.example.pop("input").permute(0, 3, 1, 2)
        assert x.shape == (batch, 3, size, size), x.shape
        last = "channels_last" in mode
        self.x = x.contiguous(memory_format=torch.channels_last if last
                              else torch.contiguous_format)
        model = torchvision.models.resnet18(num_classes=2)
        model.load_state_dict(read_safetensors(folder / "weights.safetensors"))
        if last:
            model = model.to(memory_format=torch.channels_last)
        self.model = model.train(self.training)
        if self.training:
            self.loss = torch.nn.CrossEntropyLoss()
            self.adam = torch.optim.Adam(model.parameters(), lr=1e-4)
        elif mode.startswith("frozen") or mode == "optimize_for_inference":
            with torch.no_grad():
                self.model = torch.jit.freeze(torch.jit.trace(self.model, self.x))
                if mode == "optimize_for_inference":
                    self.model = torch.jit.optimize_for_inference(self.model)

    def learn(self):
        self.adam.zero_grad(set_to_none=True)
        logits = self.model(self.x)
        loss = self.loss(logits, self.example["labels"])
        loss.backward()
        return logits, loss

    def predict(self):
        with self.torch.inference_mode():
            return self.model(self.x)

    def run(self):
        start = time.perf_counter()
        if self.training:
            self.learn()
            self.adam.step()
        else:
            self.predict()
        return 1e3 * (time.perf_counter() - start)

    def differences(self):
        """How far this is from Osteon's results, relative to these. Call it before run()."""
        if not self.training:
            return {"logits": self.apart("logits", self.predict())}
        logits, loss = self.learn()
        gradient = self.model.conv1.weight.grad.permute(0, 2, 3, 1)
        return {"logits": self.apart("logits", logits), "loss": self.apart("loss", loss),
                "gradient": self.apart("gradient", gradient)}

    def apart(self, name, theirs):
        ours = self.example[name].double()
        return float((ours - theirs.detach().double()).norm() / ours.norm())


def serve(row, mode, folder, threads):
    """Answers as bench_resnet18 --serve does."""
    import torch
    torch.set_num_threads(threads)
    try:
        work = TorchWork(row, mode, Path(folder))
    except Exception as error:  # whatever it is, the other side must hear of it
        print(f"error: {mode}: {error}".replace("\n", " "), flush=True)
        return
    for line in sys.stdin:
        question = line.strip()
        if question == "run":
            print(work.run(), flush=True)
        elif question == "differences":
            print(json.dumps(work.differences()), flush=True)
        elif question == "memory":
            status = Path("/proc/self/status").read_text()
            print(int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6, flush=True)
        else:
            print(f"error: {question!r} is none of: run, differences, memory", flush=True)


def compare(row, options, program):
    """The rows of all modes: times of both sides, ratios of pairs, memory, difference."""
    environment = {"OMP_NUM_THREADS": str(options.threads), "OPENBLAS_NUM_THREADS": "1",
                   "MKL_NUM_THREADS": str(options.threads)}
    results = []
    with tempfile.TemporaryDirectory() as folder:
        with paired.Server([program, "--serve"], environment) as ours:
            ours.ask(f"example {row} {folder}")
        modes = TRAINING_MODES if ROWS[row][2] else INFERENCE_MODES
        for mode in modes:
            worker = [sys.executable, "-B", __file__, "--worker", row, mode, folder,
                      "--threads", str(options.threads)]
            with paired.Server([program, "--serve", "--threads", str(options.threads)],
                               environment) as ours, \
                    paired.Server(worker, environment) as theirs:
                differences = json.loads(theirs.ask("differences"))
                pairs = []
                for repetition in range(-2, options.repetitions):
                    pair = ours.milliseconds(f"run {row}"), theirs.milliseconds("run")
                    if repetition >= 0:  # the first ones allocate and compile
                        pairs.append(pair)
                results.append({
                    "mode": mode, "pairs": pairs, "differences": differences,
                    "ours_mb": float(ours.ask("memory")), "torch_mb": float(theirs.ask("memory"))})
    return results


def summary(row, result):
    ours, theirs = zip(*result["pairs"])
    ratio, low, high = paired.spread([b / a for a, b in result["pairs"]])
    return {"name": row, "ours_ms": paired.spread(ours)[0], "torch_ms": paired.spread(theirs)[0],
            "torch_mode": result["mode"], "ratio": ratio, "ratio_low": low, "ratio_high": high,
            "differences": result["differences"], "ours_mb": result["ours_mb"],
            "torch_mb": result["torch_mb"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    paired.add_options(parser)
    parser.add_argument("--row", action="append", choices=ROWS, help="default: all")
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    options = paired.parse(parser)
    try:
        import torch
        import torchvision
    except ImportError as error:
        sys.exit(f"{error} in {sys.executable}; on Debian and Ubuntu: apt-get install "
                 "python3-torch python3-torchvision, then run this with /usr/bin/python3")
    if options.worker:
        serve(*options.worker, options.threads)
        return
    program = paired.program(options.program, "bench_resnet18")

    print(f"ResNet-18, 2 classes, on {paired.processor()}, {options.threads} thread(s), torch "
          f"{torch.__version__}, torchvision {torchvision.__version__}, "
          f"{options.repetitions} pairs of each mode\n")
    print("| row | torch's mode | ours ms | torch ms | times as fast (middle half) | ours MB | torch MB "
          "| apart |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    best = []
    for row in options.row or ROWS:
        modes = [summary(row, result) for result in compare(row, options, program)]
        # By ratio, not by milliseconds: modes are minutes apart, and the machine's speed drifts.
        fastest = min(modes, key=lambda mode: mode["ratio"])
        for mode in modes:
            mark = "**" if mode is fastest else ""
            print(f"| {row} | {mark}{mode['torch_mode']}{mark} | {mode['ours_ms']:.1f} "
                  f"| {mode['torch_ms']:.1f} | {mode['ratio']:.2f} ({mode['ratio_low']:.2f} to "
                  f"{mode['ratio_high']:.2f}) | {mode['ours_mb']:.0f} | {mode['torch_mb']:.0f} "
                  f"| {max(mode['differences'].values()):.1e} |", flush=True)
        for mode in modes:
            for name, difference in mode["differences"].items():
                if not difference < TOLERANCES[name]:
                    sys.exit(f"{row}, {mode['torch_mode']}: {name} differs by {difference:.1e}: "
                             "the two sides compute different things")
        best.append(fastest)
        if row == "train_224_b32":
            leanest = min(modes, key=lambda mode: mode["torch_mb"])
            best.append({"name": "rss_ratio", "ours_mb": leanest["ours_mb"],
                         "torch_mb": leanest["torch_mb"], "torch_mode": leanest["torch_mode"],
                         "ratio": leanest["ours_mb"] / leanest["torch_mb"]})
    paired.write_json(options, best, torch=torch.__version__)


if __name__ == "__main__":
    main()
