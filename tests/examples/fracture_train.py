#!/usr/bin/env python3
"""Runs fracture_train as a user does: a small run whose outputs are all checked, and every bad
input, which must end with one message, a nonzero status and earlier outputs as they were.

  tests/examples/fracture_train.py PROGRAM
"""

import csv
import json
import os
import re
import resource
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pictures import blobs, png, quarter_turn

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
    status, text = run("--out", out, "--overwrite", *arguments, **how)
    check(status not in (0, -signal.SIGSEGV, -signal.SIGABRT) and message in text,
          f"{what}: status {status}, {text.strip().splitlines()[-1] if text.strip() else ''}")
    after = {n: b for n, b in snapshot(FOLDER / out).items() if not n.startswith("checkpoint.")}
    check(after == before, f"{what}: earlier outputs are as they were")


def header_of(path):
    """The header of a safetensors file and where its data begin, read without Osteon."""
    content = path.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8:8 + size]), content, size


def metadata(path):
    return header_of(path)[0]["__metadata__"]


def tensors(path):
    """name -> (dtype, shape, bytes)."""
    header, content, size = header_of(path)
    header.pop("__metadata__", None)
    return {name: (t["dtype"], t["shape"],
                   content[8 + size + t["data_offsets"][0]:8 + size + t["data_offsets"][1]])
            for name, t in header.items()}


def nonzeros(data):
    return sum(1 for value in memoryview(data).cast("I") if value & 0x7FFFFFFF)


def negative_zeros(data):
    return sum(1 for value in memoryview(data).cast("I") if value == 0x80000000)


def split_rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def check_split(folder, out):
    """What split.csv of a grouped split must keep, read from the files themselves."""
    rows = split_rows(out / "split.csv")
    contents, groups = {}, {}
    for row in rows:
        if row["part"] != "dropped":
            contents.setdefault((folder / row["path"]).read_bytes(), []).append(row["path"])
            groups.setdefault(row["group"], set()).add(row["part"])
    check(all(len(same) == 1 for same in contents.values()), f"{out.name}: no content twice")
    check(all(len(parts) == 1 for parts in groups.values()), f"{out.name}: no group on two sides")
    data = json.loads((out / "metrics.json").read_text())["data"]
    sizes = [sum(row["part"] == part for row in rows) for part in ("train", "val", "test")]
    check(sizes == [data["train"], data["val"], data["test"]] and min(sizes) > 0,
          f"{out.name}: the parts' sizes {sizes}")
    check(data["test_files_related_to_train"] == data["val_files_related_to_train"] == 0,
          f"{out.name}: nothing is related to the training part")
    return rows


METRICS = {"accuracy", "sensitivity", "specificity", "ppv", "npv", "auc", "average_precision",
           "ece", "mcc", "kappa", "brier"}


