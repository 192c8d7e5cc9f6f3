#!/usr/bin/env python3
"""Runs fracture_audit as a user does: a folder whose repeats are known, every output checked, and
bad input, which must end with one message, a nonzero status and earlier outputs as they were.

  tests/examples/fracture_audit.py PROGRAM
"""

import base64
import csv
import json
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from pictures import blobs, png, quarter_turn

PROGRAM = str(Path(sys.argv[1]).resolve())
FOLDER = Path(tempfile.mkdtemp(prefix="osteon-audit-"))
failures = []


def check(condition, what):
    print(("ok    " if condition else "WRONG ") + what, flush=True)
    if not condition:
        failures.append(what)


def run(*arguments, **how):
    """(status, output and errors) of the program."""
    result = subprocess.run([PROGRAM, *map(str, arguments)], text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, cwd=FOLDER, timeout=300, **how)
    return result.returncode, result.stdout


def snapshot(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()} if folder.exists() else {}


def refused(what, *arguments, message, **how):
    before = snapshot(FOLDER / "out")
    status, text = run(*arguments, "--out", "out", **how)
    last = text.strip().splitlines()[-1] if text.strip() else ""
    check(status not in (0, -signal.SIGSEGV, -signal.SIGABRT) and message in text,
          f"{what}: status {status}, {last}")
    check(snapshot(FOLDER / "out") == before, f"{what}: earlier outputs are as they were")


def put(path, content):
    (FOLDER / "data" / path).parent.mkdir(parents=True, exist_ok=True)
    (FOLDER / "data" / path).write_bytes(content)


def write_data():
    for i in range(20):
        kind = "ab"[i % 2]
        put(f"train/{kind}/{i}.png", png(blobs(i)))
        if i < 6:
            put(f"val/{kind}/copy of {i}.png", png(blobs(i)))           # the same bytes
        elif i < 10:
            put(f"val/{kind}/<turned> {i}.png", png(quarter_turn(blobs(i))))
        else:
            put(f"val/{kind}/{i + 100}.png", png(blobs(i + 100)))       # new
    put("train/a/conflict.png", png(blobs(500)))
    put("train/b/conflict.png", png(blobs(500)))
    put("train/b/cut.png", png(blobs(600))[:700])
    put("train/b/broken.jpg", b"no picture")
    put("train/b/desktop.ini", b"stray")
    put("loose.png", png(blobs(700)))
    put("train/loose.jpg", png(blobs(701)))
    put("readme.txt", b"no image")


