#!/usr/bin/env python3
"""Runs fracture_train as a user does: a small run whose outputs are all checked, and every bad
input, which must end with one message, a nonzero status and earlier outputs as they were.

  tests/examples/fracture_train.py PROGRAM
"""

import json
import os
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = str(Path(sys.argv[1]).resolve())
FOLDER = Path(tempfile.mkdtemp(prefix="osteon-fracture-"))
FIGURES = ["class_distribution.png", "samples.png", "curves.png", "confusion_matrix.png",
           "layer_density.png"]
PRUNABLE, PARAMETERS, KEPT = 11_167_936, 11_177_538, 558_397
failures = []


def check(condition, what):
    print(("ok    " if condition else "WRONG ") + what, flush=True)
    if not condition:
        failures.append(what)


def run(*arguments, **how):
    """(status, output and errors) of the program."""
    result = subprocess.run([PROGRAM, *map(str, arguments)], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, cwd=FOLDER, timeout=500, **how)
    return result.returncode, result.stdout


def snapshot(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()} if folder.exists() else {}


def refused(what, *arguments, message, out="refused", **how):
    """`what` fails with that message, and changes nothing but the checkpoint it has left."""
    before = snapshot(FOLDER / out)
    status, text = run("--out", out, *arguments, **how)
    check(status not in (0, -signal.SIGSEGV, -signal.SIGABRT) and message in text,
          f"{what}: status {status}, {text.strip().splitlines()[-1] if text.strip() else ''}")
    after = {n: b for n, b in snapshot(FOLDER / out).items() if not n.startswith("checkpoint.")}
    check(after == before, f"{what}: earlier outputs are as they were")


def tensors(path):
    """name -> (dtype, shape, bytes) of a safetensors file, read without Osteon."""
    content = path.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + size])
    header.pop("__metadata__", None)
    return {name: (t["dtype"], t["shape"],
                   content[8 + size + t["data_offsets"][0]:8 + size + t["data_offsets"][1]])
            for name, t in header.items()}


def nonzeros(data):
    return sum(1 for value in memoryview(data).cast("I") if value & 0x7FFFFFFF)


def negative_zeros(data):
    return sum(1 for value in memoryview(data).cast("I") if value == 0x80000000)


QUICK = ["--image-size", 64, "--epochs", 1, "--prune-iterations", 3, "--batch", 32]


def check_run():
    status, text = run("--out", "run", "--limit", 150, *QUICK)
    print(text)
    check(status == 0, f"a small run on the synthetic set ends with {status}")
    out = FOLDER / "run"
    for name in FIGURES:
        check((out / name).read_bytes().startswith(b"\x89PNG\r\n"), f"{name} is a PNG file")
    rows = (out / "history.csv").read_text().splitlines()
    check(len(rows) == 2 and rows[0].startswith("epoch,train_loss"), "history.csv has one epoch")
    metrics = json.loads((out / "metrics.json").read_text())
    data, model = metrics["data"], metrics["model"]
    check((data["train"], data["val"], data["test"]) == (100, 25, 25), "the parts' sizes")
    check(data["files"] == data["decoded"] == 150 and data["stray"] == 0, "files are counted")
    check((model["parameters"], model["prunable"], model["prunable_nonzero"]) ==
          (PARAMETERS, PRUNABLE, KEPT), f"{model['prunable_nonzero']} prunable weights are left")
    check(0 < model["macs_kept"] < model["macs_dense"] == 148_046_848, "MACs")
    check(set(metrics["training"]) >= {"epochs", "best_epoch", "images_per_second", "seconds"},
          "metrics.training")
    for part in ("val", "test"):
        total = sum(map(sum, metrics[part]["confusion"]))
        check(total == data[part] and 0 <= metrics[part]["accuracy"] <= 1, f"metrics.{part}")

    saved = tensors(out / "fracture_detector_final.safetensors")
    weights = {n: t for n, t in saved.items() if len(t[1]) > 1}
    check(len(saved) == 122 and len(weights) == 21, "torchvision's 122 tensors, 21 prunable")
    check(saved["conv1.weight"][:2] == ("F32", [64, 3, 7, 7])
          and saved["layer2.0.downsample.0.weight"][1] == [128, 64, 1, 1]
          and saved["bn1.num_batches_tracked"][:2] == ("I64", []), "their names and shapes")
    check(sum(nonzeros(t[2]) for t in weights.values()) == KEPT, "nonzeros counted in the file")
    check(sum(negative_zeros(t[2]) for t in weights.values()) == 0, "no removed weight is -0")
    best = tensors(out / "best_fracture_model.safetensors")
    check(best == saved, "the final model is the best one")

    status, text = run("--evaluate", "run/fracture_detector_final.safetensors", "--limit", 150,
                       "--image-size", 64)
    accuracy = f"{100 * metrics['test']['accuracy']:g}"
    check(status == 0 and f"test: accuracy {accuracy} %" in text, "--evaluate gives the same test")


