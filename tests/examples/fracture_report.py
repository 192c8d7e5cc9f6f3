#!/usr/bin/env python3
"""The page report.html that fracture_train writes: every section is there, nothing is fetched, names
are escaped, and each number is that of metrics.json. Where Chromium is installed it is rendered.

  tests/examples/fracture_report.py PROGRAM
"""

import base64
import json
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
import zlib
from html.parser import HTMLParser
from pathlib import Path

from pictures import blobs, png, quarter_turn

PROGRAM = str(Path(sys.argv[1]).resolve())
FOLDER = Path(tempfile.mkdtemp(prefix="osteon-report-"))
SECTIONS = ["headline", "audit", "samples", "curves", "scores", "ranking", "reliability", "density",
            "sizes", "mistakes", "reproduction"]
VOID = {"meta", "img", "br"}
QUICK = ["--image-size", 64, "--epochs", 1, "--prune-iterations", 3, "--batch", 32]
failures = []


def check(condition, what):
    print(("ok    " if condition else "WRONG ") + what, flush=True)
    if not condition:
        failures.append(what)


class Page(HTMLParser):
    """What stands in which section."""

    def __init__(self, path):
        super().__init__()
        self.markup = path.read_text()
        self.open, self.unbalanced = [], []
        self.sections, self.text, self.pictures = [], {}, {}
        self.references, self.figures, self.cells = [], [], {}
        self.row = None
        self.feed(self.markup)
        self.close()

    @property
    def section(self):
        return self.sections[-1] if self.sections else None

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("header", "section"):
            self.sections.append(values["id"])
        self.references += [values[name] for name in ("src", "href", "srcset", "poster", "data")
                            if name in values]
        if tag in ("script", "link", "iframe", "object"):
            self.references.append(tag)
        if tag == "img":
            self.pictures.setdefault(self.section, []).append((values["alt"], values["src"]))
        if tag == "data":
            self.figures.append((self.section, values["data-key"], values["value"]))

    def handle_startendtag(self, tag, attributes):  # within <svg>
        pass

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data):
        self.text[self.section] = self.text.get(self.section, "") + data

    def charts(self, section):
        part = self.markup.split(f'id="{section}"', 1)[1].split("<section", 1)[0]
        return re.findall(r"<svg.*?</svg>", part, re.S)


def look_up(metrics, key):
    for name in key.split("."):
        metrics = metrics[int(name) if isinstance(metrics, list) else name]
    return metrics


def check_page(out, parts):
    """What holds for every run with these parts; returns page and metrics."""
    page = Page(FOLDER / out / "report.html")
    metrics = json.loads((FOLDER / out / "metrics.json").read_text())
    check(page.sections == SECTIONS, f"{out}: the sections are there, in their order")
    check(not page.open and not page.unbalanced, f"{out}: tags are closed")
    outside = [r for r in page.references if not r.startswith(("data:", "#"))]
    words = re.sub('"data:[^"]*"', "", page.markup)
    check(not outside and not any(word in words for word in ("http", "url(", "@import", "script")),
          f"{out}: the page needs nothing else {outside}")
    missing = [r for r in page.references if r.startswith("#") and r[1:] not in page.sections]
    check(not missing, f"{out}: its links lead somewhere {missing}")

    wrong = [(key, value) for _, key, value in page.figures
             if look_up(metrics, key) != (float(value) if value else None)]
    check(not wrong, f"{out}: {len(page.figures)} numbers are those of metrics.json {wrong[:3]}")
    shown = {key for _, key, _ in page.figures}
    wanted = {f"{part}.{name}" for part in parts
              for name in ("accuracy", "ci95.accuracy.0", "ci95.accuracy.1", "majority_accuracy",
                           "sensitivity", "specificity", "auc", "average_precision", "ece",
                           "calibrated.ece", "confusion.0.1", "operating_points.sensitivity.threshold")}
    wanted |= {"model.parameters", "model.nonzero", "model.macs_dense", "model.macs_kept",
               "model.file_bytes"}
    wanted = {key for key in wanted if ".ci95." not in key or look_up(metrics, key) is not None}
    check(wanted <= shown, f"{out}: no number is missing {wanted - shown}")

    for section, count in (("curves", 2), ("ranking", 2), ("reliability", 1)):
        charts = page.charts(section)
        for chart in charts:
            xml.etree.ElementTree.fromstring(chart)
        check(len(charts) == count and "nan" not in "".join(charts), f"{out}: charts of {section}")
    check(all(base64.b64decode(uri.removeprefix("data:image/png;base64,"), validate=True)
              .startswith(b"\x89PNG") for p in page.pictures.values() for _, uri in p),
          f"{out}: the pictures are PNG files")

    confusion = metrics[parts[-1]]["confusion"]
    mistakes = confusion[0][1] + confusion[1][0]
    text = page.text["mistakes"]
    check((f"Of {mistakes} wrong answers" in text and page.pictures.get("mistakes"))
          if mistakes else "every" in text and "right" in text, f"{out}: {mistakes} mistakes")
    reproduction = page.text["reproduction"]
    check(metrics["command"] in reproduction and metrics["data"]["sha256"] in reproduction
          and re.fullmatch("[0-9a-f]{64}", metrics["data"]["sha256"]) is not None
          and all(word in reproduction for word in ("seed", "Eigen 3.", "compiler", "UTC", "Linux")),
          f"{out}: how to do it again")
    return page, metrics


