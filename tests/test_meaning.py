"""What a crash means, as the command line says it: slips, modules that no pin provides, types, known crashes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from numlock.cli import main
from numlock.errors import Exit
from support.distributions import build_sdist, build_wheel
from support.index import Index

SITE = "/home/u/project/.venv/lib/python3.10/site-packages"
FRAME = "class Frame:\n    def append(self): ...\n    def join(self): ...\n"
GETATTR = """
_TABLE = {}
_TABLE.update({n: v for n, v in [("old_name", 1)]})
def __getattr__(name):
    if name in _TABLE:
        return _TABLE[name]
    raise AttributeError(name)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """low 1 has Frame.append and old_name, low 2 has not; optional is on the index and not among the pins."""
    folder = tmp_path / "dists"
    folder.mkdir()
    for version, body, lazy in (
        ("1.0", FRAME, GETATTR),
        ("1.1", FRAME, GETATTR),
        ("2.0", "class Frame: ...\n", ""),
    ):
        files = {"low/__init__.py": f"def arange(stop): ...\n{lazy}", "low/frame.py": body}
        build_wheel(folder, "low", version, files=files)
    build_wheel(folder, "high", "1.0", files={"high/__init__.py": ""}, requires=["toolbox"])
    build_wheel(folder, "optional", "3.1", files={"optional/__init__.py": ""})
    build_wheel(folder, "misnamed", "1.0", files={"something_else.py": ""})
    build_wheel(folder, "toolbox", "2.0", files={"tools/__init__.py": "", "tools/a.py": ""})
    (tmp_path / "requirements.txt").write_text("low==2.0\nhigh==1.0\n", encoding="utf-8")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "helpers.py").write_text("", encoding="utf-8")
    (tmp_path / "main.py").write_text("", encoding="utf-8")
    with Index(folder) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        yield tmp_path


class Said(NamedTuple):
    code: int
    pins: str
    words: str


def ask(folder: Path, error: str, line: str, *options: str, inside: str = "") -> Said:
    """The answer to a crash on a line of the project, or of a library."""
    frames = f'  File "/home/u/project/main.py", line 3, in <module>\n    {line}\n'
    if inside:
        frames += f'  File "{SITE}/{inside}", line 1, in f\n    {line}\n'
    log = folder / "crash.log"
    log.write_text(f"Traceback (most recent call last):\n{frames}{error}\n", encoding="utf-8")
    out = folder / "out.txt"
    files = ["-r", str(folder / "requirements.txt"), "--log", str(log), "-o", str(out)]
    code = main(["fix", *files, "--format", "text", *options])
    words = out.read_text(encoding="utf-8")
    main(["fix", *files, *options])
    return Said(code, out.read_text(encoding="utf-8"), words)


def answered(
    folder: Path, monkeypatch: pytest.MonkeyPatch, frames: str, error: str, lock: str
) -> tuple[int, str]:
    """Exit code and pins for a crash with these frames, by the distributions in ``dists``."""
    (folder / "crash.log").write_text(
        f"Traceback (most recent call last):\n{frames}{error}\n", encoding="utf-8"
    )
    out = folder / "out.txt"
    given = ["-r", str(folder / "requirements.txt"), "--log", str(folder / "crash.log"), "-o", str(out)]
    with Index(folder / "dists") as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        code = main(["fix", *given, "--lock", lock])
    return code, out.read_text(encoding="utf-8")


