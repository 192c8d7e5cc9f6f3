#!/usr/bin/env python3
"""Dependencies between the modules of include/osteon point downwards only, each third-party
library is included in exactly one header (or its definitions), kernels are lambdas of the device
alone, src/ includes all definitions, and tests.txt lists all tests."""

import re
import sys

from compiler import INCLUDE, ROOT, includes

# The floors of the house, from the ground up. A module includes itself and what lies on the floors
# below; where a floor has several modules, MAY_ALSO says who of them may include whom.
FLOORS = [
    ["core"],
    ["cpu", "cuda"],
    ["nn"],
    ["models", "optim"],
    ["prune", "theory", "sparse", "io", "data"],
    ["train", "cli"],
]
MAY_ALSO = {
    "io": {"prune", "sparse"},  # files hold masks and sparse weights
    "sparse": {"prune"},        # compaction follows a mask
    "data": {"io"},             # a list of files is written whole or not at all
}

# Third-party headers and the one file (or folder) of ours that may include them.
HOME = {
    "Eigen/": "osteon/cpu/eigen.hpp",
    "unsupported/Eigen/": "osteon/cpu/eigen.hpp",
    "stb_image.h": "osteon/data/stb_image.ipp",
    "stb_image_write.h": "osteon/data/png.ipp",
    "nlohmann/": "osteon/io/json.hpp",
    "CLI/": "osteon/cli/command_line.ipp",
    "xtensor/": "osteon/io/xtensor.hpp",
    "pthread.h": "osteon/cpu/processor.hpp",
    "sched.h": "osteon/cpu/processor.hpp",
    "thrust/": "osteon/cuda/",
    "cuda": "osteon/cuda/",
    "cublas": "osteon/cuda/",
    "cudnn": "osteon/cuda/",
}

# Headers of the operating system, for what the standard library lacks.
SYSTEM = {
    "fcntl.h", "spawn.h", "unistd.h", "sys/ioctl.h", "sys/mman.h", "sys/resource.h", "sys/stat.h",
    "sys/types.h", "sys/wait.h",
}
SYSTEM_MODULES = {"io", "data", "train"}


# An attribute's ]] may come before OSTEON_HOST_DEVICE, captures may not.
LAMBDA_ON_BOTH_SIDES = re.compile(r"[^\]]\]\s*OSTEON_HOST_DEVICE")


def floor(module):
    return next((i for i, modules in enumerate(FLOORS) if module in modules), None)


def may_include(module, other):
    if module == other or other in MAY_ALSO.get(module, ()):
        return True
    # `fwd.hpp` and the umbrella osteon/osteon.hpp are no module; the umbrella is never included.
    return floor(other) is not None and floor(other) < floor(module)


def wrong(header, name):
    """What is wrong with `header` including `name`, or None."""
    module = header.split("/")[1]
    umbrella = module == "osteon.hpp"
    if name.startswith("osteon/"):
        if not (INCLUDE / name).exists():
            return "there is no such header"
        if umbrella:
            return None if name.split("/")[1] not in {"io", "data", "train", "cli", "cuda"} else (
                "the umbrella holds what needs only Eigen")
        if not may_include(module, name.split("/")[1]):
            return f"{module} may not include {name.split('/')[1]}"
        return None
    for library, home in HOME.items():
        if name.startswith(library):
            return None if header.startswith(home) else f"only {home} may include {library}"
    if name in SYSTEM:
        return None if module in SYSTEM_MODULES else "operating system headers have no place here"
    if "/" in name or name.endswith((".h", ".hpp")):
        return "unknown library: give it one header as its home, in tests/house/architecture.py"
    return None


def main():
    # GPU headers count here as well: nothing is compiled.
    headers = sorted(str(p.relative_to(INCLUDE)) for kind in ("hpp", "ipp")
                     for p in INCLUDE.glob(f"osteon/**/*.{kind}"))
    failures = definitions([h for h in headers if h.endswith(".ipp")])
    for header in headers:
        module = header.split("/")[1]
        if module != "osteon.hpp" and floor(module) is None:
            failures.append(f"{header}: {module} has no floor in tests/house/architecture.py")
            continue
        text = (INCLUDE / header).read_text()
        if "#pragma once" not in text:
            failures.append(f"{header}: no #pragma once")
        if LAMBDA_ON_BOTH_SIDES.search(text):
            failures.append(f"{header}: a lambda is OSTEON_HOST_DEVICE; see OSTEON_KERNEL in "
                            "osteon/cuda/thrust.hpp")
        for name in includes(INCLUDE / header):
            reason = wrong(header, name)
            if reason:
                failures.append(f"{header} includes <{name}>: {reason}")
    failures += cycles(headers) + unlisted_tests()
    for failure in failures:
        print(failure)
    print(f"{len(headers)} headers, {len(failures)} against the architecture")
    return 1 if failures else 0


def definitions(files):
    """Definitions that osteon::compiled would lack, or have twice, as messages."""
    failures = []
    for name in files:
        module = name.split("/")[1]
        source = ROOT / "src" / f"{module}.cpp"
        if not source.exists() or includes(source).count(name) != 1:
            failures.append(f"src/{module}.cpp must include <{name}> once")
        header = name.replace(".ipp", ".hpp")
        if not (INCLUDE / header).exists() or name not in includes(INCLUDE / header):
            failures.append(f"{header} must end in including <{name}>, unless OSTEON_COMPILED")
    return failures


def unlisted_tests():
    """Test sources that no program would hold, as messages."""
    tests = ROOT / "tests"
    listed = set((tests / "tests.txt").read_text().split("\n"))
    names = (str(p.relative_to(tests)) for p in tests.glob("**/*.cpp") if "TEST_CASE" in p.read_text())
    return [f"tests/tests.txt must list {name}" for name in sorted(names) if name not in listed]


def cycles(headers):
    """Headers that include each other, as messages; with their definitions they are one."""
    graph = {}
    for h in headers:
        own = h.replace(".ipp", ".hpp")
        found = [n.replace(".ipp", ".hpp") for n in includes(INCLUDE / h) if n.startswith("osteon/")]
        graph.setdefault(own, []).extend(n for n in found if n != own)
    done, path, found = set(), [], []

    def visit(header):
        if header in path:
            found.append("a cycle: " + " -> ".join([*path[path.index(header):], header]))
        elif header not in done:
            path.append(header)
            for name in graph.get(header, []):
                visit(name)
            path.pop()
            done.add(header)

    for header in graph:
        visit(header)
    return found


if __name__ == "__main__":
    sys.exit(main())
