"""The door of the GitHub Action: the variables that ``action.yml`` sets in, an exit code out."""

from __future__ import annotations

import os
import sys

from numlock.action import act
from numlock.action.inputs import PREFIX


def main() -> int:
    """Run the action. The command that it runs, and ``${NAME}`` in files of pins, must not see what it was given."""
    environ = dict(os.environ)
    for name in environ:
        if name.startswith(PREFIX):
            del os.environ[name]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")  # Windows runners speak a code page
    return act(environ)


if __name__ == "__main__":
    sys.exit(main())