def check_findings():
    status, text = run("data", "--out", "out", "--split", "--val", "0.2", "--test", "0.2")
    print(text)
    check(status == 0, f"the audit ends with {status}")
    found = json.loads((FOLDER / "out/audit.json").read_text())
    check((found["files"], found["distinct_contents"], found["repeats"]) == (44, 37, 7),
          "repeats byte for byte")
    check((found["distinct_pictures"], found["repeats_once_decoded"]) == (36, 0), "pictures")
    check(found["stray"] == ["train/b/desktop.ini"], "stray files")
    check(found["unlabelled"] == ["train/loose.jpg", "loose.png"], "images in no class folder")
    check("no images: 1\n  train/b/desktop.ini\n" in text and
          "no class folder: 2\n  train/loose.jpg\n  loose.png\n" in text, "both are named")
    check(found["truncated"] == ["train/b/cut.png"], "truncated files")
    check([(u["path"], bool(u["problem"])) for u in found["unreadable"]] ==
          [("train/b/broken.jpg", True)], "unreadable files, and why")
    check({(p["first"], p["second"]) for p in found["near_repeats_of_unrelated_names"]} ==
          {(f"train/{'ab'[i % 2]}/{i}.png", f"val/{'ab'[i % 2]}/<turned> {i}.png")
           for i in range(6, 10)}, "turned pictures")
    check(all(p["degrees"] == 90 and not p["mirrored"]
              for p in found["near_repeats_of_unrelated_names"]), "by how much they are turned")
    check(found["conflicting_pictures"] == [["train/a/conflict.png", "train/b/conflict.png"]],
          "one picture under two classes")
    check("under more than one class: 1 picture, 0 pairs" in text, "one is not many")
    groups, parts = re.search(r"groups that share nothing: (\d+) \((.*)\)", text).groups()
    check(parts.endswith(", 1 of several classes") and int(groups) == len(found["groups"]) ==
          sum(int(part.split()[0]) for part in parts.split(", ")), f"{groups} groups: {parts}")
    check([(o["part"], o["other"], o["class"], o["files"], o["same_bytes"], o["same_group"])
           for o in found["overlap"]] == [("val", "train", "a", 10, 3, 5),
                                          ("val", "train", "b", 10, 3, 5)], "overlap of the parts")
    check(sorted(sum(found["groups"], [])) == sorted(
        str(p.relative_to(FOLDER / "data")) for p in (FOLDER / "data").rglob("*.*")
        if p.name not in ("desktop.ini", "loose.png", "loose.jpg", "readme.txt")),
        "every file is in one group")

    page = (FOLDER / "out/audit.html").read_text()
    pictures = re.findall(r'src="data:image/png;base64,([^"]*)"', page)
    check(len(pictures) > 20 and all(base64.b64decode(p, validate=True).startswith(b"\x89PNG")
                                     for p in pictures), f"{len(pictures)} pictures in the page")
    check("&lt;turned&gt; 7.png" in page and "<turned>" not in page, "names are escaped")
    check(not re.search(r'(src|href)="(?!data:)', page), "the page needs no other file")

    with open(FOLDER / "out/split.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    check(len(rows) == 44 and set(rows[0]) == {"path", "class", "part", "group"}, "split.csv")
    contents, groups = {}, {}
    for row in rows:
        if row["part"] != "dropped":
            contents.setdefault((FOLDER / "data" / row["path"]).read_bytes(), []).append(row)
            groups.setdefault(row["group"], set()).add(row["part"])
    check(all(len(same) == 1 for same in contents.values()), "no content is in the split twice")
    check(all(len(parts) == 1 for parts in groups.values()), "no group is on two sides")
    check({row["path"] for row in rows if row["part"] == "dropped"} ==
          {f"val/{'ab'[i % 2]}/copy of {i}.png" for i in range(6)} |
          {"train/a/conflict.png", "train/b/conflict.png", "train/b/broken.jpg"}, "what is dropped")
    check({row["part"] for row in rows} == {"train", "val", "test", "dropped"}, "the parts")

    tested = []
    for fold in range(3):
        run("data", "--out", "folds", "--split", "--val", "0.2", "--folds", 3, "--fold", fold)
        with open(FOLDER / "folds/split.csv", newline="") as file:
            tested += [row["path"] for row in csv.DictReader(file) if row["part"] == "test"]
    check(sorted(tested) == sorted(row["path"] for row in rows if row["part"] != "dropped"),
          "the folds' test parts are everything, once")


def check_chosen_pairs():
    """One radiograph has three views in train/, another has one: a page of two pairs shows both."""
    views = [blobs(0)]
    for _ in range(3):
        views.append(quarter_turn(views[-1]))
    for i, rows in enumerate(views[:3]):
        put(f"../views/train/a/many {i}.png", png(rows))
    put("../views/train/a/one.png", png(blobs(1)))
    put("../views/train/b/other.png", png(blobs(2)))
    put("../views/val/a/many again.png", png(views[3]))
    put("../views/val/a/one again.png", png(quarter_turn(blobs(1))))
    put("../views/val/b/another.png", png(blobs(3)))
    status, _ = run("views", "--out", "views_out", "--pairs", 2)
    check(status == 0, f"the audit of many views ends with {status}")
    page = (FOLDER / "views_out/audit.html").read_text()
    section = page.split("<h2>Near repeats in two parts: ")[1].split("<h2>")[0]
    check(section.startswith("4<") and "2 of them, the least alike first" in section,
          "four pairs, of which two are shown")
    check([section.count(f"val/a/{name} again.png") for name in ("many", "one")] == [1, 1],
          "no image is shown twice while another is left out")
    status, _ = run("views", "--out", "views_out", "--pairs", 3)
    section = (FOLDER / "views_out/audit.html").read_text().split(
        "<h2>Near repeats in two parts: ")[1].split("<h2>")[0]
    check(section.count("<figure>") == 3, "where there are no others, images come again")


def check_bad_input():
    refused("a missing folder", "nowhere", message="no such data folder")
    (FOLDER / "empty").mkdir()
    refused("an empty folder", "empty", message="is empty")
    refused("no folder at all", message="folder is required")
    refused("a similarity above 1", "data", "--similarity", "1.5", message="--similarity")
    refused("a share without --split", "data", "--val", "0.2", message="--split")
    refused("a fold that there is not", "data", "--split", "--folds", 3, "--fold", 3,
            message="there is no fold 3")
    refused("more folds than groups", "data", "--split", "--folds", 40, message="groups, too few")
    refused("no validation and no test part", "data", "--split", "--val", 0, "--test", 0,
            message="both 0")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 10, 1 << 10))

    refused("a full disk", "data", message="audit.json", preexec_fn=limit)
    (FOLDER / "file").write_text("in the way")
    status, text = run("data", "--out", "file/out")
    check(status == 1 and "cannot create the folder" in text, f"an impossible --out: {text.strip()}")


try:
    write_data()
    check_findings()
    check_chosen_pairs()
    check_bad_input()
finally:
    shutil.rmtree(FOLDER, ignore_errors=True)
print(f"{len(failures)} wrong" if failures else "all as it should be")
sys.exit(1 if failures else 0)
