"""Case documents: YAML, JSON, and the labelled text form."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from numlock.errors import BadInput
from numlock.model import Pin
from numlock.read.cases import Case, case_of, read_case
from numlock.read.locks import Lock, parse_lock
from numlock.read.requirements import read_requirements

EXAMPLE = Path(__file__).parents[2] / "examples" / "hifi-gan.txt"


def read(folder: Path, content: str | bytes) -> Case:
    path = folder / "case.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_case(str(path))


def pins(case: Case) -> list[str]:
    return [entry.at(entry.version) if isinstance(entry, Pin) else entry.text for entry in case.entries]


def locks(*texts: str) -> tuple[Lock, ...]:
    return tuple(parse_lock(text) for text in texts)


def test_every_field(tmp_path: Path) -> None:
    case = read(
        tmp_path,
        "pins: [numpy==1.18.3, torch==1.8.0]\npython: 3.7\nplatform: linux\nlock: numpy\n"
        "traceback: |\n  Traceback (most recent call last):\n    x\n  TypeError: y\n",
    )
    assert pins(case) == ["numpy==1.18.3", "torch==1.8.0"]
    assert (case.python, case.platform, case.locks) == ((3, 7), "linux", locks("numpy"))
    assert case.log == "Traceback (most recent call last):\n  x\nTypeError: y\n"
    assert case.where.path == str(tmp_path / "case.yaml")


def test_only_pins_are_needed(tmp_path: Path) -> None:
    case = read(tmp_path, "pins: [a==1]\n")
    assert (case.python, case.platform, case.log, case.header_python) == (None, None, None, None)
    assert (case.locks, case.constraints, case.options) == ((), (), ())


@pytest.mark.parametrize(
    ("content", "python"),
    [
        pytest.param("python: 3.10", (3, 10), id="3.10 stays 3.10"),
        pytest.param("python: '3.10'", (3, 10), id="quoted"),
        pytest.param("python: 3.7.16", (3, 7), id="micro version"),
        pytest.param("python: cp310", (3, 10), id="wheel tag"),
        pytest.param("python: ~", None, id="null"),
        pytest.param("python:", None, id="no value"),
        pytest.param("python: ''", None, id="empty text"),
    ],
)
def test_python(tmp_path: Path, content: str, python: tuple[int, int] | None) -> None:
    assert read(tmp_path, f"pins: [a==1]\n{content}\n").python == python


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("pins:\n  - b==1.10\n  - a==2\n", ["b==1.10", "a==2"], id="list, in its order"),
        pytest.param("pins: [a==1, '# b==2', '', ' ']\n", ["a==1"], id="comments and blanks in a list"),
        pytest.param(
            "pins: |\n  a==1  # why\n\n  # b==2\n  c==3\n", ["a==1", "c==3"], id="text with comments"
        ),
        pytest.param("pins:\n- a==1\n- -e ./b\n", ["a==1", "-e ./b"], id="a line that installs from a place"),
        pytest.param(
            "pins:\n- a[x]==1 ; os_name == 'nt'\n", ["a[x]==1 ; os_name == 'nt'"], id="extra and marker"
        ),
        pytest.param("pins: &p [a==1]\n", ["a==1"], id="an anchor that nothing refers to"),
        pytest.param("# c\r\npins:\r\n- a==1\r\n", ["a==1"], id="CRLF"),
        pytest.param(b"\xef\xbb\xbfpins: [a==1]\n", ["a==1"], id="UTF-8 byte order mark"),
        pytest.param(b"\xff\xfe" + "pins: [a==1]".encode("utf-16-le"), ["a==1"], id="UTF-16"),
        pytest.param('{"pins": ["a==1"], "python": 3.10}', ["a==1"], id="JSON"),
        pytest.param('{\n\t"pins": [\n\t\t"a==1"\n\t]\n}\n', ["a==1"], id="JSON indented with tabs"),
    ],
)
def test_pins(tmp_path: Path, content: str | bytes, expected: list[str]) -> None:
    assert pins(read(tmp_path, content)) == expected


def test_json_number_keeps_its_zero(tmp_path: Path) -> None:
    assert read(tmp_path, '{"pins": ["a==1"], "python": 3.10}').python == (3, 10)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("lock: numpy", ["numpy"], id="name"),
        pytest.param("lock: numpy==1.18.3", ["numpy==1.18.3"], id="name and version"),
        pytest.param("lock: [numpy, torch==1.8.0]", ["numpy", "torch==1.8.0"], id="list"),
        pytest.param("lock: {name: numpy, version: 1.10}", ["numpy==1.10"], id="mapping; 1.10 stays 1.10"),
        pytest.param("lock: {name: NumPy}", ["numpy"], id="mapping without a version"),
        pytest.param(
            "lock: [{name: numpy, version: '1'}, torch]", ["numpy==1", "torch"], id="mapping in a list"
        ),
        pytest.param("locks: [numpy]", ["numpy"], id="the key in the plural"),
        pytest.param("lock: torch\nlocks: [numpy]", ["torch"], id="both keys: the singular"),
        pytest.param("lock: []", [], id="empty list"),
        pytest.param("lock: null", [], id="null"),
    ],
)
def test_locks(tmp_path: Path, content: str, expected: list[str]) -> None:
    assert read(tmp_path, f"pins: [numpy==1.10]\n{content}\n").locks == locks(*expected)


@pytest.mark.parametrize(
    ("content", "log"),
    [
        pytest.param("traceback: one", "one", id="traceback"),
        pytest.param("log: two", "two", id="log"),
        pytest.param("log_file: crash.log", "three\n", id="file beside the case"),
        pytest.param("log_file: logs/crash.log", "four\n", id="file below the case"),
        pytest.param("traceback: one\nlog: two\nlog_file: gone.log", "one", id="all: the traceback"),
        pytest.param("log: two\nlog_file: gone.log", "two", id="text before file"),
        pytest.param("log: ~\nlog_file: crash.log", "three\n", id="null text, then the file"),
        pytest.param("log_file: ''", None, id="empty name"),
    ],
)
def test_log(tmp_path: Path, content: str, log: str | None) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "crash.log").write_bytes(b"\x1b[31mthree\x1b[0m\r\n")
    (tmp_path / "logs" / "crash.log").write_bytes(b"four\n")
    assert read(tmp_path, f"pins: [a==1]\n{content}\n").log == log


def test_absolute_log_file(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "crash.log").write_text("five")
    assert read(tmp_path, f"pins: [a==1]\nlog_file: {folder / 'crash.log'}\n").log == "five"


def test_requirements_beside_the_case(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "requirements.txt").write_text(
        "# This file is autogenerated by pip-compile with Python 3.8\n--pre\n-c limits.txt\nb==2\n"
    )
    (tmp_path / "in" / "limits.txt").write_text("c==3\n")
    case = read(tmp_path, "requirements: in/requirements.txt\npython: 3.9\n")
    assert pins(case) == ["b==2"]
    assert str(case.entries[0].where) == f"{tmp_path / 'in' / 'requirements.txt'}:4"
    assert [each.name for each in case.constraints] == ["c"]
    assert case.options == (("--pre", ""),)
    assert (case.python, case.header_python) == ((3, 9), (3, 8))


def test_pins_come_before_requirements(tmp_path: Path) -> None:
    assert pins(read(tmp_path, "pins: [a==1]\nrequirements: gone.txt\n")) == ["a==1"]


def test_case_of_a_requirements_file(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    (tmp_path / "limits.txt").write_text("a==1\n")
    path.write_text("# by pip-compile with Python 3.8\n--pre\n-c limits.txt\na==1\n-e .\n")
    document = read_requirements(str(path))
    case = case_of(document)
    assert pins(case) == ["a==1", "-e ."]
    assert (case.where, case.header_python, case.options) == (document.where, (3, 8), (("--pre", ""),))
    assert case.constraints == document.constraints != ()
    assert (case.python, case.platform, case.locks, case.log) == (None, None, (), None)


def test_standard_input_is_relative_to_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "crash.log").write_text("six")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"pins: [a==1]\nlog_file: crash.log\n")))
    case = read_case("-")
    assert (pins(case), case.log, case.where.path) == (["a==1"], "six", "-")


@pytest.mark.parametrize(
    ("content", "reference", "line"),
    [
        pytest.param("a: &x b\npins: [a==1]\nlock: *x\n", "case-invalid", 3, id="an alias"),
        pytest.param("pins: [a==1\npython: 3.7\n", "case-invalid", 2, id="an open bracket"),
        pytest.param("pins: [a==1]\n\tpython: 3.7\n", "case-invalid", 2, id="a tab for indentation"),
        pytest.param("pins: [a==1]\n---\npins: [b==2]\n", "case-invalid", 2, id="two documents"),
        pytest.param("pins: [a==1]\n\x07\n", "case-invalid", None, id="a control character"),
        pytest.param("- a==1\n", "case-invalid", None, id="a list"),
        pytest.param("numpy==1.18.3\n", "case-invalid", None, id="a requirements file"),
        pytest.param("pins: " + "[" * 5000 + "]" * 5000, "case-invalid", None, id="nested too deep"),
        pytest.param("python: 3.7\n", "case-invalid", None, id="neither pins nor requirements"),
        pytest.param("pins: {a: '1'}\n", "case-invalid", None, id="pins as a mapping"),
        pytest.param("pins: [{a: '1'}]\n", "case-invalid", None, id="a pin as a mapping"),
        pytest.param("pins: [a==1]\npython: [3.7]\n", "case-invalid", None, id="python as a list"),
        pytest.param("pins: [a==1]\nplatform: {a: b}\n", "case-invalid", None, id="platform as a mapping"),
        pytest.param("pins: [a==1]\ntraceback: [x]\n", "case-invalid", None, id="traceback as a list"),
        pytest.param("pins: [a==1]\nlog_file: [x]\n", "case-invalid", None, id="log_file as a list"),
        pytest.param("requirements: [x]\n", "case-invalid", None, id="requirements as a list"),
        pytest.param("pins: [a==1]\nlock: {numpy: '1'}\n", "case-invalid", None, id="lock as name: version"),
        pytest.param(
            "pins: [a==1]\nlog: !!python/object/apply:os.getcwd []\n",
            "case-invalid",
            None,
            id="a Python object",
        ),
        pytest.param("pins: [a==1]\nlock: numpy>=1\n", "lock-invalid", None, id="a lock that is a range"),
        pytest.param("pins: [a==1]\npython: 2.7\n", "python-invalid", None, id="a Python that is too old"),
        pytest.param("pins: [a==1]\npython: new\n", "python-invalid", None, id="a Python that is none"),
        pytest.param("pins: []\n", "pins-none", None, id="an empty list of pins"),
        pytest.param("pins: ['# a==1']\n", "pins-none", None, id="comments alone"),
        pytest.param("pins: ['-e .']\n", "pins-none", None, id="no pin from an index"),
        pytest.param("pins: [a>=1]\n", "pins-not-exact", None, id="a pin that is a range"),
        pytest.param("pins: [a==x]\n", "version-invalid", None, id="a bad version"),
        pytest.param("pins: ['--pre']\n", "pins-invalid", None, id="an option among the pins"),
        pytest.param("", "case-empty", None, id="an empty file"),
        pytest.param("pins: [a==1]\n\x00\x01", "case-binary", None, id="a binary file"),
    ],
)
def test_bad_case(tmp_path: Path, content: str, reference: str, line: int | None) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, content)
    assert caught.value.reference == reference
    place = str(tmp_path / "case.yaml")
    assert (f"{place}:{line} " if line else place) in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("a: &x b\nc: *x\n", "uses a YAML alias", id="an alias"),
        pytest.param("pins: [a==1\nb: c\n", "is neither YAML nor a labelled case: ", id="bad YAML"),
        pytest.param("- a==1\n", "is not a mapping; hint: its keys are pins, requirements, ", id="a list"),
        pytest.param("python: 3.7\n", "has no list of pins; hint: give pins or requirements", id="no pins"),
        pytest.param("pins: [a==1]\nlog: [x]\n", "log is not text", id="a list for a text"),
        pytest.param(
            "pins: [a==1]\nlock: {a: '1'}\n", "lock is not a name, name==version, ", id="a bad lock"
        ),
    ],
)
def test_words_for_a_bad_case(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, content)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reference", "name"),
    [
        pytest.param("pins: [a==1]\nlog_file: gone.log\n", "log-missing", "gone.log", id="log"),
        pytest.param("pins: [a==1]\nlog_file: empty\n", "log-empty", "empty", id="empty log"),
        pytest.param("requirements: gone.txt\n", "pins-missing", "gone.txt", id="requirements"),
        pytest.param("requirements: empty\n", "pins-none", "empty", id="empty requirements"),
    ],
)
def test_bad_file_that_a_case_names(tmp_path: Path, content: str, reference: str, name: str) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(BadInput) as caught:
        read(tmp_path, content)
    assert caught.value.reference == reference
    assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        pytest.param("gone.yaml", "case-missing", id="missing file"),
        pytest.param(".", "case-unreadable", id="folder"),
    ],
)
def test_no_file(tmp_path: Path, name: str, reference: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_case(str(tmp_path / name))
    assert caught.value.reference == reference
    assert str(tmp_path / name) in str(caught.value)


def test_labelled_example() -> None:
    case = read_case(str(EXAMPLE))
    assert len(case.entries) == 32
    assert (pins(case)[0], pins(case)[-1]) == ("absl-py==2.1.0", "zipp==3.15.0")
    assert "SoundFile==0.10.3.post1" in pins(case)
    assert (case.python, case.locks, case.platform) == ((3, 7), locks("numpy==1.18.3"), None)
    assert case.log is not None
    assert case.log.startswith("Traceback (most recent call last):\n")
    assert case.log.rstrip().endswith("RuntimeError: cuDNN error: CUDNN_STATUS_NOT_INITIALIZED")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            "Environment: a==1\nb==2\nPython version: 3.10\nTraceback: X: y\nLock: a==1\n", id="plain"
        ),
        pytest.param(
            "Lock: a==1\nTraceback: X: y\nPython version: 3.10\nEnvironment: a==1\nb==2\n", id="another order"
        ),
        pytest.param(
            "- Current environment:\n  a==1\n\n  b==2\n* Python version: 3.10.4\n"
            "\u2022 Crash traceback:\nX: y\n- PRIMARY CONSTRAINT: Maintain a==1\n",
            id="bullets and longer labels",
        ),
        pytest.param(
            "**Environment:** a==1\nb==2\n**Python version**: 3.10\n**Crash traceback:** X: y\n**Lock:** a==1\n",
            id="bold labels",
        ),
        pytest.param(
            "# Task\nEnvironment: a==1\nb==2\n## Python\nPython version: 3.10\nTraceback: X: y\n"
            "## Rules\nDo not touch it.\nLock: a==1\n**Output**\nc==3\n",
            id="headings end a part",
        ),
        pytest.param(
            "ENVIRONMENT: a==1\nb==2\npython VERSION: 3.10\ntraceback: X: y\nlock: a==1\n", id="any case"
        ),
    ],
)
def test_labelled_forms(tmp_path: Path, content: str) -> None:
    case = read(tmp_path, content)
    assert pins(case) == ["a==1", "b==2"]
    assert (case.python, case.locks) == ((3, 10), locks("a==1"))
    assert case.log is not None
    assert case.log.strip() == "X: y"


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        pytest.param("", [], id="none"),
        pytest.param(
            "Primary constraint: Maintain numpy==1.18.3, torch==1.8.0\n",
            ["numpy==1.18.3", "torch==1.8.0"],
            id="two",
        ),
        pytest.param(
            "Lock: torch==1.8.0\nPrimary constraint: keep numpy==1.18.3\n",
            ["numpy==1.18.3"],
            id="both labels",
        ),
    ],
)
def test_labelled_locks(tmp_path: Path, label: str, expected: list[str]) -> None:
    content = f"Environment: numpy==1.18.3\ntorch==1.8.0\n{label}Traceback: X: y\n"
    assert read(tmp_path, content).locks == locks(*expected)


def test_labelled_case_without_a_python(tmp_path: Path) -> None:
    assert read(tmp_path, "Environment: a==1\nPython version:\nTraceback: X: y\n").python is None


def test_first_of_two_equal_labels_counts(tmp_path: Path) -> None:
    case = read(tmp_path, "Environment: a==1\nTraceback: one\nEnvironment: b==2\nTraceback: two\n")
    assert pins(case) == ["a==1"]
    assert case.log == "one\n"


@pytest.mark.parametrize(
    ("content", "reference"),
    [
        pytest.param("Environment: a>=1\nTraceback: X: y\n", "pins-not-exact", id="a pin that is a range"),
        pytest.param("Environment: a==x\nTraceback: X: y\n", "version-invalid", id="a bad version"),
        pytest.param("Environment: a b\nTraceback: X: y\n", "pins-invalid", id="no pin"),
        pytest.param(
            "Environment: a==1\nPython version: 2.7\nTraceback: X\n", "python-invalid", id="Python 2"
        ),
        pytest.param("Environment: a==1\nLock: a==x\nTraceback: X\n", "lock-invalid", id="a bad lock"),
        pytest.param("Environment: a==1\nPython version: 3.7\n", "case-invalid", id="no traceback"),
    ],
)
def test_bad_labelled_case(tmp_path: Path, content: str, reference: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(tmp_path, content)
    assert caught.value.reference == reference
    assert str(tmp_path / "case.yaml") in str(caught.value)


def test_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    seed = Path(__file__).parents[2] / "examples" / "hifi-gan.txt"
    other = tmp_path / "crlf.txt"
    other.write_bytes(seed.read_bytes().replace(b"\n", b"\r\n"))
    first, second = read_case(str(seed)), read_case(str(other))
    assert first.locks == second.locks
    assert [entry.name for entry in first.entries] == [entry.name for entry in second.entries]
    assert first.log == second.log


def test_an_error_in_a_case_names_the_line_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text("# hello\npython: '3.10'\npins:\n  - a==1\n  - b>=2\n", encoding="utf-8")
    with pytest.raises(BadInput, match="b>=2") as caught:
        read_case(str(path))
    assert caught.value.where == f"{path}:5"


def test_lines_of_a_log_that_look_like_labels_stay_in_the_log(tmp_path: Path) -> None:
    path = tmp_path / "case.txt"
    lines = [
        "Environment: numpy==1.18.3",
        "# web",
        "flask==2.0",
        "Traceback: one",
        "Collecting environment: x",
    ]
    path.write_text("\n".join([*lines, "Python version: 3.9 (64-bit)", "TypeError: y", ""]), encoding="utf-8")
    found = read_case(str(path))
    assert [entry.name for entry in found.entries] == ["numpy", "flask"]
    assert found.python is None
    assert found.log is not None
    assert found.log.endswith("TypeError: y\n")