def check_scores(metrics, predictions):
    """What a part's figures must be, computed anew from its confusion matrix."""
    positive = metrics["data"]["classes"].index(metrics["data"]["positive_class"])
    for part in ("val", "test"):
        scores = metrics[part]
        confusion = scores["confusion"]
        found, missed = confusion[positive][positive], confusion[positive][1 - positive]
        alarms, right = confusion[1 - positive][positive], confusion[1 - positive][1 - positive]
        expected = {"accuracy": (found + right) / (found + missed + alarms + right),
                    "sensitivity": found / (found + missed), "specificity": right / (alarms + right),
                    "ppv": found / (found + alarms) if found + alarms else None,
                    "npv": right / (missed + right) if missed + right else None}
        check(METRICS <= set(scores), f"metrics.{part} has every metric")
        check(all(scores[name] == value or abs(scores[name] - value) < 1e-12
                  for name, value in expected.items()), f"metrics.{part} follows from its matrix")
        groups = {name: {row["group"] for row in predictions if row["part"] == part
                         and wanted(row["class"] == metrics["data"]["positive_class"])}
                  for name, wanted in (("sensitivity", lambda fractured: fractured),
                                       ("specificity", lambda fractured: not fractured),
                                       ("accuracy", lambda fractured: True))}
        groups["auc"] = min(groups["sensitivity"], groups["specificity"], key=len)
        for name, (lower, upper) in scores["ci95"].items():
            check(0 <= lower <= scores[name] <= upper <= 1, f"{part}: {name} lies in its interval")
            if scores[name] in (0, 1):  # exact bounds, of as many trials as groups
                width = 1 - 0.025 ** (1 / len(groups[name]))
                check(abs(upper - lower - width) < 1e-12, f"{part}: {name} {scores[name]} is no "
                      f"certainty: {lower:.4f} to {upper:.4f} by {len(groups[name])} groups")
    rule = metrics["decision"]
    check(rule["sensitivity"]["sensitivity"] >= 0.95 and rule["specificity"]["specificity"] >= 0.95
          and rule["temperature"] > 0, "the operating points hold on the validation images")
    check(metrics["val"]["operating_points"] == {k: rule[k] for k in ("sensitivity", "specificity")},
          "the validation part's operating points are the chosen ones")


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

    check((data["exact_duplicates"], data["groups"], data["test_files_also_in_train"]) ==
          (0, 150, 0), "no drawn image repeats another")
    check_scores(metrics, split_rows(out / "predictions.csv"))
    rows = split_rows(out / "split.csv")
    check([sum(row["part"] == part for row in rows) for part in ("train", "val", "test")] ==
          [100, 25, 25], "split.csv")
    check_predictions(split_rows(out / "predictions.csv"), metrics, rows)
    about = metadata(out / "fracture_detector_final.safetensors")
    point = re.fullmatch(r"threshold=(\S+) sensitivity=(\S+) specificity=(\S+)",
                         about["operating_point.sensitivity"])
    chosen = metrics["decision"]["sensitivity"]
    check(point is not None and [float(v) for v in point.groups()] ==
          [chosen["threshold"], chosen["sensitivity"], chosen["specificity"]]
          and float(about["temperature"]) == metrics["decision"]["temperature"]
          and about["positive_class"] == "fractured" and about["normalization"] == "imagenet"
          and about["classes"] == "fractured, not fractured"
          and "operating_point.specificity" in about, "the model file says how to decide")

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
    check("thresholds and temperature are those of run/" in text and "warning" not in text,
          "by the model's own rule, on images that it was not trained on")
    status, text = run("--evaluate", "run/fracture_detector_final.safetensors", "--limit", 150,
                       "--image-size", 64, "--split", "stratified", "--seed", 7)
    check(status == 0 and "was trained on" in text and "measure memory" in text,
          "--evaluate warns of images that the model was trained on")
    shutil.copy(out / "fracture_detector_final.safetensors", FOLDER / "alone.safetensors")
    status, text = run("--evaluate", "alone.safetensors", "--limit", 150, "--image-size", 64)
    check(status == 0 and "is not known" in text, "and says where it cannot know")


def check_predictions(rows, metrics, split):
    """predictions.csv tells of every scored image what metrics.json sums up."""
    parts = {row["path"]: (row["class"], row["part"], row["group"]) for row in split
             if row["part"] != "train"}
    check({row["path"]: (row["class"], row["part"], row["group"]) for row in rows} == parts,
          "predictions.csv has the images of split.csv")
    threshold = metrics["decision"]["sensitivity"]["threshold"]
    for part in ("val", "test"):
        found = [float(row["probability"]) >= threshold for row in rows
                 if row["part"] == part and row["class"] == "fractured"]
        sensitivity = metrics[part]["operating_points"]["sensitivity"]["sensitivity"]
        check(abs(sum(found) / len(found) - sensitivity) < 1e-12, f"probabilities of {part}")