def run(out, *arguments):
    result = subprocess.run([PROGRAM, "--out", out, *map(str, [*QUICK, *arguments])], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=FOLDER, timeout=500)
    check(result.returncode == 0, f"{out}: status {result.returncode}")
    if result.returncode != 0:
        print(result.stdout)


def put(path, content):
    (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
    (FOLDER / path).write_bytes(content)


CLASSES = ("<b>'broken'", "not & never")


def write_folders():
    """32 pictures to train on. In `leaky`, val and test each have eight of them again, eight turned
    ones and twelve new ones, four of them of the first class; in `copies`, val has all of them again.
    In `few`, val has one of them again and four new ones, each under both classes; test has one again
    and three new ones, one of them of the first class."""
    for i in range(32):
        kind = CLASSES[i % 2]
        for root in ("leaky", "copies", "few"):
            put(f"{root}/train/{kind}/{i}.png", png(blobs(i)))
        put(f"copies/val/{kind}/copy {i}.png", png(blobs(i)))
        for part in ("val", "test"):
            if i < 8:
                put(f"leaky/{part}/{kind}/<i>{i}.png", png(blobs(i)))
            elif i < 16:
                put(f"leaky/{part}/{kind}/turned {i}.png", png(quarter_turn(blobs(i))))
            elif i < 28:
                new = i + (100 if part == "val" else 200)
                put(f"leaky/{part}/{CLASSES[i % 3 > 0]}/x{new}.png", png(blobs(new)))
    for i in (0, 300, 301, 302, 303):
        for kind in CLASSES:
            put(f"few/val/{kind}/{i}.png", png(blobs(i)))
    for i in (1, 400, 401, 402):
        put(f"few/test/{CLASSES[i != 400]}/{i}.png", png(blobs(i)))


def check_leaky():
    run("leak", "--data", "leaky", "--split", "published", "--positive", CLASSES[1])
    page, metrics = check_page("leak", ("val", "test"))
    test = metrics["test"]
    head = page.text["headline"]
    check("This split leaks. 8 of the 28 test images also stand in the training part" in head
          and "16 are related" in head, "the page warns of a leak, with its size")
    unrelated = test["unrelated"]
    check(unrelated["images"] == 12 and "accuracy on the 12 of 28 test images" in head,
          "the headline is of images that are related to none")
    keys = [key for section, key, _ in page.figures if section == "headline"]
    check(keys[0] == "test.unrelated.accuracy" and "test.unrelated.ci95.accuracy.0" in keys,
          "with its interval")
    check(unrelated["per_class"] == dict(zip(CLASSES, (4, 8)))
          and unrelated["majority_accuracy"] == 8 / 12 != test["majority_accuracy"]
          and f"(4 {CLASSES[0]}, 8 {CLASSES[1]}) would give 66.7" in head.replace("\n", " ")
          and "test.majority_accuracy" not in keys, "and with the majority of the same images")
    text = (FOLDER / "leak/report.txt").read_text()
    check(f"12 images (4 {CLASSES[0]}, 8 {CLASSES[1]})" in text
          and f"accuracy {100 * unrelated['accuracy']:.2f} %" in text
          and "always their larger class: 66.67 %" in text, "so does report.txt")
    audit = {key: float(value) for section, key, value in page.figures if section == "audit"}
    check(audit["data.exact_duplicates"] == 24 and audit["data.near_repeats"] == 8
          and audit["data.groups"] == metrics["data"]["groups"] and audit["data.audited"] == 88,
          "what the audit found")
    names = [name for name, _ in page.pictures["samples"]]
    check(len(names) == 16 and all(name.startswith("train/") for name in names), "16 samples")
    check("<b>" not in page.markup and "<i>" not in page.markup
          and CLASSES[0] in page.text["scores"] and CLASSES[1] in page.text["scores"]
          and any(CLASSES[0] in name for name in names), "names are escaped")
    return page


def check_copies():
    run("all", "--data", "copies", "--split", "published")
    page, metrics = check_page("all", ("val",))
    check("No figure to trust" in page.text["headline"]
          and metrics["val"]["unrelated"] == {"images": 0, "per_class": dict.fromkeys(CLASSES, 0),
                                             "accuracy": None, "majority_accuracy": None,
                                             "ci95": {"accuracy": [None, None]}},
          "there is no figure where every image was trained on")
    check("There is no test part" in page.text["headline"]
          and "There is no test part" in page.text["scores"], "it says that there is no test part")


def check_few():
    run("few", "--data", "few", "--split", "published")
    page, metrics = check_page("few", ("val", "test"))
    head = page.text["headline"]
    val, test = metrics["val"], metrics["test"]
    check("Too few images to tell 3 of 4 test images" in head
          and f"(1 {CLASSES[0]}, 2 {CLASSES[1]}) are fewer than ten" in head
          and "The interval reaches down" not in head, "three images are no headline")
    text = (FOLDER / "few/report.txt").read_text()
    check("they tell nothing" in text and "always their larger class" not in text,
          "nor are they in report.txt")
    # Whatever the network: no threshold tells a picture from itself, so half of the answers are
    # right in every draw of groups, and only "never" has a specificity of 95 %.
    point = metrics["decision"]["specificity"]
    check(point == {"threshold": None, "sensitivity": 0, "specificity": 1, "reached": False}
          and not test["operating_points"]["specificity"]["reached"]
          and text.count("threshold for specificity >= 95 %:   not reached") == 2
          and page.text["ranking"].count("\N{INFINITY}not reached in validation") == 2,
          "an operating point that is not reached")
    check(val["accuracy"] == val["auc"] == 0.5 and val["ci95"]["accuracy"] == val["ci95"]["auc"] ==
          [None, None] and "(95 %: not defined, too few" in text, "groups that are all alike")
    # One positive group: found or not, that is no certainty. 1 - 0.025 and 0.025.
    check(abs(test["ci95"]["sensitivity"][1] - test["ci95"]["sensitivity"][0] - 0.975) < 1e-12
          and test["sensitivity"] in test["ci95"]["sensitivity"], "a sensitivity of one image")


def check_drawn():
    run("drawn", "--limit", 60, "--pruner", "none")
    page, _ = check_page("drawn", ("val", "test"))
    check("drawn by code" in page.text["headline"] and "no files to audit" in page.text["audit"],
          "it says that the radiographs are drawn")
    check("Nothing was pruned" in page.text["density"] and not page.charts("density"),
          "it says that nothing was pruned")


def check_folds():
    run("folds of 2", "--data", "leaky", "--split", "grouped", "--folds", 2, "--val", 0.2)
    for fold in range(2):
        page, metrics = check_page(f"folds of 2/fold-{fold}", ("val", "test"))
        check(f"This is fold {fold} of 0 to 1" in page.text["audit"], f"the page of fold {fold}")
        check("leaks" not in page.text["headline"], "a grouped split does not leak")
        layers = metrics["model"]["layers"]
        chart = page.charts("density")[0]
        check(len(layers) == 21 and all(
            f">{layer['name']}</text>" in chart and f">{100 * layer['density']:.2f} %</text>" in chart
            for layer in layers), "the density of each layer")
        check("'folds of 2'" in page.text["reproduction"], "the command can be typed again")
    summary = Page(FOLDER / "folds of 2/report.html")
    numbers = json.loads((FOLDER / "folds of 2/summary.json").read_text())
    wrong = [key for _, key, value in summary.figures
             if look_up(numbers, key) != (float(value) if value else None)]
    scores = [key for _, key, _ in summary.figures if key.startswith("test.")]
    check(len(scores) == 4 * len(numbers["test"]) and not wrong, "the page of all folds")
    audit = {key: float(value) for _, key, value in summary.figures if key.startswith("data.")}
    check(audit["data.audited"] == numbers["data"]["audited"] == 88 and len(audit) == 11
          and {key: numbers["data"][key] for key in numbers["data"] if key != "images_sha256"}.items()
          <= metrics["data"].items(), "what the audit found, as in each fold")
    made = numbers["provenance"]
    check(re.fullmatch("[0-9a-f]{64}", numbers["data"]["images_sha256"]) is not None
          and numbers["data"]["images_sha256"] in summary.text[None]
          and made["libraries"].startswith("Eigen 3.") and "fracture_train" in made["program"]
          and all(text in summary.text[None] for text in made.values()), "by what, on what, and when")
    check(all((FOLDER / "folds of 2" / link).is_file() for link in summary.references)
          and len(summary.references) == 2, "it links to each fold's")


def pixels(path):
    """Width, height and the filtered rows of a PNG file."""
    content = path.read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    data, at = b"", 8
    while at < len(content):
        size, kind = struct.unpack(">I4s", content[at:at + 8])
        if kind == b"IDAT":
            data += content[at + 8:at + 8 + size]
        at += 12 + size
    return width, height, zlib.decompress(data)


def check_in_browser(page):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("skipped: rendering report.html needs chromium (apt-get install chromium)")
        return
    url = (FOLDER / "leak/report.html").as_uri()

    def browse(*arguments):
        return subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu",
                               f"--user-data-dir={FOLDER}/browser", *arguments, url], cwd=FOLDER,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)

    result = browse("--dump-dom")
    if result.returncode != 0:
        print("skipped: chromium does not run here:", result.stderr.decode()[-200:])
        return
    dom = result.stdout.decode()
    check(all(f'id="{name}"' in dom for name in SECTIONS)
          and dom.count("<circle") == page.markup.count("<circle")
          and dom.count("<tr") == page.markup.count("<tr"), "the browser sees what was written")
    for width in (1200, 500):
        browse(f"--window-size={width},3000", f"--screenshot=shot{width}.png")
        size = pixels(FOLDER / f"shot{width}.png")
        check(size[0] == width and len(set(size[2])) > 100, f"a picture of it {width} pixels wide")


try:
    if shutil.which("gnuplot") is None:
        print("skipped: fracture_train needs gnuplot (apt-get install gnuplot-nox)")
        sys.exit(77)
    write_folders()
    leaky = check_leaky()
    check_copies()
    check_few()
    check_drawn()
    check_folds()
    check_in_browser(leaky)
finally:
    shutil.rmtree(FOLDER, ignore_errors=True)
print(f"{len(failures)} wrong" if failures else "all as it should be")
sys.exit(1 if failures else 0)
