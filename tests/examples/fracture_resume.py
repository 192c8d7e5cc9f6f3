#!/usr/bin/env python3
"""fracture_train --resume: killed at twenty random moments, a run ends with the same bytes as one
left alone; and what cannot be resumed is refused with a message that says why.

  tests/examples/fracture_resume.py PROGRAM
"""

import json
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

PROGRAM = str(Path(sys.argv[1]).resolve())
FOLDER = Path(tempfile.mkdtemp(prefix="osteon-resume-"))
SMALL = ["--image-size", 64, "--batch", 8, "--prune-iterations", 1, "--threads", 2,
         "--checkpoint-seconds", 0]
OPTIONS = [*SMALL, "--limit", 36, "--epochs", 2]
TIMES = {"seconds", "images_per_second", "inference_milliseconds", "pruning_seconds", "command"}
failures = []


def check(condition, what):
    print(("ok    " if condition else "WRONG ") + what, flush=True)
    if not condition:
        failures.append(what)


def start(out, *arguments):
    return subprocess.Popen([PROGRAM, "--out", out, *map(str, arguments)], cwd=FOLDER, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def run(out, *arguments):
    process = start(out, *arguments)
    text, _ = process.communicate(timeout=300)
    return process.returncode, text


def stop_in_training(out, how, *arguments):
    """Signals the program once two checkpoints are there; true if it was still at work."""
    process = start(out, *arguments)
    deadline = time.monotonic() + 300
    while not (FOLDER / out / "checkpoint.previous.safetensors").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            break
        time.sleep(0.01)
    process.send_signal(how)
    process.communicate(timeout=300)
    return process.returncode in (-how, 128 + how)


def without_times(value):
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if k not in TIMES}
    return [without_times(v) for v in value] if isinstance(value, list) else value


def content(path):
    """A file's bytes, without the times in it."""
    data = path.read_bytes()
    if path.name == "history.csv":
        return [line.split(",")[:-2] for line in data.decode().splitlines()]
    if path.name == "metrics.json":
        return without_times(json.loads(data))
    if path.name == "report.txt":
        return data.split(b"\n", 1)[1]  # the first line is the command
    if path.name == "report.html":  # times, command and machine stand in its last section
        return data.split(b'<section id="reproduction">')[0]
    if path.name == "finished.safetensors":  # the last model, the optimizer, the mask, the history
        size = struct.unpack("<Q", data[:8])[0]
        tensors = {name: data[8 + size + t["data_offsets"][0]:8 + size + t["data_offsets"][1]]
                   for name, t in json.loads(data[8:8 + size]).items() if name != "__metadata__"}
        del tensors["train.seconds"], tensors["sha256"]
        history = struct.iter_unpack("<7d", tensors.pop("train.history"))
        return tensors, [row[:-2] for row in history]
    return data


def outcome(out):
    return {path.name: content(path) for path in (FOLDER / out).iterdir()}


def check_equal(out, what):
    """The folder has the files of the run left alone, and nothing else."""
    found, expected = outcome(out), REFERENCE
    different = [name for name in sorted(found.keys() | expected.keys())
                 if found.get(name) != expected.get(name)]
    check(not different, f"{what}: {', '.join(different) or 'every file is equal'}")


def check_kills(whole):
    """`whole`: the seconds that a run takes."""
    moments = random.Random(20)
    kills = runs = reached = 0
    out = "killed0"
    while kills < 20:
        process = start(out, *OPTIONS, *(["--resume"] if (FOLDER / out).exists() else []))
        try:
            text, _ = process.communicate(timeout=moments.uniform(0, whole))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
            reached += (FOLDER / out / "checkpoint.safetensors").exists()
            continue
        check(process.returncode == 0, f"{out} ends with {process.returncode}: {text[-300:]}"
              if process.returncode else f"{out} has ended")
        check_equal(out, f"{out}, with {kills} kills so far")
        shutil.rmtree(FOLDER / out)
        runs += 1
        out = f"killed{runs}"
    status, text = run(out, *OPTIONS, "--resume")
    check(status == 0, f"the last one ends with {status}")
    check_equal(out, f"{out}, killed the 20th time")
    check(reached >= 3, f"{reached} of 20 kills left a checkpoint")


def refused(what, out, *arguments, message):
    before = {path.name: path.read_bytes() for path in (FOLDER / out).iterdir()}
    status, text = run(out, *arguments)
    last = text.strip().splitlines()[-1] if text.strip() else ""
    check(status == 1 and all(part in text for part in message), f"{what}: status {status}, {last}")
    check(before == {path.name: path.read_bytes() for path in (FOLDER / out).iterdir()},
          f"{what}: every file is as it was")


def check_refusals():
    check(stop_in_training("half", signal.SIGKILL, *OPTIONS), "a run is killed in training")
    refused("neither --resume nor --overwrite", "half", *OPTIONS,
            message=["unfinished run", "--resume", "--overwrite", "--out"])
    refused("other options", "half", *OPTIONS, "--resume", "--seed", 43, "--pruner", "magnitude",
            message=["--seed 42 there and 43 now", '--pruner "synflow" there and "magnitude" now'])
    refused("other amounts, another class", "half", *OPTIONS, "--resume", "--degrees", 5,
            "--positive", "not fractured",
            message=["--degrees none there and 5.0 now", '--positive none there and "not fractured"'])

    for name in ("checkpoint.safetensors", "checkpoint.previous.safetensors"):
        check((FOLDER / "half" / name).exists(), f"{name} is there")
    shutil.copytree(FOLDER / "half", FOLDER / "damaged")
    flip(FOLDER / "damaged/checkpoint.safetensors")
    status, text = run("damaged", *OPTIONS, "--resume")
    check(status == 0 and "warning" in text and "is damaged" in text
          and "checkpoint.previous.safetensors" in text, "a damaged checkpoint is named")
    check_equal("damaged", "resumed from the one before")

    shutil.copytree(FOLDER / "half", FOLDER / "lost")
    flip(FOLDER / "lost/checkpoint.safetensors")
    flip(FOLDER / "lost/checkpoint.previous.safetensors")
    refused("both are damaged", "lost", *OPTIONS, "--resume",
            message=["no whole checkpoint is left", "--overwrite"])
    status, text = run("lost", *OPTIONS, "--overwrite")
    check(status == 0, "--overwrite starts anew")
    check_equal("lost", "--overwrite")