def put(path, content):
    (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
    (FOLDER / path).write_bytes(content)


def write_folder():
    """16 pictures of each class in train/, each turned as well; in val/ and test/ repeats and new
    ones. 24 groups of each class."""
    for i in range(48):
        kind = ("fractured", "not fractured")[i % 2]
        if i < 32:
            put(f"data/train/{kind}/{i}.png", png(blobs(i)))
            put(f"data/train/{kind}/turned {i}.png", png(quarter_turn(blobs(i))))
        part = "val" if i % 4 < 2 else "test"
        put(f"data/{part}/{kind}/x{i}.png", png(blobs(i)))


def check_splits():
    write_folder()
    files = ["--data", "data", *QUICK]
    status, text = run("--out", "grouped", "--split", "grouped", "--val", 0.2, "--test", 0.25,
                       "--augment", "strong", "--degrees", 5, "--balance", "sources", "--schedule",
                       "one-cycle", "--optimizer", "adamw", "--weight-decay", 0.1,
                       "--label-smoothing", 0.1, "--test-time-flips", "--positive",
                       "not fractured", *files)
    check(status == 0 and "WARNING" not in text, f"--split grouped ends with {status}")
    rows = check_split(FOLDER / "data", FOLDER / "grouped")
    metrics = json.loads((FOLDER / "grouped/metrics.json").read_text())
    check_scores(metrics, split_rows(FOLDER / "grouped/predictions.csv"))
    check(metrics["data"]["positive_class"] == "not fractured", "--positive")
    check(metrics["data"]["exact_duplicates"] == 32 and metrics["data"]["groups"] == 48,
          "what the folder repeats")
    check(sum(row["part"] == "dropped" for row in rows) == 32, "repeats are dropped")
    check(metadata(FOLDER / "grouped/fracture_detector_final.safetensors")["test_time_flips"] ==
          "yes", "the model file says that it was scored with flips")

    status, text = run("--out", "published", "--split", "published", *files)
    data = json.loads((FOLDER / "published/metrics.json").read_text())["data"]
    check(status == 0 and (data["val_files_also_in_train"], data["test_files_also_in_train"]) ==
          (16, 16), "test files that also stand in train")
    check("WARNING: 16 of the 24 test images also stand in the training part" in text,
          "a loud warning")

    status, text = run("--out", "folds", "--split", "grouped", "--folds", 2, "--val", 0.2, *files)
    check(status == 0, f"--folds 2 ends with {status}")
    tested = []
    for fold in range(2):
        rows = check_split(FOLDER / "data", FOLDER / f"folds/fold-{fold}")
        tested += [row["path"] for row in rows if row["part"] == "test"]
    check(len(tested) == len(set(tested)) == 80, "every picture is tested once")
    summary = json.loads((FOLDER / "folds/summary.json").read_text())["test"]
    for name in ("accuracy", "auc", "brier"):
        values = [json.loads((FOLDER / f"folds/fold-{fold}/metrics.json").read_text())["test"][name]
                  for fold in range(2)]
        check(summary[name]["folds"] == values
              and abs(summary[name]["mean"] - statistics.mean(values)) < 1e-12
              and abs(summary[name]["std"] - statistics.stdev(values)) < 1e-12,
              f"summary.json: {name}")
    status, _ = run("--out", "fold", "--split", "grouped", "--folds", 2, "--fold", 1, "--val", 0.2,
                    *files)
    check(status == 0 and (FOLDER / "fold/split.csv").read_bytes() ==
          (FOLDER / "folds/fold-1/split.csv").read_bytes(), "--fold 1 is the second of all folds")
    check(tensors(FOLDER / "fold/fracture_detector_final.safetensors") ==
          tensors(FOLDER / "folds/fold-1/fracture_detector_final.safetensors"),
          "and gives the same model")


def check_bad_splits():
    out = "grouped"  # with the outputs of a run in it
    grouped = ["--data", "data", "--split", "grouped", *QUICK]
    if shutil.which("nvidia-smi") is None:  # in place of the GPU nothing else computes
        refused("a GPU that is not there", *grouped, "--device", "cuda",
                message="use --device cpu", out=out)
    refused("a precision that only GPUs have", *grouped, "--precision", "bf16",
            message="--precision bf16 needs --device cuda", out=out)
    refused("an unknown class in --positive", *grouped, "--positive", "broken",
            message='there are "fractured", "not fractured"', out=out)
    refused("no test part", *grouped, "--test", 0, message="--test", out=out)
    refused("nothing to train on", *grouped, "--val", 0.5, "--test", 0.5, message="nothing to train",
            out=out)
    refused("too few groups for the folds", *grouped, "--folds", 30,
            message="has 24 groups, too few for 30 parts", out=out)
    refused("a fold that there is not", *grouped, "--folds", 3, "--fold", 3,
            message="there is no fold 3", out=out)
    refused("one fold", *grouped, "--folds", 1, message="at least 2", out=out)
    refused("folds of a published split", "--data", "data", "--split", "published", "--folds", 3,
            message="--split grouped", out=out)
    refused("a rotation by 200 degrees", *grouped, "--degrees", 200, message="degrees is 200", out=out)
    refused("too small a limit", "--data", "data", "--split", "published", "--limit", 5, *QUICK,
            message="raise --limit", out=out)
    shutil.copytree(FOLDER / "data", FOLDER / "no_test")
    shutil.rmtree(FOLDER / "no_test/test")
    (FOLDER / "no_test/test").mkdir()
    refused("an empty test part", "--data", "no_test", "--split", "published", *QUICK,
            message="give every part the same folders", out=out)
    (FOLDER / "no_test/test/fractured").mkdir()
    (FOLDER / "no_test/test/not fractured").mkdir()
    refused("a test part without images", "--data", "no_test", "--split", "published", *QUICK,
            message="no images in the class folder", out=out)
    for i in range(4):
        rows = blobs(900)
        for _ in range(i):
            rows = quarter_turn(rows)
        put(f"one_source/a/{i}.png", png(rows))
        put(f"one_source/b/{i}.png", png(blobs(i)))
    refused("a group that covers a class", "--data", "one_source", "--split", "grouped", *QUICK,
            message='one group holds every sample of class "a"', out=out)


def check_faulty_files():
    """What is left out is counted and named, on the terminal and in every report."""
    shutil.copytree(FOLDER / "data", FOLDER / "faulty")
    unreadable = ["train/fractured/zero.jpg", "val/fractured/text.jpg"]
    stray = ["train/fractured/desktop.ini", "test/fractured/desktop.ini"]
    unlabelled = ["train/loose.png", "loose.jpg"]
    for path in unreadable + stray:
        put(f"faulty/{path}", b"" if "zero" in path else b"no picture")
    for path in unlabelled:
        put(f"faulty/{path}", png(blobs(800)))
    put("faulty/train/fractured/cut.png", png(blobs(801))[:700])
    files = ["--data", "faulty", *QUICK]
    refused("files that cannot be decoded", *files, "--split", "notebook",
            message="cannot decode 1 of the files that --split notebook reads. Remove or repair "
                    "them, or use --split grouped, which leaves such files out:\n"
                    "  train/fractured/zero.jpg: the file is empty")
    refused("such files in any part", *files, "--split", "published", message="cannot decode 2")
    for out, more in (("faults", []), ("few_faults", ["--limit", 40])):
        status, text = run("--out", out, "--split", "grouped", *files, *more)
        check(status == 0, f"{out}: status {status}")
        data = json.loads((FOLDER / out / "metrics.json").read_text())["data"]
        check([data[f"{kind}_files"] for kind in ("unreadable", "stray", "unlabelled")] ==
              [unreadable, stray, unlabelled], f"{out}: the files that are left out")
        check([data[kind] for kind in ("unreadable", "skipped", "stray", "unlabelled")] == [2] * 4,
              f"{out}: and their numbers")
        check(data["decoded"] == (40 if more else 81) and data["files"] == data["decoded"] + 2,
              f"{out}: the files that are read")
    for name in ("report.txt", "report.html"):
        report = (FOLDER / "faults" / name).read_text()
        check(all(path in report for path in unreadable + stray + unlabelled) and
              "train/fractured/cut.png" in report, f"{name} names them")
    check("unreadable, left out: 2\n  " + "\n  ".join(unreadable) in text, "so does the terminal")
    (FOLDER / "faulty/train/fractured/zero.jpg").unlink()
    run("--out", "notebook_faults", "--split", "notebook", *files, "--truncated", "skip")
    data = json.loads((FOLDER / "notebook_faults/metrics.json").read_text())["data"]
    check(data["stray_files"] == stray[:1] and data["unlabelled_files"] == unlabelled
          and data["skipped"] == 1 and data["unreadable"] == 0,
          "of train/ alone: the stray files of that part")


def check_limits():
    """Where the limit is to blame, it is the limit that the message names."""
    files = ["--data", "data", *QUICK]
    for split in ("grouped", "notebook"):
        refused(f"one image, {split}", *files, "--split", split, "--limit", 1,
                message=f"--limit 1 leaves too few images for --split {split} (")
    refused("one image, stratified", *files, "--split", "stratified", "--limit", 1,
            message="raise --limit")
    refused("few images for many folds", *files, "--split", "grouped", "--limit", 8, "--folds", 5,
            message="--split grouped --folds 5 (4 fractured, 4 not fractured): raise --limit")
    refused("a limit of data that are too few themselves", *files, "--split", "grouped", "--folds",
            30, "--limit", 20, message="has 24 groups, too few for 30 parts")
    refused("a limit that leaves nothing out", *files, "--split", "stratified", "--folds", 90,
            "--limit", 1000, message="too few for 90 parts")
    status, _ = run("--out", "unused_test", "--split", "grouped", "--folds", 3, "--fold", 0, "--val",
                    0.9, "--test", 0.5, *files)
    check(status == 0, f"folds do not use --test: status {status}")


def check_real_folder():
    shared = Path(os.environ.get("OSTEON_SHARED", Path(__file__).resolve().parents[2] / "../shared"))
    folder = shared / "data/kaggle_fracture_320"
    if not folder.is_dir():
        print(f"skipped: kaggle_fracture_320 (no folder {folder})")
        return
    status, text = run("--data", folder, "--out", "real", "--split", "grouped", "--limit", 400,
                       *QUICK)
    check(status == 0 and "WARNING" not in text, f"the real folder: status {status}")
    check_split(folder, FOLDER / "real")


def write_weights(path, weights):
    """A safetensors file of name -> (shape, bytes)."""
    header, position = {}, 0
    for name, (shape, data) in weights.items():
        header[name] = {"dtype": "F32", "shape": shape,
                        "data_offsets": [position, position + len(data)]}
        position += len(data)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text
                     + b"".join(data for _, data in weights.values()))


