#!/usr/bin/env python3
"""A wrong program must not compile, and the compiler must say why in the expected words.

  compile_fail.py COMPILE_COMMANDS FILE.cpp

The file says what it expects in comments at the start of a line:

  // expect: text       stands in the compiler's output; as many lines as needed
  // expect-regex: re   matches a line of it
  // reject: text       does not stand in it

Blanks and line breaks in the output count as one blank. With -DOSTEON_CONTROL the same file must
compile without a warning, so the wrong line alone is at fault:

  #if defined(OSTEON_CONTROL)
    right
  #else
    wrong
  #endif
"""

import re
import sys
from pathlib import Path

from compiler import WARNINGS, Compiler


def marked(text, mark):
    return re.findall(rf"^// {mark}: *(.*?) *$", text, re.MULTILINE)


def complaints(compiler, path):
    """What is wrong with the test, as messages; none if it passes."""
    text = path.read_text()
    expected, patterns = marked(text, "expect"), marked(text, "expect-regex")
    if not expected and not patterns:
        return [f"{path} has no '// expect: ' line"]

    # Compiled under its own name, so that the messages point at the file.
    source = f'#line 1 "{path}"\n{text}'
    compiles, output = compiler.check(source, *WARNINGS, "-DOSTEON_CONTROL")
    if not compiles:
        return [f"the control does not compile:\n{output}"]
    compiles, output = compiler.check(source)
    if compiles:
        return ["the wrong program compiles"]

    # The compiler quotes the wrong line and the static_assert; neither is a message to the user.
    flat = " ".join(output.split())
    found = [f"the output lacks: {m}" for m in expected if m not in flat]
    found += [f"no line of the output matches: {p}" for p in patterns
              if not re.search(p, output, re.MULTILINE)]
    found += [f"the output has: {m}" for m in marked(text, "reject") if m in flat]
    return found + [f"the compiler said:\n{output}"] if found else []


def main(arguments):
    if len(arguments) != 2:
        sys.exit(__doc__)
    found = complaints(Compiler(arguments[0]), Path(arguments[1]).resolve())
    for message in found:
        print(message)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