def check_bad_input():
    out = "run"  # with the outputs of the run above in it
    refused("a missing folder", "--data", "nowhere", message="no such data folder", out=out)
    (FOLDER / "empty").mkdir()
    refused("an empty folder", "--data", "empty", message="is empty", out=out)
    (FOLDER / "single/one").mkdir(parents=True)
    picture = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
        "3a7e9b550000000a49444154789c6360000000020001e221bc330000000049454e44ae426082")
    (FOLDER / "single/one/a.png").write_bytes(picture)
    refused("one class only", "--data", "single", message="only one class", out=out)
    for name in ("one", "two"):
        (FOLDER / "broken" / name).mkdir(parents=True)
        for i in range(4):
            (FOLDER / "broken" / name / f"{i}.png").write_bytes(picture)
    (FOLDER / "broken/two/bad.jpg").write_bytes(b"no picture at all")
    refused("an unreadable image", "--data", "broken", "--image-size", 64, message="bad.jpg",
            out=out)
    refused("a size that is not built", "--image-size", 100, message="--image-size", out=out)
    for sparsity in ("1", "-0.1", "nan"):
        refused(f"a sparsity of {sparsity}", "--sparsity", sparsity, message="--sparsity", out=out)

    model = FOLDER / "run/fracture_detector_final.safetensors"
    (FOLDER / "cut.safetensors").write_bytes(model.read_bytes()[:100_000])
    refused("a damaged checkpoint", "--evaluate", "cut.safetensors", "--image-size", 64,
            message="cut short", out=out)
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    (FOLDER / "other.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 4)
    refused("a checkpoint of another network", "--evaluate", "other.safetensors", "--image-size",
            64, message="is not a file of this network", out=out)
    refused("a NaN loss", "--limit", 64, "--lr", "1e30", "--batch", 8, "--image-size", 64,
            "--prune-iterations", 1, message="the loss is", out="nan")


def check_full_disk():
    shutil.copytree(FOLDER / "run", FOLDER / "full")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    refused("a full disk", "--limit", 64, *QUICK, message="checkpoint.safetensors",
            out="full", preexec_fn=limit)


def check_interrupt():
    process = subprocess.Popen([PROGRAM, "--out", "stopped", "--limit", "600", "--image-size", "64",
                                "--pruner", "none", "--batch", "32", "--epochs", "30",
                                "--patience", "30"], cwd=FOLDER, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 300
    while not (FOLDER / "stopped/best_fracture_model.safetensors").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=300)
    check(process.returncode == 130, f"Ctrl-C ends with status {process.returncode}, not 130")
    metrics = FOLDER / "stopped/metrics.json"
    check(metrics.exists() and json.loads(metrics.read_text())["training"]["interrupted"],
          "an interrupted run keeps its best model and says that it was interrupted")


try:
    if shutil.which("gnuplot") is None:
        print("skipped: fracture_train needs gnuplot (apt-get install gnuplot-nox)")
        sys.exit(77)
    check_run()
    check_bad_input()
    check_full_disk()
    check_interrupt()
finally:
    shutil.rmtree(FOLDER, ignore_errors=True)
print(f"{len(failures)} wrong" if failures else "all as it should be")
sys.exit(1 if failures else 0)