def check_finished():
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns)
              for path in (FOLDER / "alone").iterdir()}
    status, text = run("alone", *OPTIONS, "--resume")
    check(status == 0 and "is finished" in text, f"a finished run says so: {text.strip()}")
    check(before == {path.name: (path.read_bytes(), path.stat().st_mtime_ns)
                     for path in (FOLDER / "alone").iterdir()}, "and changes nothing")
    refused("a finished run, neither --resume nor --overwrite", "alone", *OPTIONS,
            message=["finished run", "--overwrite", "--out"])
    refused("a finished run of other options", "alone", *OPTIONS, "--resume", "--sparsity", 0.9,
            message=["--sparsity 0.95 there and 0.9 now"])

    # One epoch more, asked for afterwards, is the second of a run that was to have two.
    status, _ = run("longer", *SMALL, "--limit", 36, "--epochs", 1)
    check(status == 0, "a run of one epoch")
    status, text = run("longer", *OPTIONS, "--resume")
    metrics = json.loads((FOLDER / "longer/metrics.json").read_text())
    check(status == 0 and metrics["training"]["epochs"] == 2 and "no longer unseen" in text,
          "goes on to the second")
    check_equal("longer", "one epoch more")


    (FOLDER / "longer/finished.safetensors").unlink()
    refused("a model without a checkpoint", "longer", *OPTIONS, "--resume",
            message=["no checkpoint to go on from", "--overwrite"])
    (FOLDER / "alone/fracture_detector_final.safetensors").unlink()
    refused("a finished run without its model", "alone", *OPTIONS, "--resume",
            message=["fracture_detector_final.safetensors is missing", "--overwrite"])


def check_folds():
    """What one fold would refuse is refused before any other fold is trained."""
    folds = [*SMALL, "--limit", 60, "--epochs", 1, "--split", "grouped", "--folds", 2]
    status, _ = run("folds/fold-0", *folds, "--fold", 0)
    check(status == 0, "fold 0 alone")
    before = (FOLDER / "folds/fold-0/metrics.json").read_bytes()
    status, text = run("folds", *folds)
    check(status == 1 and "fold-0 holds a finished run" in text, "a fold that is there is refused")
    status, text = run("folds", *folds, "--resume", "--seed", 9)
    check(status == 1 and "--seed 42 there and 9 now" in text, "so are other options")
    check(before == (FOLDER / "folds/fold-0/metrics.json").read_bytes()
          and not (FOLDER / "folds/fold-1/metrics.json").exists(), "nothing was trained")


def check_interrupt():
    check(stop_in_training("stopped", signal.SIGINT, *OPTIONS), "Ctrl-C in training")
    metrics = json.loads((FOLDER / "stopped/metrics.json").read_text())
    check(metrics["training"]["interrupted"] and "test" not in metrics,
          "the test images are not looked at before the end")
    status, text = run("stopped", *OPTIONS, "--resume")
    check(status == 0 and "resuming" in text, f"an interrupted run is resumed: status {status}")
    check_equal("stopped", "after Ctrl-C")


def write_png(path, shade):
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    rows = b"".join(b"\0" + bytes((shade * 7 + x * y) % 256 for x in range(16)) for y in range(16))
    header = struct.pack(">2I5B", 16, 16, 8, 0, 0, 0, 0)  # 16 x 16, 8 bits, grey
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
                     + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def check_data():
    for k, name in enumerate(["broken", "whole"]):
        (FOLDER / "images" / name).mkdir(parents=True)
        for i in range(20):
            write_png(FOLDER / "images" / name / f"{i}.png", 20 * k + i)
    options = [*SMALL, "--epochs", 1, "--data"]
    check(stop_in_training("folder", signal.SIGKILL, *options, "images"),
          "a run on a folder is killed")
    before = (FOLDER / "images/whole/3.png").read_bytes()
    write_png(FOLDER / "images/whole/3.png", 99)
    refused("one image has changed", "folder", *options, "images", "--resume",
            message=["other images"])
    (FOLDER / "images/whole/3.png").write_bytes(before)
    (FOLDER / "images").rename(FOLDER / "moved")
    status, text = run("folder", *options, "moved", "--resume")
    check(status == 0 and "resuming" in text, f"the same images elsewhere: status {status}")


def flip(path):
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 1]))


try:
    if shutil.which("gnuplot") is None:
        print("skipped: fracture_train needs gnuplot (apt-get install gnuplot-nox)")
        sys.exit(77)
    began = time.monotonic()
    status, text = run("alone", *OPTIONS, "--resume")
    whole = time.monotonic() - began
    check(status == 0 and "starting from the beginning" in text,
          f"--resume without a checkpoint starts from the beginning ({whole:.1f} s)")
    REFERENCE = outcome("alone")
    check_kills(whole)
    check_refusals()
    check_interrupt()
    check_folds()
    check_finished()
    check_data()
finally:
    shutil.rmtree(FOLDER, ignore_errors=True)
print(f"{len(failures)} wrong" if failures else "all as it should be")
sys.exit(1 if failures else 0)
