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
    "nvidia-cublas-cu11": ["nvidia/cublas/lib/libcublas.so.11", "nvidia/cublas/lib/libcublasLt.so.11"],
}
TARGET = Target(python=(3, 10))
SITE = "/v/lib/python3.10/site-packages"


def told(error: str, *frames: tuple[str, str], own_modules: tuple[str, ...] = ()) -> Diagnosis:
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
    head = "Traceback (most recent call last):\n" if frames else ""
    crash = parse(f"{head}{''.join(lines)}{error}\n")
    assert crash is not None
    return diagnose(crash, pins, Installed(contents, TARGET), TARGET, own_modules)


def _path(path: str) -> str:
    return path if path.startswith(("/", "main")) or path.endswith(".pyx") else f"{SITE}/{path}"


def own(path: str) -> str:
    return f"/home/u/project/{path}"


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
    "a module that its package dropped and asks for itself": (
        "ModuleNotFoundError: No module named 'low.gone'",
        [MAIN, ("low/names.py", "from .gone import x")],
        Told(Cause.MISSING_MODULE, "low", None, "low.gone"),
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
    "a native library of another package": (
        "RuntimeError: CUDA error: CUBLAS_STATUS_INVALID_VALUE when calling `cublasSgemm( handle, opa)`",
        [MAIN, ("torch/nn/conv.py", "F.conv2d(")],
        Told(Cause.NATIVE, "nvidia-cublas-cu11", "torch"),
    ),
    "a library that checks a version": (
        "ImportError: high needs numpy 1.20 or less",
        [MAIN, HIGH],
        Told(Cause.GUARD, "numpy", "high"),
    ),
    "a version check that names the module": (
        "ImportError: High requires PIL>=9.1; you have 8.0",
        [MAIN, HIGH],
        Told(Cause.GUARD, "pillow", "high"),
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


MINE = ("main.py", "go(x)")
NOT_VERSIONS = {
    "no graphviz": (
        "graphviz.backend.execute.ExecutableNotFound: failed to execute 'dot', make sure it is on your PATH",
        [MAIN, HIGH],
    ),
    "no OpenGL": (
        "ImportError: libGL.so.1: cannot open shared object file: No such file or directory",
        [MAIN, HIGH],
    ),
    "no sound library": ("OSError: sndfile library not found", [MAIN, HIGH]),
    "no ffmpeg": ("FileNotFoundError: [Errno 2] No such file or directory: 'ffmpeg'", [MAIN, HIGH]),
    "no tesseract": (
        "pytesseract.pytesseract.TesseractNotFoundError: tesseract is not installed or it's not in your PATH.",
        [MAIN, HIGH],
    ),
    "no Java": ("RuntimeError: Java gateway process exited before sending its port number", [MAIN, HIGH]),
    "a port in use": ("OSError: [Errno 98] Address already in use", [MAIN, HIGH]),
    "a disk that is full": ("OSError: [Errno 28] No space left on device", [MAIN, HIGH]),
    "no permission": ("PermissionError: [Errno 13] Permission denied: '/data'", [MAIN, HIGH]),
    "no corpus": (
        "LookupError: \n****\n  Resource punkt not found.\n  Please use the NLTK Downloader",
        [MAIN, HIGH],
    ),
    "no model": ("OSError: [E050] Can't find model 'en_core_web_sm'.", [MAIN, HIGH]),
    "an image that is not there": (
        "cv2.error: OpenCV(4.5.1) color.cpp:182: error: (-215:Assertion failed) !_src.empty() in function 'cvt'",
        [MAIN],
    ),
    "no environment variable": (
        "KeyError: 'API_KEY'",
        [MAIN, HIGH, ("/usr/lib/python3.10/os.py", "raise KeyError(key) from None")],
    ),
    "settings that are not there": (
        "django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.",
        [MAIN, HIGH],
    ),
    "no credentials": ("botocore.exceptions.NoCredentialsError: Unable to locate credentials", [MAIN, HIGH]),
    "a refused key": ("openai.AuthenticationError: Error code: 401", [MAIN, HIGH]),
    "an address that is gone": (
        "requests.exceptions.HTTPError: 404 Client Error: Not Found for url: https://x",
        [MAIN, HIGH],
    ),
    "no name server": (
        "urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
        [MAIN, HIGH],
    ),
    "a database that is down": (
        "sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) could not connect to server",
        [MAIN, HIGH],
    ),
    "killed": ("Killed", []),
    "weights for a GPU": (
        "RuntimeError: Attempting to deserialize object on a CUDA device but torch.cuda.is_available() is False.",
        [MAIN, ("torch/__init__.py", "load(f)")],
    ),
    "a library that is optional": (
        "ImportError: Missing optional dependency 'openpyxl'.  Use pip or conda to install openpyxl.",
        [MAIN, HIGH],
    ),
    "a missing column, through two packages": (
        "KeyError: 'price'",
        [("main.py", 'high.fit(df["price"])'), HIGH, ("low/names.py", "raise KeyError(key)")],
    ),
    "shapes, through two packages": (
        "ValueError: Found input variables with inconsistent numbers of samples: [10, 12]",
        [MINE, HIGH, ("numpy/core/numeric.py", "raise")],
    ),
    "matrices that do not fit": (
        "RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x3 and 4x4)",
        [MINE, ("torch/nn/conv.py", "mm()")],
    ),
    "labels out of range": (
        "RuntimeError: CUDA error: device-side assert triggered",
        [MINE, ("torch/nn/conv.py", "mm()")],
    ),
    "weights of another model": (
        "RuntimeError: Error(s) in loading state_dict for Net:\n\tsize mismatch for fc.weight",
        [MINE, ("torch/__init__.py", "load()")],
    ),
    "a value of the wrong type": ("TypeError: unhashable type: 'numpy.ndarray'", [MINE]),
    "nothing where something was expected": (
        "AttributeError: 'NoneType' object has no attribute 'group'",
        [("high/__init__.py", "f()"), MINE],
    ),
    "a name that is not defined": (
        "NameError: name 'dff' is not defined",
        [("high/__init__.py", "f()"), MINE],
    ),
    "a file that hides the standard library": (
        "AttributeError: partially initialized module 'random' has no attribute 'randint' (most likely due to a "
        "circular import)",
        [(own("main.py"), "import random"), (own("random.py"), "x = random.randint(1, 2)")],
    ),
    "a file that hides a library": (
        f"ImportError: cannot import name 'array' from 'numpy' ({own('numpy.py')})",
        [(own("main.py"), "from numpy import array")],
    ),
    "a file that hides a library's package": (
        "ModuleNotFoundError: No module named 'numpy.linalg'; 'numpy' is not a package",
        [(own("main.py"), "import numpy.linalg"), (own("numpy.py"), "import numpy.linalg")],
    ),
    "a file that Python says to rename": (
        "AttributeError: module 'numpy' has no attribute 'zeros' (consider renaming '/home/u/project/numpy.py' if it "
        "has the same name as a library you intended to import)",
        [(own("main.py"), "numpy.zeros(1)")],
    ),
    "a circle in the project": (
        "ImportError: cannot import name 'x' from partially initialized module 'models' (most likely due to a "
        f"circular import) ({own('models.py')})",
        [(own("main.py"), "import models"), (own("views.py"), "from models import x")],
    ),
}


@pytest.mark.parametrize(("error", "frames"), NOT_VERSIONS.values(), ids=NOT_VERSIONS.keys())
def test_no_version_is_to_blame(error: str, frames: list[tuple[str, str]]) -> None:
    found = told(error, *frames)
    assert not found.versions_to_blame, found
    assert found.origin in (Origin.PROJECT, Origin.ENVIRONMENT)


VERSIONS = {
    "an alias that a library uses": (
        "AttributeError: module 'numpy' has no attribute 'float'. Did you mean: 'cfloat'?",
        [MAIN, HIGH],
    ),
    "a library's circle": (
        f"ImportError: cannot import name 'x' from partially initialized module 'low' (most likely due to a circular "
        f"import) ({SITE}/low/__init__.py)",
        [MAIN, HIGH],
    ),
    "an array that a library makes of uneven rows": (
        "ValueError: setting an array element with a sequence. The requested array has an inhomogeneous shape after "
        "1 dimensions.",
        [MAIN, HIGH, ("numpy/core/numeric.py", "array()")],
    ),
    "generated code that is too old": (
        "TypeError: Descriptors cannot not be created directly.\nIf you cannot, set "
        "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=python",
        [MAIN, HIGH, ("low/names.py", "x")],
    ),
    "a library of a GPU toolkit": (
        "ImportError: libcudart.so.10.1: cannot open shared object file: No such file or directory",
        [MAIN, ("torch/__init__.py", "load()")],
    ),
    "a file that a pinned package should have": (
        f"FileNotFoundError: [Errno 2] No such file or directory: '{SITE}/low/data.json'",
        [MAIN, HIGH],
    ),
    "a module of the project with a library's name, farther down": (
        "AttributeError: module 'low' has no attribute 'gone'",
        [(own("main.py"), "import utils.low"), (own("utils/low.py"), "low.gone()")],
    ),
    "text that a library hands out": (
        "AttributeError: 'str' object has no attribute 'decode'",
        [("main.py", "low.encode(x).decode()")],
    ),
    "text that a library handles": (
        "AttributeError: 'str' object has no attribute 'decode'",
        [MAIN, ("high/__init__.py", "f.attrs['x'].decode()")],
    ),
    "a class of a library": ("AttributeError: 'Frame' object has no attribute 'append'", [MINE]),
}


@pytest.mark.parametrize(("error", "frames"), VERSIONS.values(), ids=VERSIONS.keys())
def test_versions_may_be_to_blame(error: str, frames: list[tuple[str, str]]) -> None:
    assert told(error, *frames).versions_to_blame


def test_a_file_of_the_project_s_folder_hides_a_library() -> None:
    error = "AttributeError: module 'low' has no attribute 'gone'"
    assert told(error, (own("main.py"), "low.gone()"), own_modules=("low",)).cause is Cause.OWN_CODE
    assert told(error, (own("main.py"), "low.gone()")).cause is Cause.MISSING_ATTRIBUTE


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


@pytest.mark.parametrize(
    "line",
    [
        "ERROR: No matching distribution found for low==1.0",
        "ERROR: Failed building wheel for low",
        "ERROR: Could not build wheels for low, which is required to install pyproject.toml-based projects",
        "  \u00d7 Failed to build `low==1.0`",
        "Unable to find installation candidates for low (1.0)",
        "Because low (1.0) requires Python <3.9 and no other is allowed, version solving failed.",
    ],
)
def test_an_installation_that_failed_names_its_pin(line: str) -> None:
    pins = activate(parse_pins(["low==1.0"], "r"), (), TARGET, ())
    crash = parse(f"{line}\n")
    assert crash is not None
    found = diagnose(crash, pins, Installed({}, TARGET), TARGET)
    assert (found.cause, found.culprit) == (Cause.UNINSTALLED, "low")


def test_an_installation_without_a_network_is_no_matter_of_versions() -> None:
    pins = activate(parse_pins(["low==1.0"], "r"), (), TARGET, ())
    crash = parse(
        "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError: Temporary failure in "
        "name resolution'\nERROR: No matching distribution found for low==1.0\n"
    )
    assert crash is not None
    assert not diagnose(crash, pins, Installed({}, TARGET), TARGET).versions_to_blame
