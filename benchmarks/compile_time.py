#!/usr/bin/env python3
"""What it costs to compile Osteon at -O2, as a Markdown table: seconds of the clock and of the
processor, peak memory.

  benchmarks/compile_time.py [--runs 3] [--compiler g++]... [--json FILE] [--check]

Measured are the umbrella header alone, a minimal ResNet-18 trainer, osteon::compiled, and the
sources of examples/fracture_train, with osteon::compiled at hand as a build compiles them, and
header-only; --jobs compilers side by side (2). Each figure is the median of the runs. --check exits
with 1 when a budget is exceeded. The budgets are for g++ and bind the clock, what somebody waits
for. Beside fracture_train stands dlib's trainer, where dlib is installed (libdlib-dev): one source
that calls the library libdlib, whose own compilation is not counted.
"""

import argparse
import concurrent.futures
import json
import os
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"

UMBRELLA = "#include <osteon/osteon.hpp>\n"
RESNET18 = """
#include <osteon/osteon.hpp>

using Net = osteon::Model<osteon::models::ResNet18<2>, osteon::Shape<3, 64, 64>>;

// One step of training: forward, backward and Adam.
int main() {
  auto net = Net::create(42);
  osteon::optim::Adam adam(net, {.learning_rate = 1e-3F});
  Net::InputTensor x(1);
  Net::OutputTensor dy(1);
  dy = 1.0F;
  net.zero_gradients();
  net.forward(x, osteon::nn::Mode::training);
  net.backward(dy);
  adam.step(net);
}
"""

DLIB = """
#include <dlib/dnn.h>

#include <vector>

template <int Filters, int Stride, class In>
using conv = dlib::bn_con<dlib::con<Filters, 3, 3, Stride, Stride, In>>;
template <int Filters, int Stride, class In>
using branch = conv<Filters, 1, dlib::relu<conv<Filters, Stride, In>>>;
template <int Filters, class In>
using block = dlib::relu<dlib::add_prev1<branch<Filters, 1, dlib::tag1<In>>>>;
template <int Filters, class In>
using down = dlib::relu<dlib::add_prev2<dlib::avg_pool<
    2, 2, 2, 2, dlib::skip1<dlib::tag2<branch<Filters, 2, dlib::tag1<In>>>>>>>;
using Net = dlib::loss_multiclass_log<dlib::fc<2, dlib::avg_pool_everything<
    block<512, down<512, block<256, down<256, block<128, down<128, block<64, block<64,
    dlib::max_pool<3, 3, 2, 2, dlib::relu<dlib::bn_con<dlib::con<64, 7, 7, 2, 2,
    dlib::input_rgb_image_sized<224>>>>>>>>>>>>>>>>;

int main() {
  Net net;
  dlib::dnn_trainer<Net, dlib::adam> trainer(net, dlib::adam());
  trainer.train_one_step(std::vector<dlib::matrix<dlib::rgb_pixel>>(1),
                         std::vector<unsigned long>(1));
}
"""
DLIB_NAME = "dlib's ResNet-18 trainer"

# Seconds and megabytes that g++ -O2 may take; None: measured, not bounded. fracture_train's are
# about those of dlib's ResNet-18 trainer (18 to 27 s, as machines go; 1,140 to 1,244 MB).
BUDGETS = {"osteon/osteon.hpp": (2.0, None), "fracture_train": (26.0, 1200.0)}


def include_flags(libraries=("eigen3", "stb", "nlohmann_json", "CLI11")):
    """-isystem for every library that pkg-config knows."""
    flags = []
    for library in libraries:
        found = subprocess.run(["pkg-config", "--cflags-only-I", library], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for flag in shlex.split(found.stdout):
            flags += ["-isystem", flag[2:]]
    return flags


def compile_once(compiler, source, flags):
    """(clock seconds, processor seconds, peak megabytes) of compiling one file, or None if it does
    not compile."""
    with tempfile.TemporaryDirectory() as folder:
        command = [compiler, "-std=c++20", "-O2", f"-I{ROOT / 'include'}", *flags, "-c", str(source),
                   "-o", str(Path(folder) / "out.o")]
        start = time.monotonic()
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, "CCACHE_DISABLE": "1"})
        messages = process.stderr.read()
        # Of the driver and of the compiler proper that it waited for.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - start
    if process.returncode != 0:
        print(f"{shlex.join(command)}\n{messages}", file=sys.stderr)
        return None
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6


