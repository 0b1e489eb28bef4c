"""argv to exit code: pick the verb, run it, turn every error into its line and its code."""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module

from numlock import __version__
from numlock.errors import Exit, NumlockError

# Each verb is a module of its name in numlock.verbs, with ``add`` and ``run``; only the one asked for is imported.
VERBS = {
    "fix": "a crash in, exact pins out",
    "check": "pins in, what is known to be wrong with them out",
    "run": "run a command; when it dies, diagnose and repair",
    "prove": "install one set of pins, run a command there, tell how that went",
    "facts": "look into and manage what numlock knows",
}


def entry(argv: Sequence[str] | None = None) -> int:
    """The console script; the process ends after it, so that nothing is tidied up which goes with it anyway."""
    atexit.register(gc.freeze)
    return main(sys.argv[1:] if argv is None else argv)


def main(argv: Sequence[str]) -> int:
    """Run one command line; returns its exit code and never raises."""
    collect_rarely()
    options = _parser(argv).parse_args(argv)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except NumlockError as error:
        print(f"numlock: {error}", file=sys.stderr)
        return error.exit
    except KeyboardInterrupt:
        print("numlock: interrupted", file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; nothing is left to say, also not by the interpreter at its exit.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.OK
    except Exception:  # the last resort: a bug in numlock ends with a log, not with a traceback
        print(f"numlock: bug: please report it, with {bug_log(str(argv))}", file=sys.stderr)
        return Exit.BUG


def collect_rarely() -> None:
    """Facts are many small objects without cycles, and a call is short: looking for garbage costs a third of it."""
    gc.set_threshold(500_000, 20, 50)


def bug_log(what: str) -> str:
    """Write down the exception that is being handled, met while doing ``what``; the file's path."""
    import platform
    import tempfile
    import traceback

    text = f"numlock {__version__}, Python {platform.python_version()}, {platform.platform()}\n{what}\n\n"
    with tempfile.NamedTemporaryFile(
        "w", prefix="numlock-bug-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write(text + traceback.format_exc())
    return log.name


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="numlock",
        description="Hold numpy (or any package you name) still; find the smallest set of exact version changes "
        "around it that removes a crash.",
    )
    parser.add_argument("--version", action="version", version=f"numlock {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    asked = next((word for word in argv if not word.startswith("-")), None)
    for name, summary in VERBS.items():
        command = commands.add_parser(name, help=summary)
        if name == asked:
            verb = import_module(f"numlock.verbs.{name}")
            verb.add(command)
            command.set_defaults(run=verb.run)
    return parser
