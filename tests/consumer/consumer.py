#!/usr/bin/env python3
"""Uses Osteon from a project of its own, in a temporary folder, and runs what was built.

  consumer.py install --build DIR      installed into a prefix, found by find_package and pkg-config
  consumer.py build_tree --build DIR   found by find_package in the build folder
  consumer.py subproject               a folder of the project, linked as osteon::compiled
  consumer.py meson                    a Meson subproject
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SKIPPED = 77


def run(*command, env=None):
    print("+", shlex.join(map(str, command)), flush=True)
    return subprocess.run(command, check=True, env={**os.environ, **(env or {})})


def skip_without(*programs):
    for program in programs:
        if shutil.which(program) is None:
            print(f"skipped: {program} was not found")
            sys.exit(SKIPPED)


def find_package(options, work, *how):
    run(options.cmake, "-S", HERE / "cmake", "-B", work / "build", "-DCMAKE_BUILD_TYPE=Debug",
        f"-DCMAKE_CXX_COMPILER={options.cxx}", *how)
    run(options.cmake, "--build", work / "build")
    run(work / "build" / "consumer")


def pkg_config(options, work, prefix):
    if shutil.which("pkg-config") is None:
        print("skipped: pkg-config was not found")
        return
    path = {"PKG_CONFIG_PATH": str(prefix / "share" / "pkgconfig")}
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "osteon"], check=True, text=True,
                           stdout=subprocess.PIPE, env={**os.environ, **path}).stdout
    run(options.cxx, "-std=c++20", HERE / "main.cpp", "-o", work / "consumer", *shlex.split(flags))
    run(work / "consumer")


def install(options, work):
    skip_without(options.cmake)
    prefix = work / "prefix"
    run(options.cmake, "--install", options.build, "--prefix", prefix)
    find_package(options, work, f"-DCMAKE_PREFIX_PATH={prefix}")
    pkg_config(options, work, prefix)


def build_tree(options, work):
    skip_without(options.cmake)
    find_package(options, work, f"-Dosteon_DIR={options.build}")


def subproject(options, work):
    skip_without(options.cmake)
    run(options.cmake, "-S", HERE / "subproject", "-B", work / "build", "-DCMAKE_BUILD_TYPE=Debug",
        f"-DCMAKE_CXX_COMPILER={options.cxx}", f"-DOSTEON_SOURCE_DIR={ROOT}")
    run(options.cmake, "--build", work / "build")
    run(work / "build" / "consumer")


def meson(options, work):
    skip_without("meson", "ninja")
    shutil.copy(HERE / "meson" / "meson.build", work)
    shutil.copy(HERE / "main.cpp", work)
    (work / "subprojects" / "osteon").mkdir(parents=True)
    for name in ["meson.build", "meson_options.txt"]:
        shutil.copy(ROOT / name, work / "subprojects" / "osteon")
    for name in ["include", "src", "tests", "examples", "benchmarks", "cmake"]:
        (work / "subprojects" / "osteon" / name).symlink_to(ROOT / name)
    compiler = {"CXX": options.cxx} if options.cxx else None
    run("meson", "setup", work / "build", work, env=compiler)
    run("meson", "test", "-C", work / "build", "--print-errorlogs")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    ways = {"install": install, "build_tree": build_tree,
            "subproject": subproject, "meson": meson}
    parser.add_argument("way", choices=ways)
    parser.add_argument("--build", type=Path, help="the configured build folder of Osteon")
    parser.add_argument("--cmake", default="cmake")
    parser.add_argument("--cxx", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="osteon-consumer-") as work:
        try:
            ways[options.way](options, Path(work))
        except subprocess.CalledProcessError as error:
            sys.exit(f"failed with status {error.returncode}: {shlex.join(map(str, error.cmd))}")


if __name__ == "__main__":
    main()
