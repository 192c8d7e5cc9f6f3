#!/usr/bin/env python3
"""How fast is ResNet-18 on this GPU, and how fast in PyTorch? Row by row, both on the same card.

  benchmarks/gpu/compare_pytorch.py [--program FILE | --ours FILE] [--only NAME...] [--json FILE]

A ratio is how many times as fast Osteon is: PyTorch's milliseconds over Osteon's. Rows come in the
order of their importance, each is printed and written to the JSON file as soon as it is there, and
rows that do not fit into --limit seconds are named as skipped. Without Osteon's program PyTorch is
measured alone, and Osteon where PyTorch does not run. PyTorch trains with fused Adam, in channels_last, and chooses its convolutions by
measuring (cudnn.benchmark).

  train_224_b64_bf16   a training step of 64 images of 224 pixels; bf16, tf32 or fp32
  infer_224_b64_bf16   their classification; of one image (b1): the latency until the result is there
  synflow_100          SynFlow's mask of 5 % of the weights, in 100 iterations in double
"""

import argparse
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import paired

# torch.compile's modes; the first is compared by default. Inference is captured in a CUDA graph.
COMPILE_MODES = {"train": ["default", "max-autotune-no-cudagraphs", "reduce-overhead"],
                 "infer": ["reduce-overhead", "max-autotune-no-cudagraphs", "default"],
                 "synflow": []}
SYNFLOW_FLOAT = "eager, in float"  # for information: Osteon scores in double
PATIENCE = 120  # seconds, after which a side or mode of a row is given up
COLUMNS = ["row", "ours ms", "eager ms", "compile ms", "torch's best", "times eager",
           "times compile"]


def rows_of(options):
    """The tasks by name (see torch_worker.Task), the most important ones first."""
    def images(work, batch, precision):
        return f"{work}_{options.pixels}_b{batch}_{precision}", {
            "work": work, "batch": batch, "precision": precision, "pixels": options.pixels}

    training = options.batches or [64, 256]
    inference = [batch for batch in options.batches or [64, 256] if batch != 1]
    rows = [images("train", batch, "bf16") for batch in training]
    rows += [images("infer", 1, precision) for precision in ("bf16", "tf32", "fp32")]
    rows += [(f"synflow_{options.iterations}",
              {"work": "synflow", "batch": 1, "precision": "fp64", "pixels": options.pixels,
               "iterations": options.iterations})]
    for precision in ("bf16", "tf32", "fp32"):
        if precision != "bf16":
            rows += [images("train", batch, precision) for batch in training]
        rows += [images("infer", batch, precision) for batch in inference]
    rows = dict(rows)
    for name in options.only or []:
        if name not in rows:
            sys.exit(f"--only {name}: there is no such row; there are: {' '.join(rows)}")
    return {name: task for name, task in rows.items() if not options.only or name in options.only}


class Skipped(Exception):
    """There is not enough time left."""


