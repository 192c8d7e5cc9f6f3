"""What the comparing scripts share: programs that answer questions line by line, medians with
quartiles, and the result file."""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path


class Server:
    """A program that answers each line on stdin with one on stdout. Ends with the `with` block."""

    def __init__(self, command, environment):
        self.name = Path(command[0]).name
        self.process = subprocess.Popen(command, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, env={**os.environ, **environment})

    def ask(self, question):
        try:
            print(question, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline().strip()
        except BrokenPipeError:
            answer = ""
        if not answer:
            sys.exit(f"{self.name}: ended at the question {question!r} (out of memory?)")
        if answer.startswith("error: "):
            sys.exit(f"{self.name}: {answer}")
        return answer

    def milliseconds(self, question):
        # The threads of the other side get time to fall asleep: some spin for work that may come.
        time.sleep(0.02)
        return float(self.ask(question))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def spread(samples):
    """(median, lower quartile, upper quartile)."""
    if len(samples) == 1:
        return samples[0], samples[0], samples[0]
    low, median, high = statistics.quantiles(samples, n=4, method="inclusive")
    return median, low, high


def processor():
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def program(given, name):
    """The benchmark program `name`: where --program says, or in a build folder of this project."""
    root = Path(__file__).resolve().parents[1]
    places = [given] if given else sorted(root.glob(f"build/*/benchmarks/{name}"),
                                          key=lambda path: path.stat().st_mtime, reverse=True)
    for path in places:
        if Path(path).is_file():
            return str(path)
    sys.exit(f"{given or name} was not found: build it with -DOSTEON_BENCHMARKS=ON (Meson: "
             "-Dbenchmarks=true), or say where it is: --program FILE")


def add_options(parser):
    parser.add_argument("--program", metavar="FILE", help="Osteon's program; default: the newest "
                        "in build/*/benchmarks")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repetitions", type=int, default=9, help="pairs of each median")
    parser.add_argument("--json", type=Path, metavar="FILE")


def parse(parser):
    options = parser.parse_args()
    if options.threads < 1 or options.repetitions < 1:
        parser.error("--threads and --repetitions must be at least 1")
    return options


def write_json(options, rows, **facts):
    """Writes the rows to --json, if that was given."""
    if options.json is None:
        return
    temporary = options.json.with_name(options.json.name + ".tmp")
    temporary.write_text(json.dumps({"processor": processor(), "threads": options.threads,
                                     "repetitions": options.repetitions, **facts, "rows": rows},
                                    indent=2) + "\n")
    temporary.replace(options.json)