UNCHANGED = "low==2.0\nhigh==1.0\n"
NOT_VERSIONS = {
    "a slip in an attribute": (
        "AttributeError: module 'low' has no attribute 'arrange'",
        "x = low.arrange(3)",
        "no release of low that was asked has low.arrange: 3 from 1.0 to 2.0; did you mean arange?",
    ),
    "a slip in an import": (
        f"ImportError: cannot import name 'arrange' from 'low' ({SITE}/low/__init__.py)",
        "from low import arrange",
        "did you mean arange?",
    ),
    "a slip in a module": (
        "ModuleNotFoundError: No module named 'low.frames'",
        "import low.frames",
        "did you mean low.frame?",
    ),
    "a slip in a parameter": (
        "TypeError: arange() got an unexpected keyword argument 'stopp'",
        "x = low.arange(stopp=3)",
        "did you mean stop?",
    ),
    "a type that nobody defines": (
        "AttributeError: 'Trainer' object has no attribute 'append'",
        "x = trainer.append(3)",
        "and no pinned package defines that",
    ),
    "a function that nobody defines": (
        "TypeError: fit() takes 2 positional arguments but 3 were given",
        "print(Model(3).fit(x, y))",
        "and no pinned package defines that",
    ),
    "a parameter that a function of that name never had": (
        "TypeError: arange() got an unexpected keyword argument 'delimiter'",
        "x = arange(3, delimiter=',')",
        "no release of low that was asked has low.arange(delimiter=)",
    ),
    "a module that the index has": (
        "ModuleNotFoundError: No module named 'optional'",
        "import optional.part",
        "optional 3.1 does, and adding it is your decision",
    ),
    "a module that a pin's requirement has": (
        "ModuleNotFoundError: No module named 'tools.a'",
        "import tools.a",
        "toolbox 2.0 does, and adding it is your decision",
    ),
    "a module that only looks like a project of the index": (
        "ModuleNotFoundError: No module named 'misnamed'",
        "import misnamed",
        "no pinned package provides the module misnamed; adding one is your decision",
    ),
    "a module of the project": (
        "ModuleNotFoundError: No module named 'helpers'",
        "import helpers",
        "helpers is the project's own (src/helpers.py)",
    ),
    "a library that a library would like": (
        "ImportError: Missing optional dependency 'optional'. Use pip to install optional.",
        "low.read()",
        "optional 3.1 does, and adding it is your decision",
    ),
}


@pytest.mark.parametrize(("error", "line", "words"), NOT_VERSIONS.values(), ids=NOT_VERSIONS.keys())
def test_no_version_is_to_blame(project: Path, error: str, line: str, words: str) -> None:
    said = ask(project, error, line)
    assert (said.code, said.pins) == (Exit.NOT_VERSIONS, UNCHANGED)
    assert words in said.words


def test_a_function_whose_module_was_another_one_is_no_slip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """low 2 takes fewer arguments than low 1 did, which defined the class elsewhere and behind a decorator."""
    folder = tmp_path / "dists"
    folder.mkdir()
    old = "def warn(f): return f\nclass Means:\n    @warn\n    def __init__(self, n, init, tries): ...\n"
    new = "class Means:\n    def __init__(self, n, *, init=1, tries=1): ...\n"
    for version, module, source in (("1.0", "means_", old), ("1.5", "_means", old), ("2.0", "_means", new)):
        files = {"low/__init__.py": f"from low.{module} import Means\n", f"low/{module}.py": source}
        build_wheel(folder, "low", version, files=files)
    build_wheel(folder, "high", "1.0", files={"high/__init__.py": ""})
    (tmp_path / "requirements.txt").write_text("low==2.0\nhigh==1.0\n", encoding="utf-8")
    error = "TypeError: __init__() takes from 1 to 2 positional arguments but 4 were given"
    with Index(folder) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        said = ask(tmp_path, error, 'Means(3, "k", 10).fit(x)', "--lock", "high")
    assert (said.code, said.pins) == (Exit.OK, "low==1.5\nhigh==1.0\n")


@pytest.mark.parametrize(
    ("versions", "answer"),
    [
        pytest.param({"1.0": "a, b", "2.0": "*, a, b"}, "1.0", id="one that takes it"),
        pytest.param({"1.0": "a", "1.1": "a, b", "2.0": "*, a, b"}, "1.1", id="not one that takes less"),
    ],
)
def test_a_decorated_function_called_by_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, versions: dict[str, str], answer: str
) -> None:
    """The exception is of what the decorator stands around; the project's import says which function that is."""
    folder = tmp_path / "dists"
    folder.mkdir()
    for version, parameters in versions.items():
        source = f"from low.cache import cache\n@cache(level=1)\ndef mel({parameters}): ...\n"
        files = {"low/__init__.py": "", "low/filters.py": source, "low/cache.py": "cache = make()\n"}
        build_wheel(folder, "low", version, files=files)
    build_wheel(folder, "high", "1.0", files={"high/__init__.py": "def mel(a): ...\n"})
    (tmp_path / "requirements.txt").write_text("high==1.0\nlow==2.0\n", encoding="utf-8")
    own = "from low.filters import mel as low_mel\n\nx = low_mel(1, 2)\n"
    (tmp_path / "main.py").write_text(own, encoding="utf-8")
    error = "TypeError: mel() takes 0 positional arguments but 2 were given"
    with Index(folder) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        said = ask(tmp_path, error, "x = low_mel(1, 2)", "--lock", "high")
    assert (said.code, said.pins) == (Exit.OK, f"high==1.0\nlow=={answer}\n")