def check_weights():
    """From a file whose batch normalisation is folded away, without the last stage, and with a head
    for another number of classes."""
    saved = tensors(FOLDER / "run/fracture_detector_final.safetensors")
    weights = {name: (shape, data) for name, (_, shape, data) in saved.items()
               if len(shape) == 4 and not name.startswith("layer4")}
    for name, (shape, _) in list(weights.items()):
        weights[name[:-len("weight")] + "bias"] = ([shape[0]], bytes(4 * shape[0]))
    weights["fc.weight"] = ([3, 512], bytes(4 * 3 * 512))
    write_weights(FOLDER / "folded.safetensors", weights)
    status, text = run("--weights", "folded.safetensors", "--out", "pretrained", "--limit", 150,
                       "--pruner", "none", *QUICK)
    check(status == 0, f"a run from pretrained weights ends with {status}")
    check("folded.safetensors, partial" in text and "folded       15 " in text
          and "fc.weight [3, 512] in the file, [2, 512] in the network" in text,
          "what became of each tensor is said")
    metrics = json.loads((FOLDER / "pretrained/metrics.json").read_text())
    became = metrics["model"]["pretrained"]
    check(became["file"] == "folded.safetensors" and not became["complete"]
          and became["folded"] == sorted(name[:-len(".weight")] for name in weights
                                         if name.endswith("weight") and name != "fc.weight")
          and len(became["loaded"]) == 15
          and became["reshaped"] == [{"name": "fc.weight", "in_file": [3, 512],
                                      "in_network": [2, 512]}]
          and became["missing"] and all(name.startswith(("layer4", "fc.bias"))
                                        for name in became["missing"])
          and became["unexpected"] == [], "so does metrics.json")
    report = (FOLDER / "pretrained/report.txt").read_text()
    check("weights: folded.safetensors, partial" in report and "folded       15 " in report,
          "and report.txt")
    check(json.loads((FOLDER / "run/metrics.json").read_text())["model"]["pretrained"] is None,
          "a run from random weights says that there were none")
    check("restored behind 15 convolutions on 100 training images" in text, "folded batch norm")
    trained = tensors(FOLDER / "pretrained/fracture_detector_final.safetensors")
    before = memoryview(weights["conv1.weight"][1]).cast("f")
    after = memoryview(trained["conv1.weight"][2]).cast("f")
    largest = max(map(abs, before))
    check(max(abs(a - b) for a, b in zip(before, after)) < 0.1 * largest < 0.1,
          "a short training starts from these weights")
    status, _ = run("--weights", "folded.safetensors", "--out", "pretrained", "--limit", 150,
                    "--pruner", "none", "--image-size", 64, "--batch", 32, "--prune-iterations", 3,
                    "--epochs", 2, "--resume")
    metrics = json.loads((FOLDER / "pretrained/metrics.json").read_text())
    check(status == 0 and metrics["training"]["epochs"] == 2
          and metrics["model"]["pretrained"] == {"file": "folded.safetensors"}
          and "folded.safetensors, loaded before the run was resumed" in
          (FOLDER / "pretrained/report.txt").read_text(), "a resumed run knows the file alone")

    (FOLDER / "weights.pth").write_bytes(b"PK\x03\x04\x00\x00\x08\x08archive/data.pkl")
    refused("PyTorch's weights", "--weights", "weights.pth", message="is a zip archive", out="run")
    write_weights(FOLDER / "strange.safetensors", {"w": ([1], bytes(4))})
    refused("another network's weights", "--weights", "strange.safetensors",
            message="none of its 1 tensors fits", out="run")


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
    for flag in ("--lr", "--weight-decay", "--label-smoothing", "--degrees", "--checkpoint-seconds"):
        for value in ("nan", "inf", "-1", "much"):
            refused(f"{flag} {value}", flag, value, message=f"{flag}: must be", out=out)

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
    check_weights()
    check_splits()
    check_bad_splits()
    check_faulty_files()
    check_limits()
    check_real_folder()
    check_bad_input()
    check_full_disk()
    check_interrupt()
finally:
    shutil.rmtree(FOLDER, ignore_errors=True)
print(f"{len(failures)} wrong" if failures else "all as it should be")
sys.exit(1 if failures else 0)
