#!/usr/bin/env python3
"""How many images a second are decoded and scaled here, and how many by Pillow? Both take turns on
the same files: decode, convert to RGB, scale to a square with the antialiased bilinear filter.

  benchmarks/compare_pillow.py [--data DIR] [--limit N] [--threads N] [--repetitions N] [--json FILE]

On one thread and on --threads (Pillow lets go of Python's lock while it decodes and scales). The
folder is DIR/CLASS/* or DIR/train/CLASS/*; without one, radiographs are drawn. A ratio above 1 means
that Osteon is faster. Needs Pillow (Debian and Ubuntu: apt-get install python3-pil, for
/usr/bin/python3).
"""

import argparse
import concurrent.futures
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import paired

SIZES = (64, 224)


def load(path, size):
    from PIL import Image
    with Image.open(path) as image:
        return image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)


def pillow(paths, size, threads):
    """(milliseconds, mean of all bytes)."""
    from PIL import ImageStat
    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        start = time.perf_counter()
        images = list(pool.map(load, paths, [size] * len(paths)))
        milliseconds = 1e3 * (time.perf_counter() - start)
    total = sum(sum(ImageStat.Stat(image).sum) for image in images)
    return milliseconds, total / (len(paths) * size * size * 3)


def osteon(program, size, options):
    """threads -> (milliseconds, mean of all bytes), from a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.json"
        subprocess.run([program, "--data", options.data, "--limit", str(options.limit), "--size",
                        str(size), "--threads", str(options.threads), "--repetitions", "1",
                        "--json", str(file)], check=True, stdout=subprocess.DEVNULL)
        return {row["threads"]: (row["ours_ms"], row["mean_pixel"])
                for row in json.loads(file.read_text())["rows"]}


def compare(program, paths, size, options):
    """A row for one thread and one for all of them."""
    pairs = {}
    for repetition in range(-1, options.repetitions):
        for threads, (ours, our_mean) in osteon(program, size, options).items():
            theirs, their_mean = pillow(paths, size, threads)
            # The decoders may round a JPEG differently, by less than a grey level on average.
            if abs(our_mean - their_mean) > 1:
                sys.exit(f"{size} px: the images differ: their mean is {our_mean:.2f} and, with "
                         f"Pillow, {their_mean:.2f}")
            if repetition >= 0:  # the first pass brings the files into memory
                pairs.setdefault(threads, []).append((ours, theirs))
    return [summary(f"load_{size}_t{threads}", threads, size, of_threads, len(paths))
            for threads, of_threads in pairs.items()]


def summary(name, threads, size, pairs, images):
    ours, theirs = ([1e3 * images / ms for ms in side] for side in zip(*pairs))
    ratio, low, high = paired.spread([b / a for a, b in pairs])
    return {"name": name, "size": size, "threads": threads, "images": images,
            "ours_images_per_second": paired.spread(ours)[0],
            "pillow_images_per_second": paired.spread(theirs)[0],
            "ratio": ratio, "ratio_low": low, "ratio_high": high}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    paired.add_options(parser)
    parser.add_argument("--data", metavar="DIR")
    parser.add_argument("--limit", type=int, default=1000, help="images; 0: all of the folder")
    options = paired.parse(parser)
    try:
        import PIL
        from PIL import ImageFile
    except ImportError as error:
        sys.exit(f"{error} in {sys.executable}; on Debian and Ubuntu: apt-get install python3-pil, "
                 "then run this with /usr/bin/python3")
    ImageFile.LOAD_TRUNCATED_IMAGES = True  # as Osteon's loader
    program = paired.program(options.program, "bench_loader")

    with tempfile.TemporaryDirectory() as folder:
        if options.data is None:
            options.data = str(Path(folder) / "drawn")
            subprocess.run([program, "--draw", options.data, "--limit", str(options.limit)],
                           check=True)
        listed = subprocess.run([program, "--data", options.data, "--limit", str(options.limit),
                                 "--list"], check=True, text=True, stdout=subprocess.PIPE)
        paths = [Path(options.data) / line for line in listed.stdout.splitlines()]
        print(f"{len(paths)} images, on {paired.processor()}, Pillow {PIL.__version__}, "
              f"{options.repetitions} pairs\n")
        print("| pixels | threads | ours images/s | Pillow images/s | ratio (middle half) |")
        print("| ---: | ---: | ---: | ---: | ---: |")
        rows = []
        for size in SIZES:
            for row in compare(program, paths, size, options):
                rows.append(row)
                print(f"| {size} | {row['threads']} | {row['ours_images_per_second']:.0f} "
                      f"| {row['pillow_images_per_second']:.0f} | {row['ratio']:.2f} "
                      f"({row['ratio_low']:.2f} to {row['ratio_high']:.2f}) |", flush=True)
    paired.write_json(options, rows, pillow=PIL.__version__)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd[0]} failed")  # it has said why
