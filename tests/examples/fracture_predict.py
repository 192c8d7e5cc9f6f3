#!/usr/bin/env python3
"""Runs fracture_predict as a user does, on a network whose answer is known in closed form, and on
bad input, which must be named without keeping the other images from being answered.

  tests/examples/fracture_predict.py PROGRAM

fracture_train, where it was built beside it, trains a network whose answers must be the same here.
"""

import csv
import json
import math
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import pictures

PROGRAM = str(Path(sys.argv[1]).resolve())
FOLDER = Path(tempfile.mkdtemp(prefix="osteon-predict-"))
SIZE, GAIN, BIAS, TEMPERATURE = 64, 3.0, -1.0, 1.6
METADATA = {"network": "resnet18", "classes": "fractured, not fractured", "image_size": str(SIZE),
            "normalization": "imagenet", "positive_class": "fractured",
            "temperature": repr(TEMPERATURE),
            "operating_point.sensitivity": "threshold=0.25 sensitivity=0.96 specificity=0.5"}
failures = []


def check(condition, what):
    print(("ok    " if condition else "WRONG ") + what, flush=True)
    if not condition:
        failures.append(what)


def run(*arguments, **how):
    """(status, output, errors) of the program."""
    result = subprocess.run([PROGRAM, *map(str, arguments)], text=True, capture_output=True,
                            cwd=FOLDER, timeout=300, **how)
    return result.returncode, result.stdout, result.stderr


def refused(what, *arguments, message, **how):
    status, out, err = run(*arguments, **how)
    check(status in (1, 2) and message in out + err, f"{what}: status {status}, {err.strip()[-160:]}")


def tensors():
    """A ResNet-18 (names, shapes, values) that hands the red channel on: the first convolution
    takes the middle of its window, the blocks add nothing to their shortcuts."""
    def of(shape, entries=()):
        values = bytearray(4 * math.prod(shape))
        for at, value in entries:
            struct.pack_into("<f", values, 4 * at, value)
        return shape, values

    def norm(name, channels):
        ones = [(c, 1.0) for c in range(channels)]
        return {f"{name}.weight": of([channels], ones), f"{name}.bias": of([channels]),
                f"{name}.running_mean": of([channels]),
                f"{name}.running_var": of([channels], ones)}

    all_of_it = {"conv1.weight": of([64, 3, 7, 7], [(3 * 7 + 3, 1.0)]), **norm("bn1", 64)}
    before = 64
    for stage, channels in enumerate((64, 128, 256, 512), 1):
        for block in (0, 1):
            name = f"layer{stage}.{block}"
            into = before if block == 0 else channels
            all_of_it[f"{name}.conv1.weight"] = of([channels, into, 3, 3])
            all_of_it[f"{name}.conv2.weight"] = of([channels, channels, 3, 3])
            all_of_it |= norm(f"{name}.bn1", channels) | norm(f"{name}.bn2", channels)
            if into != channels:
                all_of_it[f"{name}.downsample.0.weight"] = of([channels, into, 1, 1], [(0, 1.0)])
                all_of_it |= norm(f"{name}.downsample.1", channels)
        before = channels
    all_of_it["fc.weight"] = of([2, 512], [(0, GAIN)])
    all_of_it["fc.bias"] = of([2], [(0, BIAS)])
    return all_of_it


def write_model(name, metadata):
    header, data = {"__metadata__": metadata}, []
    position = 0
    for tensor, (shape, values) in TENSORS.items():
        header[tensor] = {"dtype": "F32", "shape": shape,
                          "data_offsets": [position, position + len(values)]}
        position += len(values)
        data.append(values)
    text = json.dumps(header).encode()
    (FOLDER / name).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def probability(red, temperature=TEMPERATURE):
    """Of a picture of one colour. Four normalisations on the way divide by sqrt(1 + epsilon)."""
    value = max(0.0, (red / 255 - 0.485) / 0.229) * (1 + 1e-5) ** -2
    return 1 / (1 + math.exp(-(GAIN * value + BIAS) / temperature))


def png(rows):
    """An RGB PNG file of rows of (red, green, blue)."""
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + bytes(sum(row, ())) for row in rows), 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data)
            + chunk(b"IEND", b""))