REFUSALS = {
    "the module that refuses goes back": ("low", "high==1.0\nlow==1.5\nother==1.0\n", "other"),
    "or whoever imports it does without": ("high", "high==1.1\nlow==2.0\nother==1.0\n", "low"),
}


@pytest.mark.parametrize(("moved", "answer", "lock"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_module_that_refuses_to_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moved: str, answer: str, lock: str
) -> None:
    """low.clean is there in every release; from 1.9 on it raises, since it went to a package that is not pinned."""
    folder = tmp_path / "dists"
    folder.mkdir()
    refusing = (
        "try:\n    from low_clean import *\nexcept ImportError:\n    raise ImportError('gone') from None\n"
    )
    for version, source in (
        ("1.0", ""),
        ("1.5", ""),
        ("1.9", refusing),
        ("2.0", refusing),
        ("2.1", refusing),
    ):
        build_wheel(folder, "low", version, files={"low/__init__.py": "", "low/clean.py": source})
    for version, source in (("1.0", "import low.clean\n"), ("1.1", "import low\n")):
        if version == "1.0" or moved == "high":
            build_wheel(folder, "high", version, files={"high/__init__.py": source}, requires=["low"])
    build_wheel(folder, "other", "1.0", files={"other.py": ""})
    (tmp_path / "requirements.txt").write_text("high==1.0\nlow==2.0\nother==1.0\n", encoding="utf-8")
    frames = (
        ("high/__init__.py", 1, "import low.clean"),
        ("low/clean.py", 4, "raise ImportError('gone') from None"),
    )
    inside = "".join(
        f'  File "{SITE}/{path}", line {line}, in <module>\n    {code}\n' for path, line, code in frames
    )
    outer = '  File "/home/u/project/main.py", line 3, in <module>\n    import high\n'
    assert answered(tmp_path, monkeypatch, outer + inside, "ImportError: gone", lock) == (Exit.OK, answer)


def test_a_pin_that_a_library_could_not_import_is_the_one_to_blame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """high swallows why it could not import frames; frames 2.0 refuses the locked low, which its range forbids, too."""
    folder = tmp_path / "dists"
    folder.mkdir()
    build_wheel(folder, "low", "1.0", files={"low/__init__.py": "__version__ = '1.0'\n"})
    for version, requires in (("1.0", "low"), ("1.1", "low"), ("2.0", "low>=2")):
        build_wheel(folder, "frames", version, files={"frames/__init__.py": ""}, requires=[requires])
    for version in ("0.9", "1.0", "1.1"):
        build_wheel(folder, "high", version, files={"high/__init__.py": "pd = get('frames')\n"})
    (tmp_path / "requirements.txt").write_text("low==1.0\nframes==2.0\nhigh==1.0\n", encoding="utf-8")
    frame = f'  File "{SITE}/high/__init__.py", line 3, in <module>\n    raise ImportError(\n'
    outer = '  File "/home/u/project/main.py", line 3, in <module>\n    import high\n'
    assert answered(
        tmp_path, monkeypatch, outer + frame, "ImportError: high requires frames to be installed.", "low"
    ) == (Exit.OK, "low==1.0\nframes==1.1\nhigh==1.0\n")


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("old() has been removed, use new()", "low==1.1\nother==1.0\n"),
        ("no such file", "low==2.0\nother==1.0\n"),
    ],
    ids=["it says that it is gone", "it says something else"],
)
def test_a_function_that_says_that_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, message: str, answer: str
) -> None:
    folder = tmp_path / "dists"
    folder.mkdir()
    raising = "def gone(name):\n    raise AttributeError(name)\ndef old():\n    gone('old')\n"
    warning = "def gone(name): ...\ndef old():\n    warn('old')\n"
    for version, source in (
        ("1.0", warning),
        ("1.1", warning),
        ("1.9", raising),
        ("2.0", raising),
        ("2.1", raising),
    ):
        build_wheel(
            folder,
            "low",
            version,
            files={"low/__init__.py": "from low.main import old\n", "low/main.py": source},
        )
    build_wheel(folder, "other", "1.0", files={"other.py": ""})
    (tmp_path / "requirements.txt").write_text("low==2.0\nother==1.0\n", encoding="utf-8")
    frames = f'''  File "/home/u/project/main.py", line 3, in <module>
    low.old()
  File "{SITE}/low/main.py", line 4, in old
    gone('old')
  File "{SITE}/low/main.py", line 2, in gone
    raise AttributeError(name)
'''
    assert answered(tmp_path, monkeypatch, frames, f"AttributeError: {message}", "other")[1] == answer


