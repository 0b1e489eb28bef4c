"""What crashes mean: message and frames to cause, origin, culprit, victim, symbol."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.diagnose import diagnose, parse
from numlock.facts import Installed
from numlock.model import Cause, Contents, Diagnosis, Key, Origin, Source, Target
from numlock.read import activate
from numlock.read.requirements import parse_pins

FILES = {
    "numpy": ["numpy/__init__.py", "numpy/core/numeric.py"],
    "high": ["high/__init__.py", "high/fast.so"],
    "low": ["low/__init__.py", "low/names.py"],
    "pillow": ["PIL/__init__.py", "PIL/Image.py"],
    "torch": ["torch/__init__.py", "torch/nn/conv.py"],
}
TARGET = Target(python=(3, 10))
SITE = "/v/lib/python3.10/site-packages"


def told(error: str, *frames: tuple[str, str]) -> Diagnosis:
    """A diagnosis of an exception behind ``(path, code)`` frames."""
    pins = activate(parse_pins([f"{name}==1.0" for name in FILES], "r"), (), TARGET, ())
    contents = {
        canonicalize_name(name): Contents(
            release=Key(canonicalize_name(name), Version("1.0")),
            paths=frozenset(paths),
            source=Source(url=name),
        )
        for name, paths in FILES.items()
    }
    lines = [
        f'  File "{_path(path)}", line 1, in f\n' + (f"    {code}\n" if code else "") for path, code in frames
    ]
    crash = parse(f"Traceback (most recent call last):\n{''.join(lines)}{error}\n")
    assert crash is not None
    return diagnose(crash, pins, Installed(contents, TARGET), TARGET)


def _path(path: str) -> str:
    return path if path.startswith(("/", "main")) or path.endswith(".pyx") else f"{SITE}/{path}"


class Told(NamedTuple):
    cause: Cause
    culprit: str | None
    victim: str | None
    symbol: str | None = None


MAIN, HIGH = ("main.py", "import high"), ("high/__init__.py", "x()")
TABLE = {
    "a module that its package dropped": (
        "ModuleNotFoundError: No module named 'low.gone'",
        [MAIN, HIGH],
        Told(Cause.MISSING_MODULE, "low", "high", "low.gone"),
    ),
    "a module of a package that is pinned and not installed": (
        "ModuleNotFoundError: No module named 'PIL'",
        [MAIN],
        Told(Cause.UNINSTALLED, "pillow", None, "PIL"),
    ),
    "a module that nobody provides, asked by the project": (
        "ModuleNotFoundError: No module named 'nobody'",
        [MAIN],
        Told(Cause.ENVIRONMENT, None, None, "nobody"),
    ),
    "a module that nobody provides, asked by a library": (
        "ModuleNotFoundError: No module named 'nobody'",
        [MAIN, HIGH],
        Told(Cause.MISSING_MODULE, None, "high", "nobody"),
    ),
    "a module that Python dropped": (
        "ModuleNotFoundError: No module named 'parser'",
        [MAIN, HIGH],
        Told(Cause.MISSING_MODULE, None, "high", "parser"),
    ),
    "a name with its file": (
        f"ImportError: cannot import name 'gone' from 'low.names' ({SITE}/low/names.py)",
        [MAIN, HIGH],
        Told(Cause.MISSING_NAME, "low", "high", "low.names.gone"),
    ),
    "a name without its module": (
        "ImportError: cannot import name 'gone'",
        [MAIN, ("high/__init__.py", "from low.names import gone")],
        Told(Cause.MISSING_NAME, "low", "high", "low.names.gone"),
    ),
    "a name that Python dropped": (
        "ImportError: cannot import name 'Mapping' from 'collections' (/usr/lib/python3.10/collections/__init__.py)",
        [MAIN, HIGH],
        Told(Cause.MISSING_NAME, None, "high", "collections.Mapping"),
    ),
    "a module without the attribute": (
        "AttributeError: module 'low' has no attribute 'gone'",
        [MAIN, HIGH],
        Told(Cause.MISSING_ATTRIBUTE, "low", "high", "low.gone"),
    ),
    "an alias that numpy removed": (
        "AttributeError: `np.sctypes` was removed in the NumPy 2.0 release.",
        [MAIN, HIGH, ("numpy/__init__.py", "raise AttributeError(")],
        Told(Cause.MISSING_ATTRIBUTE, "numpy", "high", "numpy.sctypes"),
    ),
    "a keyword that is not taken": (
        "TypeError: resize() got an unexpected keyword argument 'how'",
        [("main.py", "low.resize(x, how=1)")],
        Told(Cause.SIGNATURE, "low", None, "low.resize(how=)"),
    ),
    "an extension that was built for another numpy": (
        "ValueError: numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header",
        [MAIN, HIGH],
        Told(Cause.BINARY, "numpy", "high"),
    ),
    "a frame of Cython's": (
        "ValueError: numpy.ndarray size changed, may indicate binary incompatibility.",
        [MAIN, ("high/fast.pyx", "")],
        Told(Cause.BINARY, "numpy", "high"),
    ),
    "a GPU library that fails": (
        "RuntimeError: cuDNN error: CUDNN_STATUS_NOT_INITIALIZED",
        [MAIN, ("torch/nn/conv.py", "conv()")],
        Told(Cause.NATIVE, "torch", None),
    ),
    "a library that checks a version": (
        "ImportError: high needs numpy 1.20 or less",
        [MAIN, HIGH],
        Told(Cause.GUARD, "numpy", "high"),
    ),
    "source that Python cannot parse": (
        "SyntaxError: invalid syntax",
        [MAIN, HIGH],
        Told(Cause.SYNTAX, "high", None),
    ),
    "the project's own syntax error": (
        "SyntaxError: invalid syntax",
        [MAIN],
        Told(Cause.OWN_CODE, None, None),
    ),
    "the project's own error": ("KeyError: 'x'", [MAIN], Told(Cause.OWN_CODE, None, None)),
    "a file that is not there": (
        "FileNotFoundError: [Errno 2] No such file or directory: 'data.csv'",
        [MAIN, HIGH],
        Told(Cause.ENVIRONMENT, None, "high"),
    ),
    "no memory": ("RuntimeError: CUDA out of memory.", [MAIN, HIGH], Told(Cause.ENVIRONMENT, None, "high")),
    "no display": (
        "_tkinter.TclError: couldn't connect to display",
        [MAIN, HIGH],
        Told(Cause.ENVIRONMENT, None, "high"),
    ),
    "no GPU driver": (
        "RuntimeError: Found no NVIDIA driver on your system.",
        [MAIN, ("torch/__init__.py", "x()")],
        Told(Cause.ENVIRONMENT, None, "torch"),
    ),
}


@pytest.mark.parametrize(("error", "frames", "expected"), TABLE.values(), ids=TABLE.keys())
def test_a_crash(error: str, frames: list[tuple[str, str]], expected: Told) -> None:
    found = told(error, *frames)
    symbol = str(found.symbol) if found.symbol else None
    assert Told(found.cause, found.culprit, found.victim, symbol) == expected


@pytest.mark.parametrize(
    ("error", "origin"),
    [
        ("AttributeError: module 'numpy' has no attribute 'gone'", Origin.LOCKED),
        ("AttributeError: module 'low' has no attribute 'gone'", Origin.TRANSITIVE),
        ("ModuleNotFoundError: No module named 'parser'", Origin.PYTHON),
        ("MemoryError", Origin.ENVIRONMENT),
    ],
)
def test_the_origin_says_whose_change_it_is(error: str, origin: Origin) -> None:
    assert told(error, MAIN, HIGH).origin is origin


def test_an_installation_that_failed_names_its_pin() -> None:
    pins = activate(parse_pins(["low==1.0"], "r"), (), TARGET, ())
    crash = parse("ERROR: No matching distribution found for low==1.0\n")
    assert crash is not None
    found = diagnose(crash, pins, Installed({}, TARGET), TARGET)
    assert (found.cause, found.culprit) == (Cause.UNINSTALLED, "low")