class Torch:
    """The process that measures PyTorch; started when it is needed, and anew when it has failed.
    A mode that hangs, or leaves the GPU unusable, costs only itself."""

    def __init__(self, options, clock):
        self.options = options
        self.clock = clock
        self.process = None
        self.missing = None  # why PyTorch does not run at all

    def facts(self):
        """What runs here; without PyTorch, why not."""
        try:
            return self.ask({"facts": True}, self.clock.patience())
        except RuntimeError as error:
            self.missing = f"{sys.executable} does not run PyTorch on {self.options.device}: {error}"
            return {"gpu": None, "torch": None, "cudnn": None, "no_torch": self.missing}

    def ask(self, question, seconds):
        """The answer; fails with RuntimeError when there is none after `seconds`."""
        if self.process is None:
            self.process = subprocess.Popen(
                [sys.executable, "-B", HERE / "torch_worker.py"], text=True, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, start_new_session=True)
        try:
            print(json.dumps({"device": self.options.device, "seconds": self.options.seconds,
                              **question}), file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass  # then there is no answer either
        answer = ""
        ready = select.select([self.process.stdout], [], [], seconds)[0]
        if ready:
            answer = self.process.stdout.readline()
        if not answer:
            self.stop()
            raise RuntimeError("PyTorch's process has ended" if ready
                               else f"not done after {seconds:.0f} s")
        answer = json.loads(answer)
        if "error" in answer:
            self.stop()
            raise RuntimeError(answer["error"])
        return answer

    def measure(self, task, mode):
        """The times of a task in a mode; fails with Skipped or RuntimeError."""
        if self.missing:
            raise Skipped("skipped: PyTorch does not run")
        float_flow = {"precision": "fp32", "mode": "eager"} if mode == SYNFLOW_FLOAT else {}
        with self.clock.fitting((task["work"], mode)):
            return self.ask({**task, "mode": mode, **float_flow}, self.clock.patience())

    def stop(self):
        """Ends the process and those that compile for it."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
            self.process = None


class Clock:
    """The time left, and how long a kind of measurement took before."""

    def __init__(self, limit):
        self.end = time.monotonic() + limit
        self.took = {}

    def left(self):
        return max(0.0, self.end - time.monotonic())

    def patience(self):
        return min(PATIENCE, self.left())

    @contextlib.contextmanager
    def fitting(self, kind):
        """Fails with Skipped if the body would not fit, as its kind's longest has shown."""
        needed = self.took.get(kind, 5)
        if self.left() < needed:
            raise Skipped(f"skipped: {self.left():.0f} s left, {needed:.0f} s needed")
        start = time.monotonic()
        try:
            yield
        finally:
            self.took[kind] = max(self.took.get(kind, 0), time.monotonic() - start)


def read_rows(file):
    """Osteon's rows by name; ValueError if the file holds something else."""
    rows = json.loads(file.read_text())
    if not (isinstance(rows, list) and all({"name", "ms"} <= set(row) for row in rows)):
        raise ValueError(f"{file} is no list of rows with a name and ms")
    return {row["name"]: row for row in rows}


class Ours:
    """Osteon's side: rows of a file, or of the program, asked for a row at a time."""

    def __init__(self, options, clock):
        self.program = options.program
        self.clock = clock
        self.rows = {}
        if options.ours:
            self.rows = read_rows(options.ours)

    def measure(self, name):
        """The row; null where Osteon is not measured. Fails with Skipped or RuntimeError."""
        if self.program is None:
            return self.rows.get(name)
        with tempfile.TemporaryDirectory() as folder, \
                self.clock.fitting(("ours", name.split("_")[0])):
            file = Path(folder) / "rows.json"
            try:
                done = subprocess.run([self.program, "--json", file, "--only", name], text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      timeout=self.clock.patience())
            except subprocess.TimeoutExpired as error:
                raise RuntimeError(f"not done after {error.timeout:.0f} s") from error
            if done.returncode != 0:
                raise RuntimeError(f"status {done.returncode}: "
                                   f"{' '.join(done.stdout.split())[-400:]}")
            rows = read_rows(file)
            if name not in rows:
                raise RuntimeError(f"the program wrote no row {name}")
            return rows[name]


def modes_of(work, options):
    if work == "synflow":
        return ["eager", SYNFLOW_FLOAT]
    compiled = [] if options.eager else COMPILE_MODES[work]
    return ["eager"] + [mode for i, mode in enumerate(compiled) if i == 0 or mode in options.also]


def compare(name, task, ours, torch, options):
    """A row of the results. What failed stands in its `errors`, by its side or mode."""
    row = {"name": name, "ours_ms": None, "ours": None, "torch": {}, "errors": {}}
    attempts = [("ours", lambda: ours.measure(name))]
    attempts += [(mode, lambda mode=mode: torch.measure(task, mode))
                 for mode in modes_of(task["work"], options)]
    for side, measure in attempts:
        try:
            answer = measure()
        except (Skipped, RuntimeError, OSError, ValueError) as error:
            row["errors"][side] = str(error)
            continue
        if side == "ours":
            row["ours"] = answer
            row["ours_ms"] = answer and answer["ms"]
        else:
            row["torch"][side] = answer
    times = {mode: times["ms"] for mode, times in row["torch"].items() if mode != SYNFLOW_FLOAT}
    compiled = [ms for mode, ms in times.items() if mode != "eager"]
    row["torch_eager_ms"] = times.get("eager")
    row["torch_compile_ms"] = min(compiled, default=None)
    row["best_torch_mode"] = min(times, key=times.get, default=None)
    for ratio, theirs in [("ratio_eager", row["torch_eager_ms"]),
                          ("ratio_compile", row["torch_compile_ms"]),
                          ("ratio_best", times.get(row["best_torch_mode"]))]:
        row[ratio] = theirs / row["ours_ms"] if theirs and row["ours_ms"] else None
    return row


def line(row):
    def number(value, digits):
        return "-" if value is None else f"{value:.{digits}f}"

    cells = [row["name"]]
    cells += [number(row[key], 3) for key in ("ours_ms", "torch_eager_ms", "torch_compile_ms")]
    cells += [row["best_torch_mode"] or "-"]
    cells += [number(row[key], 2) for key in ("ratio_eager", "ratio_compile")]
    return f"| {' | '.join(cells)} |"


def of_gpu(fact):
    """What nvidia-smi knows of the first GPU, or None."""
    try:
        return subprocess.run(["nvidia-smi", f"--query-gpu={fact}", "--format=csv,noheader"],
                              capture_output=True, text=True).stdout.splitlines()[0].strip()
    except (OSError, IndexError):
        return None


def notes(row):
    """What is unusual in how Osteon computed a row: the times alone would not show it."""
    ours = row["ours"] or {}
    if ours.get("convolutions", "cuDNN") != "cuDNN":
        yield f"convolutions by {ours['convolutions']}, not cuDNN"
    if ours.get("not_recorded"):
        yield f"{ours['not_recorded']} passes could not be recorded: {ours['why_not_recorded']}"


def write(file, results):
    if file is not None:
        temporary = file.with_name(file.name + ".tmp")
        temporary.write_text(json.dumps(results, indent=2) + "\n")
        temporary.replace(file)


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    ours = parser.add_mutually_exclusive_group()
    ours.add_argument("--program", type=Path, metavar="FILE", help="Osteon's program, gpu_resnet18")
    ours.add_argument("--ours", type=Path, metavar="FILE", help="what it has written before")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the results")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these rows alone")
    parser.add_argument("--also", nargs="+", default=[], metavar="MODE", help="further modes of "
                        "torch.compile: " + ", ".join(COMPILE_MODES["train"]),
                        choices=COMPILE_MODES["train"])
    parser.add_argument("--eager", action="store_true", help="without torch.compile")
    parser.add_argument("--quick", action="store_true", help="--eager, half a second a mode")
    parser.add_argument("--seconds", type=float, default=3, help="of measuring, in each mode")
    parser.add_argument("--limit", type=float, default=480, help="seconds in all")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--pixels", type=int, default=224)
    parser.add_argument("--batches", type=int, nargs="+", help="default: 64 256; and 1 in inference")
    parser.add_argument("--iterations", type=int, default=100, help="of SynFlow")
    options = parser.parse_args(arguments)
    if options.quick:
        options.eager, options.seconds = True, min(options.seconds, 0.5)
    if options.program and not options.program.is_file():
        parser.error(f"--program {options.program}: there is no such file")
    if min([options.pixels, options.iterations] + (options.batches or [])) < 1:
        parser.error("--pixels, --batches and --iterations are at least 1")
    return options


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    options = parse()
    rows = rows_of(options)
    clock = Clock(options.limit)
    try:
        ours = Ours(options, clock)
    except (OSError, ValueError) as error:
        sys.exit(f"--ours: {error}")
    torch = Torch(options, clock)
    try:
        facts = torch.facts()
        if torch.missing and not (options.program or options.ours):
            sys.exit(torch.missing)
        gpu = facts["gpu"] or (of_gpu("name") if options.device == "cuda" else None)
        machine = {**facts, "gpu": gpu, "driver": of_gpu("driver_version"),
                   "processor": paired.processor(), "processors": os.cpu_count()}
        print(f"ResNet-18, 2 classes, on {gpu or machine['processor']}, driver "
              f"{machine['driver']}, torch {machine['torch']}, its cuDNN {machine['cudnn']}\n")
        if torch.missing:
            print(f"Osteon alone: {torch.missing}\n")
        print(f"| {' | '.join(COLUMNS)} |\n| --- |{' ---: |' * 3} --- |{' ---: |' * 2}", flush=True)
        results = {"machine": machine, "seconds": options.seconds, "skipped": [], "rows": []}
        for name, task in rows.items():
            row = compare(name, task, ours, torch, options)
            results["rows"].append(row)
            results["skipped"] += [f"{name}, {side}" for side, error in row["errors"].items()
                                   if error.startswith("skipped: ")]
            print(line(row), flush=True)
            write(options.json, results)
    finally:
        torch.stop()
    print()
    for row in results["rows"]:
        for note in notes(row):
            print(f"{row['name']}, ours: {note}")
        for side, error in row["errors"].items():
            if not (torch.missing and side != "ours"):
                print(f"{row['name']}, {side}: {error}")
    if any(not row["errors"].get("ours", "skipped: ").startswith("skipped: ")
           for row in results["rows"]):
        sys.exit("Osteon's program has failed")


if __name__ == "__main__":
    main()