def measure(compiler, name, sources, flags, runs, jobs):
    """The medians: of the clock from first to last, of the processor's seconds of all sources, and
    of the largest compiler's memory."""
    samples = []
    for _ in range(runs):
        start = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
            parts = list(pool.map(lambda source: compile_once(compiler, source, flags), sources))
        if None in parts:
            return None
        samples.append((time.monotonic() - start, sum(p[1] for p in parts),
                        max(p[2] for p in parts)))
    clock, busy, megabytes = map(statistics.median, zip(*samples))
    return {"compiler": compiler, "name": name, "sources": len(sources), "seconds": clock,
            "processor_seconds": busy, "megabytes": megabytes}


COMPILED = ["-DOSTEON_COMPILED"]


def cases(folder):
    """name -> (sources, more flags), of what there is."""
    (folder / "umbrella.cpp").write_text(UMBRELLA)
    (folder / "resnet18.cpp").write_text(RESNET18)
    (folder / "dlib.cpp").write_text(DLIB)
    found = {"osteon/osteon.hpp": ([folder / "umbrella.cpp"], []),
             "ResNet-18 training step": ([folder / "resnet18.cpp"], [])}
    if Path("/usr/include/dlib/dnn.h").exists():
        found[DLIB_NAME] = ([folder / "dlib.cpp"], [])
    # In the order in which a build starts them.
    listed = (EXAMPLES / "examples.txt").read_text().splitlines()
    own = [EXAMPLES / line for line in listed if line.startswith("fracture_train/")]
    found["fracture_train"] = (own, COMPILED)
    found["osteon::compiled"] = (sorted((ROOT / "src").glob("*.cpp")), COMPILED)
    found["fracture_train, header-only"] = (own, [])
    return found


def first_line(*command):
    return subprocess.run(command, text=True, stdout=subprocess.PIPE).stdout.split("\n")[0]


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def over_budget(row):
    if "clang" in row["compiler"]:
        return False
    seconds, megabytes = BUDGETS.get(row["name"], (None, None))
    return ((seconds is not None and row["seconds"] > seconds)
            or (megabytes is not None and row["megabytes"] > megabytes))


def budget_text(row):
    if "clang" in row["compiler"] or row["name"] not in BUDGETS:
        return ""
    limits = zip(BUDGETS[row["name"]], ("{:.3g} s", "{:,.0f} MB"))
    text = ", ".join(unit.format(limit) for limit, unit in limits if limit is not None)
    return text + (" **exceeded**" if over_budget(row) else "")


def print_table(rows, compilers, runs, jobs):
    print(f"{processor()}, {os.cpu_count()} processors; -O2, {jobs} jobs, median of {runs} runs\n")
    for compiler in compilers:
        print(f"- {compiler}: {first_line(compiler, '--version')}")
    print("\n| what | compiler | files | clock s | processor s | peak MB | budget |")
    print("| --- | --- | ---: | ---: | ---: | ---: | --- |")
    for row in rows:
        print(f"| {row['name']} | {row['compiler']} | {row['sources']} | {row['seconds']:.1f} "
              f"| {row['processor_seconds']:.1f} | {row['megabytes']:,.0f} | {budget_text(row)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--compiler", action="append", help="default: g++, and clang++ if present")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="exit with 1 when over budget")
    options = parser.parse_args()
    compilers = options.compiler or [c for c in ("g++", "clang++") if shutil.which(c)]
    flags = include_flags()

    rows, failed = [], False
    with tempfile.TemporaryDirectory() as folder:
        for name, (sources, more) in cases(Path(folder)).items():
            for compiler in compilers:
                row = measure(compiler, name, sources, flags + more, options.runs, options.jobs)
                failed |= row is None
                rows += [row] if row else []
    print_table(rows, compilers, options.runs, options.jobs)
    if options.json:
        temporary = options.json.with_suffix(".tmp")
        temporary.write_text(json.dumps({"processor": processor(), "runs": options.runs,
                                         "jobs": options.jobs,
                                         "rows": rows}, indent=2) + "\n")
        temporary.replace(options.json)
    return 1 if failed or (options.check and any(map(over_budget, rows))) else 0


if __name__ == "__main__":
    sys.exit(main())
