#!/usr/bin/env python3
"""Every public header compiles alone, without a warning, with its definitions and without them; the
core also without exceptions, RTTI and threads.

  headers.py alone COMPILE_COMMANDS [MODULE]
  headers.py no_exceptions COMPILE_COMMANDS
  headers.py list FILE [WITHOUT...]     writes a header that includes every public one but some, if
                                        that changes it
  headers.py tests          prints the tests there are to run, for build systems without a glob
"""

import sys
from pathlib import Path

from compiler import COMPILED, INCLUDE, ROOT, SKIPPED, WARNINGS, Compiler, public_headers, third_party

# How the GPU backend is compiled without a GPU, and what only nvcc reaches in it.
HOST_SYSTEM = ["-DTHRUST_DEVICE_SYSTEM=THRUST_DEVICE_SYSTEM_CPP"]
ONLY_NVCC = ("cublas", "cuda_runtime", "cudnn")

# What must also build for a microcontroller.
WITHOUT_EXCEPTIONS = ["core", "cpu", "nn", "models"]


def include_all(headers):
    return "".join(f"#include <{header}>\n" for header in headers)


def available(compiler, headers):
    """The headers whose third-party headers are here; says which are left out, and why."""
    here, kept = {}, []
    for header in headers:
        needed = {name for name in third_party(header) if not name.startswith(ONLY_NVCC)}
        here.update({name: compiler.has(name) for name in needed if name not in here})
        missing = sorted(name for name in needed if not here[name])
        if missing:
            print(f"skipped: {header} (not found: {', '.join(missing)})")
        else:
            kept.append(header)
    return kept


def alone(compiler, module=None):
    failed = []
    headers = available(compiler, public_headers(module))
    flags = WARNINGS + (HOST_SYSTEM if module == "cuda" else [])
    for header in headers:
        ways = [[], COMPILED] if (INCLUDE / header).with_suffix(".ipp").exists() else [[]]
        for way in ways:
            # Twice, so that a header without #pragma once fails.
            compiles, messages = compiler.check(include_all([header, header]), *flags, *way)
            if not compiles:
                failed.append(header)
                print(f"{header} does not compile alone {' '.join(way)}:\n{messages}")
                break
    print(f"{len(headers) - len(failed)} of {len(headers)} headers compile alone")
    return 1 if failed else 0 if headers else SKIPPED


def no_exceptions(compiler):
    headers = [h for module in WITHOUT_EXCEPTIONS for h in public_headers(module)]
    compiles, messages = compiler.check(
        include_all(available(compiler, headers)), *WARNINGS, "-fno-exceptions", "-fno-rtti",
        "-DOSTEON_THREADS=0")
    print(f"{len(headers)} headers with -fno-exceptions -fno-rtti -DOSTEON_THREADS=0:",
          "they compile" if compiles else f"they do not compile\n{messages}")
    return 0 if compiles else 1


def write_list(path, without):
    text = "#pragma once\n\n" + include_all(h for h in public_headers() if h not in without)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    return 0


def print_tests():
    modules = {header.split("/")[1] for header in public_headers()} | {"cuda"}
    for module in sorted(modules):
        print("module", module)
    for path in sorted((ROOT / "tests" / "compile_fail").glob("*.cpp")):
        print("compile_fail", path.name)
    return 0


def main(arguments):
    if arguments == ["tests"]:
        return print_tests()
    if len(arguments) >= 2 and arguments[0] == "list":
        return write_list(Path(arguments[1]), arguments[2:])
    if len(arguments) in (2, 3) and arguments[0] == "alone":
        return alone(Compiler(arguments[1]), *arguments[2:])
    if len(arguments) == 2 and arguments[0] == "no_exceptions":
        return no_exceptions(Compiler(arguments[1]))
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