def read_png(path):
    """Rows of (red, green, blue) of an 8-bit RGB PNG file."""
    content, at, data = path.read_bytes(), 8, b""
    width, height, depth, kind = struct.unpack(">IIBB", content[16:26])
    assert (depth, kind) == (8, 2)
    while at < len(content):
        size = struct.unpack(">I", content[at:at + 4])[0]
        if content[at + 4:at + 8] == b"IDAT":
            data += content[at + 8:at + 8 + size]
        at += size + 12
    data, stride = zlib.decompress(data), 3 * width
    before, rows = bytearray(stride), []
    for y in range(height):
        how, row = data[y * (stride + 1)], bytearray(data[y * (stride + 1) + 1:][:stride])
        for i in range(stride):
            left, up = (row[i - 3] if i > 2 else 0), before[i]
            corner = before[i - 3] if i > 2 else 0
            paeth = min((left, up, corner), key=lambda v: abs(left + up - corner - v))
            row[i] = (row[i] + (0, left, up, (left + up) // 2, paeth)[how]) % 256
        rows.append([tuple(row[3 * x:3 * x + 3]) for x in range(width)])
        before = row
    return rows


def plain(red, side=SIZE):
    return [[(red, 60, 200)] * side for _ in range(side)]


def write_pictures():
    (FOLDER / "images/more").mkdir(parents=True)
    (FOLDER / "images/dark.png").write_bytes(png(plain(50)))
    (FOLDER / "images/light.png").write_bytes(png(plain(220, 90)))
    (FOLDER / "images/more/middle.png").write_bytes(png(plain(140)))
    (FOLDER / "images/notes.txt").write_text("no picture")
    (FOLDER / "cut.png").write_bytes(png(plain(220))[:9000])
    (FOLDER / "broken.jpg").write_bytes(b"no picture at all")
    (FOLDER / "striped.png").write_bytes(png([[(250, 60, 200) if x < 20 else (30, 60, 200)
                                               for x in range(SIZE)] for _ in range(SIZE)]))


def check_answers():
    status, out, err = run("model", "images", "--json")
    found = json.loads(out)
    check(status == 0 and not err, f"a folder ends with {status}")
    check((found["positive_class"], found["temperature"], found["image_size"]) ==
          ("fractured", TEMPERATURE, SIZE), "what the model file says")
    images = {image["file"]: image for image in found["images"]}
    check(list(images) == ["images/dark.png", "images/light.png", "images/more/middle.png"],
          "the images of a folder and its folders, in order")
    for name, red in (("dark", 50), ("light", 220), ("more/middle", 140)):
        image, expected = images[f"images/{name}.png"], probability(red)
        check(abs(image["probability"] - expected) < 1e-5,
              f"{name}: {image['probability']:.6f}, in closed form {expected:.6f}")
        check(image["decision"] == ("fractured" if expected >= 0.5 else "not fractured")
              and image["milliseconds"] > 0 and image["decode_milliseconds"] > 0, f"{name}: decision")

    status, out, _ = run("model", "images/dark.png", "images/light.png", "--operating-point",
                         "sensitivity")
    print(out)
    rows = [line.split(None, 1) for line in out.splitlines()]
    check(status == 0 and "at least 0.25 (on validation images: sensitivity 96 %, "
          "specificity 50 %)" in out, "the table says which rule decides")
    check(probability(50) >= 0.25 and [row[1].split("  ")[0] for row in rows[-2:]] ==
          ["fractured", "fractured"], "the stored operating point decides")
    _, out, _ = run("model", "images/dark.png", "--operating-point", "0.99", "--json")
    check(json.loads(out)["images"][0]["decision"] == "not fractured", "a threshold as a number")
    status, out, _ = run("model", "-", "--json", input="images/dark.png\n\nimages/light.png\n")
    check(status == 0 and len(json.loads(out)["images"]) == 2, "a list on standard input")
    _, out, _ = run("unnamed", "images/light.png", "--positive", "not fractured", "--json")
    check(abs(json.loads(out)["images"][0]["probability"] - 1 + probability(220, 1)) < 1e-5,
          "the other class as the positive one, without a temperature")


def check_flips():
    """The first convolution sees even columns alone, and of the mirror image the odd ones."""
    even, odd = 220, 120
    (FOLDER / "combed.png").write_bytes(png([[(even if x % 2 == 0 else odd, 60, 200)
                                              for x in range(SIZE)] for _ in range(SIZE)]))
    logit = lambda p: math.log(p / (1 - p))
    both = 1 / (1 + math.exp(-(logit(probability(even)) + logit(probability(odd))) / 2))
    write_model("flips", METADATA | {"test_time_flips": "yes"})
    for name, expected, looks in (("model", probability(even), 1), ("flips", both, 2)):
        _, out, _ = run(name, "combed.png", "--json")
        found = json.loads(out)
        check(abs(found["images"][0]["probability"] - expected) < 1e-5
              and (found["test_time_flips"], found["looks_per_image"]) == (looks == 2, looks),
              f"{looks} looks: {found['images'][0]['probability']:.6f}, expected {expected:.6f}")
    check("ms are those of both looks" in run("flips", "combed.png")[1]
          and "looks" not in run("model", "combed.png")[1], "the table says what is timed")


def check_trained():
    """fracture_train's predictions.csv, and what is said here of the same files."""
    program = Path(PROGRAM).with_name("fracture_train")
    if not program.is_file() or shutil.which("gnuplot") is None:
        print("skipped: comparing with predictions.csv needs fracture_train, and gnuplot")
        return
    for i in range(64):
        path = FOLDER / "data/train" / ("fractured", "not fractured")[i % 2] / f"{i}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pictures.png(pictures.blobs(i)[:64 - i % 16]))  # resized, most of them
    result = subprocess.run([program, "--data", "data", "--out", "trained", "--test-time-flips",
                             "--image-size", "64", "--epochs", "1", "--pruner", "none", "--batch",
                             "16", "--split", "grouped", "--val", "0.25", "--test", "0.25"],
                            cwd=FOLDER, capture_output=True, text=True, timeout=500)
    check(result.returncode == 0, f"fracture_train ends with {result.returncode}")
    with open(FOLDER / "trained/predictions.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    model = FOLDER / "trained/fracture_detector_final.safetensors"
    content = model.read_bytes()
    size = struct.unpack("<Q", content[:8])[0]
    text = content[8:8 + size].replace(b'"test_time_flips":"yes"', b'"test_time_flips":"no"')
    check(len(text) == size - 1, "the model file asks for flips")
    (FOLDER / "one look").write_bytes(struct.pack("<Q", len(text)) + text + content[8 + size:])

    def furthest(name):
        _, out, _ = run(name, *[f"data/{row['path']}" for row in rows], "--json")
        return max(abs(image["probability"] - float(row["probability"]))
                   for image, row in zip(json.loads(out)["images"], rows, strict=True))

    check(len(rows) == 32 and furthest(model) < 1e-5, f"as predictions.csv: {furthest(model):.2g}")
    check(furthest("one look") > 1e-3, f"unlike one look: {furthest('one look'):.2g}")


def check_explanations():
    status, out, _ = run("model", "striped.png", "images/dark.png", "--explain", "out/why", "--json")
    paths = [image["explanation"] for image in json.loads(out)["images"]]
    check(status == 0 and paths == ["out/why/0001_striped.png", "out/why/0002_dark.png"],
          "an explanation for each image")
    rows = read_png(FOLDER / paths[0])
    check((len(rows), len(rows[0])) == (SIZE, 2 * SIZE), "as high as the image, twice as wide")
    check(all(row[0] == (250, 60, 200) and row[SIZE - 1] == (30, 60, 200) for row in rows),
          "the image stands on the left")
    # All that the network sees is red on the left: there the map is 1 and 60 % of the colour is
    # viridis' yellow, on the right it is 0.
    mixed = [0.4 * v + 0.6 * y for v, y in zip((250, 60, 200), (253, 231, 37))]
    check(all(abs(a - b) <= 3 for a, b in zip(rows[30][SIZE + 4], mixed)),
          f"hot where the network looks: {rows[30][SIZE + 4]}")
    check(rows[30][2 * SIZE - 1] == (30, 60, 200), "untouched where it does not")
    status, _, _ = run("model", "striped.png", "--explain", "out/fine", "--layer", "layer3")
    finer = read_png(FOLDER / "out/fine/0001_striped.png")
    check(status == 0 and finer[30][SIZE + 40] == (30, 60, 200) != rows[30][SIZE + 40],
          "an earlier stage is finer")


def check_bad_images():
    status, out, err = run("model", "broken.jpg", "images/light.png", "missing.png", "cut.png",
                           "--json")
    images = json.loads(out)["images"]
    check(status == 1 and len(images) == 4, f"bad images among others: status {status}")
    check("probability" not in images[0] and "not a JPEG" in images[0]["problem"], "broken.jpg")
    check(abs(images[1]["probability"] - probability(220)) < 1e-5 and "problem" not in images[1],
          "the good one is answered")
    check("missing.png" in images[2]["problem"], "missing.png")
    check("probability" in images[3] and "cut short" in images[3]["problem"], "cut.png")
    check(all(name in err for name in ("broken.jpg", "missing.png", "cut.png"))
          and "3 of 4 images" in err, "each is named")


def check_bad_input():
    refused("no model", "nothing", "images", message="cannot read nothing")
    refused("no image", "model", message="images")
    (FOLDER / "empty").mkdir()
    refused("a folder without images", "model", "empty", message="no images in the folder empty")
    refused("an empty list", "model", "-", message="standard input", input="")
    refused("a point that is not stored", "model", "images", "--operating-point", "specificity",
            message="no operating point for a specificity")
    write_model("never", METADATA | {"operating_point.specificity":
                                     "threshold=inf sensitivity=0 specificity=1"})
    refused("a point that validation never reached", "never", "images", "--operating-point",
            "specificity", message="was not reached with any positive image found; give "
            "sensitivity or a threshold")
    refused("a threshold of 2", "model", "images", "--operating-point", "2", message="\"2\" is no")
    refused("another positive class", "model", "images", "--positive", "not fractured",
            message="were chosen for the positive class \"fractured\"")
    refused("an unknown class", "unnamed", "images", "--positive", "broken",
            message="\"broken\" is none of fractured, not fractured")
    refused("no such layer", "model", "images", "--explain", "out/none", "--layer", "layer9",
            message="layer9")
    (FOLDER / "cut.model").write_bytes((FOLDER / "model").read_bytes()[:20_000])
    refused("a model cut short", "cut.model", "images", message="cut short")
    (FOLDER / "zip.pth").write_bytes(b"PK\x03\x04\x00\x00\x08\x08archive/data.pkl")
    refused("PyTorch's file", "zip.pth", "images", message="is a zip archive")
    for key, value, message in (("image_size", "100", "64, 128 and 224"),
                                ("image_size", "big", "no whole number"),
                                ("network", "vgg", "knows resnet18"),
                                ("normalization", "none", "knows imagenet"),
                                ("classes", "a, b, c", "tells two apart"),
                                ("temperature", "0", "a number above 0"),
                                ("test_time_flips", "maybe", "must be yes or no"),
                                ("operating_point.sensitivity", "0.5", "not an operating point"),
                                ("image_size", None, "has no \"image_size\"")):
        changed = {k: v for k, v in (METADATA | {key: value}).items() if v is not None}
        write_model("changed", changed)
        refused(f"metadata {key}: {value}", "changed", "images", message=message)
    (FOLDER / "file").write_text("in the way")
    refused("an impossible --explain", "model", "images", "--explain", "file/out",
            message="cannot create the folder")

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))

    status, out, err = run("model", "images/light.png", "--explain", "full", "--json",
                           preexec_fn=limit)
    image = json.loads(out)["images"][0]
    check(status == 1 and "0001_light.png" in image["problem"] and "probability" in image
          and "explanation" not in image and not list((FOLDER / "full").iterdir()),
          f"a full disk: {err.strip()[:120]}")


try:
    TENSORS = tensors()
    write_model("model", METADATA)
    write_model("unnamed", {k: v for k, v in METADATA.items()
                            if k not in ("positive_class", "temperature")})
    write_pictures()
    check_answers()
    check_flips()
    check_trained()
    check_explanations()
    check_bad_images()
    check_bad_input()
finally:
    shutil.rmtree(FOLDER, ignore_errors=True)
print(f"{len(failures)} wrong" if failures else "all as it should be")
sys.exit(1 if failures else 0)