def test_a_parameter_that_dies_deep_in_a_package_was_handed_in_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """low.Group hands what it is given on; of low's own source nobody can tell, of high's one can."""
    folder = tmp_path / "dists"
    folder.mkdir()
    deep = "class Deep:\n    def __new__(cls, *a, **k): ...\n    def __init__(self, freq): ...\n"
    for version in ("1.0", "2.0", "2.1"):
        source = f"{deep}def Group(**given):\n    return Deep(**given)\n"
        build_wheel(folder, "low", version, files={"low/__init__.py": source})
    for version, words in (("1.0", "freq=1, base=2"), ("1.1", "freq=1")):
        source = f"import low\ndef f():\n    low.Group({words})\n"
        build_wheel(folder, "high", version, files={"high/__init__.py": source}, requires=["low"])
    (tmp_path / "requirements.txt").write_text("low==2.0\nhigh==1.0\nother==1.0\n", encoding="utf-8")
    build_wheel(folder, "other", "1.0", files={"other.py": ""})
    frames = f"""  File "/home/u/project/main.py", line 3, in <module>
    high.f()
  File "{SITE}/high/__init__.py", line 3, in f
    low.Group(freq=1, base=2)
  File "{SITE}/low/__init__.py", line 5, in Group
    return Deep(**given)
"""
    error = "TypeError: Deep.__init__() got an unexpected keyword argument 'base'"
    answer = (Exit.OK, "low==2.0\nhigh==1.1\nother==1.0\n")
    assert answered(tmp_path, monkeypatch, frames, error, "other") == answer


TWINS = {
    "an attribute that was there once": (
        "AttributeError: module 'low' has no attribute 'old_name'",
        "x = low.old_name",
    ),
    "a member that was there once": (
        "AttributeError: 'Frame' object has no attribute 'append'",
        "x = frame.append(3)",
    ),
}


@pytest.mark.parametrize(("error", "line"), TWINS.values(), ids=TWINS.keys())
def test_what_was_there_once_comes_back(project: Path, error: str, line: str) -> None:
    said = ask(project, error, line)
    assert (said.code, said.pins) == (Exit.OK, "low==1.1\nhigh==1.0\n")


@pytest.mark.parametrize(("error", "line"), TWINS.values(), ids=TWINS.keys())
def test_under_a_lock_that_is_no_slip_either(project: Path, error: str, line: str) -> None:
    said = ask(project, error, line, "--lock", "low")
    assert (said.code, said.pins) == (Exit.NO_REPAIR, UNCHANGED)
    ways = [words.strip() for words in said.words.splitlines() if words.startswith("way out")]
    assert ways[0].endswith("release the lock on low: low 2.0 -> 1.1 (pip-tools: installs cleanly)")
    assert f"change /home/u/project/main.py:3 ({line}), which asks for low" in ways[1]
    assert ways[1].endswith("; then nothing has to move")


def test_a_release_that_could_not_be_built_gives_way_to_one_with_a_wheel(project: Path) -> None:
    dists = project / "dists"
    for version in ("1.0", "1.1"):
        build_sdist(dists, "built", version, files={"built.py": ""})
    build_wheel(dists, "built", "1.2", files={"built.py": ""})
    (project / "requirements.txt").write_text("low==2.0\nbuilt==1.0\n", encoding="utf-8")
    log = project / "pip.log"
    log.write_text(
        "  error: metadata-generation-failed\nERROR: Failed to build built==1.0\n", encoding="utf-8"
    )
    out = project / "out.txt"
    files = ["-r", str(project / "requirements.txt"), "--log", str(log), "--python", "3.10", "-o", str(out)]
    assert main(["fix", *files]) == Exit.OK
    assert out.read_text(encoding="utf-8") == "low==2.0\nbuilt==1.2\n"
