"""Releases that have a name and raise for whoever calls it, as an advisory says: protobuf 4 and old generated code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from numlock.cli import main
from numlock.errors import Exit
from support.distributions import build_wheel
from support.index import Index

SITE = "/home/u/project/.venv/lib/python3.10/site-packages"
OLD = "from google.protobuf import descriptor as _d\n_FIELD = _d.FieldDescriptor(name='x', number=1)\n"
NEW = "from google.protobuf import descriptor as _d\n_KIND = _d.FieldDescriptor.TYPE_INT32\n"
LOG = f"""Traceback (most recent call last):
  File "/home/u/project/main.py", line 1, in <module>
    import made.x_pb2
  File "{SITE}/made/x_pb2.py", line 2, in <module>
    _FIELD = _d.FieldDescriptor(name='x', number=1)
  File "{SITE}/google/protobuf/descriptor.py", line 2, in __new__
    _message.Message._CheckCalledFromGeneratedFile()
TypeError: Descriptors cannot be created directly.
If this call came from a _pb2.py file, your generated code is out of date and must be regenerated with protoc >= 3.19.0.
"""


@pytest.fixture(autouse=True)
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """made 1.1 and twin 1.1 hold new generated code, their 1.0 old; protobuf has the same classes in every release."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "dists"
    folder.mkdir()
    for version in ("3.20.2", "3.20.3", "4.21.0", "4.21.1", "4.22.0"):
        descriptor = "class FieldDescriptor:\n    TYPE_INT32 = 5\n"
        files = {"google/protobuf/descriptor.py": descriptor}
        build_wheel(folder, "protobuf", version, files=files, tag="cp37-abi3-manylinux2014_x86_64")
    for name in ("made", "twin"):
        for version, source in (("1.0", OLD), ("1.1", NEW)):
            files = {f"{name}/__init__.py": f"import {name}.x_pb2\n", f"{name}/x_pb2.py": source}
            build_wheel(folder, name, version, files=files, requires=["protobuf"])
    with Index(folder) as index:
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        yield index


def write(pins: str, log: str = LOG) -> list[str]:
    Path("r.txt").write_text("".join(f"{pin}\n" for pin in pins.split()), encoding="utf-8")
    Path("crash.log").write_text(log, encoding="utf-8")
    return ["fix", "-r", "r.txt", "--log", "crash.log"]


REPAIRS = {
    "the one that calls moves": ("protobuf==4.21.1 made==1.0", "protobuf", "protobuf==4.21.1 made==1.1"),
    "the one that refuses moves": ("protobuf==4.21.1 made==1.0", "made", "protobuf==3.20.3 made==1.0"),
    "the one that refuses is not pinned": ("made==1.0 twin==1.1", "twin", "made==1.1 twin==1.1"),
    "the next to die moves too": (
        "protobuf==4.21.1 made==1.0 twin==1.0",
        "protobuf",
        "protobuf==4.21.1 made==1.1 twin==1.1",
    ),
    "one move ends both": (
        "protobuf==4.21.1 made==1.0 twin==1.0",
        "numpy",
        "protobuf==3.20.3 made==1.0 twin==1.0",
    ),
}


@pytest.mark.parametrize(("pins", "lock", "answer"), REPAIRS.values(), ids=REPAIRS.keys())
def test_a_refused_call(pins: str, lock: str, answer: str, capsys: pytest.CaptureFixture[str]) -> None:
    locks = ["--lock", lock] if lock in pins else []
    assert main([*write(pins), *locks]) == Exit.OK
    out, err = capsys.readouterr()
    assert out.split() == answer.split()
    assert "NUMLOCK-2026-0101" in err


def test_generated_code_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    log = LOG.replace(f"{SITE}/made/", "/home/u/project/")
    assert main([*write("protobuf==4.21.1 made==1.1", log), "--lock", "made"]) == Exit.OK
    assert capsys.readouterr().out.split() == ["protobuf==3.20.3", "made==1.1"]


@pytest.mark.parametrize(
    ("pins", "found"),
    [
        (
            "protobuf==4.21.1 made==1.0",
            "made/x_pb2.py:2 calls google.protobuf.descriptor.FieldDescriptor, which",
        ),
        ("protobuf==4.21.1 made==1.1", ""),
        ("protobuf==3.20.3 made==1.0", ""),
    ],
    ids=["old code", "new code", "old protobuf"],
)
def test_a_check_without_a_crash(pins: str, found: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(pins)
    assert main(["check", "r.txt", "--python", "3.10"]) == bool(found)
    assert found in capsys.readouterr().out


def test_what_is_not_compiled_refuses_nothing(index: Index, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no compiled wheel is for the target, an installer takes one without that check."""
    files = {"google/protobuf/descriptor.py": "class FieldDescriptor:\n    TYPE_INT32 = 5\n"}
    build_wheel(index.folder, "protobuf", "4.21.2", files=files)
    build_wheel(index.folder, "protobuf", "4.21.2", files=files, tag="cp310-abi3-win_amd64")
    write("protobuf==4.21.2 made==1.0")
    assert main(["check", "r.txt", "--python", "3.10", "--platform", "linux"]) == Exit.OK
    assert capsys.readouterr().out == ""
    assert main(["check", "r.txt", "--python", "3.10", "--platform", "windows"]) == 1
    assert "which protobuf 4.21.2 refuses" in capsys.readouterr().out
