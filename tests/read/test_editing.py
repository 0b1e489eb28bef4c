"""Writing back: files in, the same files with other versions out, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.errors import BadInput
from numlock.model import Change, File, Key, Target
from numlock.read import Edit, Moves, apply, read_pins_file, write_back

TARGET = Target(python=(3, 10))
A, B, C = "aa" * 32, "bb" * 32, "cc" * 32


def file(digest: str | None) -> File:
    return File(filename="x.whl", url="https://index.test/x.whl", sha256=digest)


def change(name: str, before: str, after: str) -> Change:
    return Change(name=canonicalize_name(name), before=Version(before), after=Version(after))


MOVES = Moves(
    changes=(change("torch", "1.8.0", "1.8.1"), change("a-b", "1.0", "2.0.post1")),
    target=TARGET,
    files={Key(canonicalize_name("torch"), Version("1.8.1")): (file(B), file(A))},
)


def edited(path: Path, content: bytes, moves: Moves = MOVES) -> bytes:
    """The file's bytes after it was written back; twice is as good as once."""
    path.write_bytes(content)
    apply(write_back(read_pins_file(str(path)), moves))
    first = path.read_bytes()
    apply(write_back(read_pins_file(str(path)), moves))
    assert path.read_bytes() == first
    return first


REQUIREMENTS = {
    "plain": ("torch==1.8.0\nnumpy==1.18.3\n", "torch==1.8.1\nnumpy==1.18.3\n"),
    "no newline at the end": ("numpy==1.18.3\ntorch==1.8.0", "numpy==1.18.3\ntorch==1.8.1"),
    "CRLF": ("torch==1.8.0\r\n\r\nb==1\r\n", "torch==1.8.1\r\n\r\nb==1\r\n"),
    "mixed line ends": ("b==1\rtorch==1.8.0\r\nc==1\n", "b==1\rtorch==1.8.1\r\nc==1\n"),
    "byte order mark": ("\ufefftorch==1.8.0\n", "\ufefftorch==1.8.1\n"),
    "comments, spacing and order": (
        "# torch==1.8.0\n\n  torch == 1.8.0   # was 1.8.0, see torch==1.8.0\n\tb==1\n",
        "# torch==1.8.0\n\n  torch == 1.8.1   # was 1.8.0, see torch==1.8.0\n\tb==1\n",
    ),
    "extras and markers": (
        'A_b [x,y]==1.0 ; python_version < "4"\nA.B==1.0;python_version < "3"\n',
        'A_b [x,y]==2.0.post1 ; python_version < "4"\nA.B==1.0;python_version < "3"\n',
    ),
    "arbitrary equality": ("torch===1.8.0\n", "torch===1.8.1\n"),
    "another version of that name is no such pin": (
        "torch==1.7; os_name=='nt'\n",
        "torch==1.7; os_name=='nt'\n",
    ),
    "a name that another begins with": ("torch-x==1.8.0\nxtorch==1.8.0\n", "torch-x==1.8.0\nxtorch==1.8.0\n"),
    "spelt another way": ("a__B==1.0.0\n", "a__B==2.0.post1\n"),
    "continued line": (
        "torch\\\r\n  == \\\r\n1.8.0 ; os_name \\\r\n == 'posix'\r\n",
        "torch\\\r\n  == \\\r\n1.8.1 ; os_name \\\r\n == 'posix'\r\n",
    ),
    "option lines, places and includes": (
        "--index-url https://t.test/torch==1.8.0\n-e ./torch\ntorch @ file:///torch==1.8.0.zip\ntorch==1.8.0\n--pre\n",
        "--index-url https://t.test/torch==1.8.0\n-e ./torch\ntorch @ file:///torch==1.8.0.zip\ntorch==1.8.1\n--pre\n",
    ),
    "unpinned lines": ("torch==1.8.0\nc>=1\nc\n", "torch==1.8.1\nc>=1\nc\n"),
    "hashes, one a line": (
        f"torch==1.8.0 \\\n    --hash=sha256:{C}\n    # via -r x.in\nb==1 \\\n    --hash=sha256:{C}\n",
        f"torch==1.8.1 \\\n    --hash=sha256:{A} \\\n    --hash=sha256:{B}\n    # via -r x.in\n"
        f"b==1 \\\n    --hash=sha256:{C}\n",
    ),
    "hashes, CRLF and tabs": (
        f"torch==1.8.0; os_name=='posix' \\\r\n\t--hash=sha256:{C} \\\r\n\t--hash=sha256:{B} # why\r\n",
        f"torch==1.8.1; os_name=='posix' \\\r\n\t--hash=sha256:{A} \\\r\n\t--hash=sha256:{B} # why\r\n",
    ),
    "hashes on the pin's line": (
        f"torch==1.8.0 --hash=sha256:{C} --hash=sha256:{C}\n",
        f"torch==1.8.1 --hash=sha256:{A} --hash=sha256:{B}\n",
    ),
    "hashes as words": (
        f"torch==1.8.0\\\n --hash sha256:{C}\\\n --hash sha256:{C}\n",
        f"torch==1.8.1\\\n --hash sha256:{A}\\\n --hash sha256:{B}\n",
    ),
    "a hash in a comment is none": (
        f"torch==1.8.0 # --hash=sha256:{C}\n",
        f"torch==1.8.1 # --hash=sha256:{C}\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), REQUIREMENTS.values(), ids=REQUIREMENTS)
def test_requirements(tmp_path: Path, before: str, after: str) -> None:
    assert edited(tmp_path / "r.txt", before.encode()).decode() == after


OTHERS = {
    "Latin-1": (
        "r.txt",
        b"# -*- coding: latin-1 -*-\n# caf\xe9\ntorch==1.8.0  # \xfc\n",
        b"# -*- coding: latin-1 -*-\n# caf\xe9\ntorch==1.8.1  # \xfc\n",
    ),
    "UTF-16": (
        "r.txt",
        "\ufefftorch==1.8.0 # é\r\n".encode("utf-16-le"),
        "\ufefftorch==1.8.1 # é\r\n".encode("utf-16-le"),
    ),
    "pyproject.toml": (
        "pyproject.toml",
        b"# torch==1.8.0\r\n[project]\r\nname = 't\xc3\xb6rch==1.8.0'\r\n"
        b'dependencies = [\'torch==1.8.0\', "A.b[x] == 1.0 ; os_name == \\"posix\\"",  # why\r\n  "torch>1"]\r\n'
        b'[dependency-groups]\r\nx = [ "torch==1.8.0;os_name==\'nt\'","torch==1.8.0", ]\r\n',
        b"# torch==1.8.0\r\n[project]\r\nname = 't\xc3\xb6rch==1.8.0'\r\n"
        b'dependencies = [\'torch==1.8.1\', "A.b[x] == 2.0.post1 ; os_name == \\"posix\\"",  # why\r\n  "torch>1"]\r\n'
        b'[dependency-groups]\r\nx = [ "torch==1.8.0;os_name==\'nt\'","torch==1.8.1", ]\r\n',
    ),
    "tables of Poetry": (
        "pyproject.toml",
        b'[tool.poetry.dependencies]\r\ntorch = "1.8.0"  # x\r\n"A.B" = {version=\'== 1.0\', extras=["x"]}\r\n'
        b'torchvision = "1.8.0"\r\n[tool.poetry.group.x.dependencies]\r\ntorch = [{version = "===1.8.0"}]\r\n',
        b'[tool.poetry.dependencies]\r\ntorch = "1.8.1"  # x\r\n"A.B" = {version=\'== 2.0.post1\', extras=["x"]}\r\n'
        b'torchvision = "1.8.0"\r\n[tool.poetry.group.x.dependencies]\r\ntorch = [{version = "===1.8.1"}]\r\n',
    ),
    "environment.yml": (
        "environment.yml",
        "name: tórch==1.8.0\ndependencies:\n- torch=1.8.0\n- {pip: [torch==1.8.0,  'a-b==1.0' ]}\n"
        "- pip:\n    - torch == 1.8.0  # torch==1.8.0\n    - c\n".encode(),
        "name: tórch==1.8.0\ndependencies:\n- torch=1.8.0\n- {pip: [torch==1.8.1,  'a-b==2.0.post1' ]}\n"
        "- pip:\n    - torch == 1.8.1  # torch==1.8.0\n    - c\n".encode(),
    ),
}


@pytest.mark.parametrize(("name", "before", "after"), OTHERS.values(), ids=OTHERS)
def test_other_forms_and_encodings(tmp_path: Path, name: str, before: bytes, after: bytes) -> None:
    assert edited(tmp_path / name, before) == after


def test_every_layer_moves_and_only_files_that_change_are_written(tmp_path: Path) -> None:
    files = {
        "r.txt": "-r base.txt\n-r ./base.txt\n-c limits.txt\n-r still.txt\nb==1\n",
        "base.txt": "torch==1.8.0\n",
        "limits.txt": "torch==1.8.0 # limit\nfree>=1\n",
        "still.txt": "c==1\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    edits = write_back(read_pins_file(str(tmp_path / "r.txt")), MOVES)
    assert [(Path(each.path).name, each.after, each.lines) for each in edits] == [
        ("base.txt", b"torch==1.8.1\n", 1),
        ("limits.txt", b"torch==1.8.1 # limit\nfree>=1\n", 1),
    ]


def test_the_source_of_a_compiled_file_moves_with_it(tmp_path: Path) -> None:
    (tmp_path / "r.in").write_text("torch==1.8.0  # because\nb<2\n")
    content = "# This file is autogenerated by pip-compile with Python 3.10\ntorch==1.8.0\n    # via -r r.in\nb==1\n"
    (tmp_path / "r.txt").write_text(content)
    edits = write_back(read_pins_file(str(tmp_path / "r.in")), MOVES)
    assert [(Path(each.path).name, each.after) for each in edits] == [
        ("r.txt", content.replace("1.8.0", "1.8.1").encode()),
        ("r.in", b"torch==1.8.1  # because\nb<2\n"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "reference"),
    [
        pytest.param(
            "uv.lock", b'[[package]]\nname = "a"\nversion = "1"\n', "pins-read-only", id="a lock file"
        ),
        pytest.param(
            "r.txt", f"torch==1.8.0 --hash=sha512:{C}".encode(), "hashes-unknown", id="another algorithm"
        ),
        pytest.param(
            "r.txt", f"a-b==1.0 --hash=sha256:{C}".encode(), "hashes-unknown", id="hashes not known"
        ),
        pytest.param(
            "r.txt",
            "\ufefftorch==1.8.0\n# ".encode("utf-16-le") + b"x",
            "pins-encoding",
            id="half a character",
        ),
        pytest.param(
            "environment.yml",
            b"dependencies:\n- pip:\n  - >-\n    torch==1.8.0\n",
            "pins-not-writable",
            id="a folded string",
        ),
        pytest.param(
            "pyproject.toml",
            b'[project]\ndependencies = ["torch==1\\u002e8.0"]\n',
            "pins-not-writable",
            id="an escape in a version",
        ),
    ],
)
def test_what_cannot_be_written_stays(tmp_path: Path, name: str, content: bytes, reference: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput) as caught:
        write_back(read_pins_file(str(tmp_path / name)), MOVES)
    assert caught.value.reference == reference
    assert str(tmp_path / name) in str(caught.value)


# --- properties --------------------------------------------------------------------------------------

NAMES = ("torch", "a.B", "numpy", "c")
VERSIONS = ("1.8.0", "1.0", "2", "1!3.0rc1+cu111")


class Line(NamedTuple):
    """A pin's line in its parts."""

    before: str
    name: str
    extras: str
    equals: str
    version: str
    marker: str
    after: str

    def text(self, newline: str, moved: tuple[str, str] | None = None) -> str:
        """The line, at 9.9 and with that release's hash where it is the one that moved."""
        hit = (
            moved and canonicalize_name(self.name) == canonicalize_name(moved[0]) and self.version == moved[1]
        )
        line = self._replace(version="9.9", after=self.after.replace(C, A)) if hit else self
        return "".join(line).replace("\n", newline)


LINES = st.builds(
    Line,
    before=st.sampled_from(["", " ", "\t", "\\\n", "# é==1.0\n", "--pre\n"]),
    name=st.sampled_from(NAMES),
    extras=st.sampled_from(["", "[x]", " [ x , Y ]", " \\\n "]),
    equals=st.sampled_from(["==", "===", " == ", "==\\\n"]),
    version=st.sampled_from(VERSIONS),
    marker=st.sampled_from(["", " ", ";os_name=='posix'", " \\\n ; python_version>'2'"]),
    after=st.sampled_from(["", "  # c==1.0", f" \\\n  --hash=sha256:{C}", f" --hash=sha256:{C} # x"]),
)


@settings(deadline=None, max_examples=200)
@given(
    lines=st.lists(LINES, max_size=6),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    end=st.booleans(),
    mark=st.booleans(),
    moved=st.tuples(st.sampled_from(NAMES), st.sampled_from(VERSIONS)),
)
def test_nothing_changes_but_the_versions_and_hashes_of_what_moves(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[Line],
    newline: str,
    end: bool,
    mark: bool,
    moved: tuple[str, str],
) -> None:
    path = tmp_path_factory.getbasetemp() / "property.txt"
    mark_text = "\ufeff" if mark else ""
    texts = [newline.join(line.text(newline, each) for line in lines) for each in (None, moved)]
    before, after = ((mark_text + text + newline * end).encode() for text in texts)
    known = {Key(canonicalize_name(moved[0]), Version("9.9")): (file(A),)}
    moves = Moves(changes=(change(*moved, "9.9"),), target=TARGET, files=known)
    path.write_bytes(before)
    apply(write_back(read_pins_file(str(path)), moves))
    assert path.read_bytes() == after
    assert write_back(read_pins_file(str(path)), moves) == ()


# --- files ---------------------------------------------------------------------------------------------


def one_edit(path: Path) -> tuple[Edit, ...]:
    return write_back(read_pins_file(str(path)), MOVES)


def test_a_file_keeps_its_mode_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("torch==1.8.0\n")
    (tmp_path / "real.txt").chmod(0o751)
    (tmp_path / "r.txt").symlink_to("real.txt")
    apply(one_edit(tmp_path / "r.txt"))
    assert (tmp_path / "r.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "torch==1.8.1\n"
    assert (tmp_path / "real.txt").stat().st_mode & 0o777 == 0o751
    assert sorted(each.name for each in tmp_path.iterdir()) == ["r.txt", "real.txt"]


@pytest.mark.parametrize("change_of", ["other bytes", "gone"])
def test_a_file_that_changed_meanwhile_is_not_overwritten_nor_any_other(
    tmp_path: Path, change_of: str
) -> None:
    (tmp_path / "base.txt").write_text("a-b==1.0\n")
    (tmp_path / "r.txt").write_text("-r base.txt\ntorch==1.8.0\n")
    edits = one_edit(tmp_path / "r.txt")
    assert len(edits) == 2
    if change_of == "gone":
        (tmp_path / "base.txt").unlink()
    else:
        (tmp_path / "base.txt").write_text("a-b==1.0\n# mine\n")
    left = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    with pytest.raises(BadInput) as caught:
        apply(edits)
    assert caught.value.reference == "file-changed"
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == left


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        apply([Edit(path=str(tmp_path / "gone" / "r.txt"), before=b"", after=b"x", lines=1)])
    assert caught.value.reference == "file-not-written"
