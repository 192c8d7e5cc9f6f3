"""The configured compiler, taken from compile_commands.json, as the harnesses here call it."""

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
COMPILED = ["-DOSTEON_COMPILED"]  # headers are checked with their definitions unless it is asked for
SKIPPED = 77  # the exit status that CTest and Meson both show as "skipped"


class Compiler:
    """Checks source text with the flags that tests/main.cpp is compiled with."""

    def __init__(self, compile_commands):
        main = ROOT / "tests" / "main.cpp"
        for entry in json.loads(Path(compile_commands).read_text()):
            if (Path(entry["directory"]) / entry["file"]).resolve() == main:
                break
        else:
            raise SystemExit(f"{compile_commands} does not say how {main} is compiled")
        self.directory = entry["directory"]
        self.command = self._without_outputs(shlex.split(entry["command"]))

    @staticmethod
    def _without_outputs(words):
        """The command without its input, its outputs and what only a full compilation needs."""
        kept, takes_value = [], {"-o", "-c", "-MF", "-MQ", "-MT"}
        skip = False
        for word in words:
            if skip:
                skip = False
            elif word in takes_value:
                skip = True
            elif word in {"-MD", "-MMD", "-MP", *COMPILED} or word.startswith(("-O", "-fsanitize", "-g")):
                pass
            else:
                kept.append(word)
        if Path(kept[0]).name in {"ccache", "sccache"}:
            kept = kept[1:]
        return kept

    def check(self, text, *flags):
        """(compiles, messages) of C++ source text; nothing is written."""
        run = subprocess.run(
            [*self.command, *flags, "-fdiagnostics-color=never", "-fsyntax-only",
             "-x", "c++", "-"],
            input=text, text=True, cwd=self.directory,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "LC_ALL": "C"},
        )
        return run.returncode == 0, run.stdout

    def has(self, header):
        """Whether <header> is there to be included."""
        return self.check(f"#if !__has_include(<{header}>)\n#error\n#endif\n")[0]


def includes(path):
    """The headers that a file includes in angle brackets."""
    return re.findall(r"^\s*#\s*include\s*<([^>]+)>", path.read_text(), re.MULTILINE)


def public_headers(module=None):
    """Every public header, or those of one module (a folder or a file), as they are included. GPU
    headers need Thrust and are among them only when their module is asked for."""
    names = sorted(str(p.relative_to(INCLUDE)) for p in INCLUDE.glob("osteon/**/*.hpp"))
    if module is None:
        names = [name for name in names if not name.startswith("osteon/cuda/")]
    else:
        names = [n for n in names if n == f"osteon/{module}" or n.startswith(f"osteon/{module}/")]
    return names


def third_party(header, seen=None):
    """The headers with a folder or an .h in their name, not ours, that `header` reaches: those of
    libraries and of the operating system."""
    seen = set() if seen is None else seen
    found = set()
    for name in includes(INCLUDE / header):
        if name.startswith("osteon/"):
            if name not in seen and (INCLUDE / name).exists():
                seen.add(name)
                found |= third_party(name, seen)
        elif "/" in name or name.endswith((".h", ".hpp")):
            found.add(name)
    return found
