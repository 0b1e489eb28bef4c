"""Writing into ``pylock.toml``, as uv and pip write it: the version of what moves and the files of its new release."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.errors import BadInput
from numlock.model import Change, File, Key, Target
from numlock.read import Moves, read_pins_file, write_back
from numlock.read.placed import load_toml

NAME = canonicalize_name("a-b")
HEADER = 'lock-version = "1.0"\ncreated-by = "x"\n\n'
BEFORE = '[[packages]]\nname = "a"\nversion = "1.0"\nwheels = [{ url = "https://i.test/a.whl" }]\n\n'
BEHIND = '\n\n[[packages]]\nname = "z"\nversion = "1.0"\n\n[tool.x]\nname = "a-b"\nversion = "1.0"\n'


def file(version: str, end: str, size: int | None = 10) -> File:
    """A file whose digest tells its name."""
    name = f"a_b-{version}{end}"
    uploaded = "2024-05-06T07:08:09.123456Z"
    return File(filename=name, url=f"https://i.test/{name}", sha256=f"d-{name}", size=size, uploaded=uploaded)


def inline(version: str, end: str) -> str:
    """A file as uv writes it."""
    name = f"a_b-{version}{end}"
    return (
        f'{{ url = "https://i.test/{name}", upload-time = 2024-05-06T07:08:09Z, size = 10, '
        f'hashes = {{ sha256 = "d-{name}" }} }}'
    )


def table(kind: str, version: str, end: str) -> str:
    """A file as pip writes it."""
    name = f"a_b-{version}{end}"
    opening = "[packages.sdist]" if kind == "sdist" else "[[packages.wheels]]"
    return (
        f'{opening}\nname = "{name}"\nurl = "https://i.test/{name}"\n\n'
        f'[packages.{kind}.hashes]\nsha256 = "d-{name}"'
    )


ANY, LINUX, WINDOWS = (
    "-py3-none-any.whl",
    "-cp310-cp310-manylinux_2_17_x86_64.whl",
    "-cp310-cp310-win_amd64.whl",
)


def uv(version: str, *ends: str) -> str:
    wheels = [inline(version, end) for end in ends if end.endswith(".whl")]
    shown = (
        f"[{wheels[0]}]" if len(wheels) == 1 else "[\n" + "".join(f"    {each},\n" for each in wheels) + "]"
    )
    sdist = f"sdist = {inline(version, '.tar.gz')}\n" if ".tar.gz" in ends else ""
    return f'[[packages]]\nname = "a-b"\nversion = "{version}"\nindex = "https://i.test"\n{sdist}wheels = {shown}'


def pip(version: str, *ends: str) -> str:
    tables = [table("sdist" if end == ".tar.gz" else "wheels", version, end) for end in ends]
    return "\n\n".join((f'[[packages]]\nname = "a-b"\nversion = "{version}"', *tables))


CASES = {
    "uv, one wheel": (uv, [ANY], [ANY], [ANY], [ANY]),
    "uv, all files": (
        uv,
        [".tar.gz", LINUX, WINDOWS],
        [".tar.gz", LINUX, WINDOWS],
        [ANY, ".tar.gz"],
        [".tar.gz", ANY],
    ),
    "uv, one wheel to several": (uv, [ANY], [ANY], [WINDOWS, LINUX], [LINUX, WINDOWS]),
    "uv, some wheels": (uv, [LINUX], [LINUX, WINDOWS], [WINDOWS, LINUX], [LINUX]),
    "pip, the wheel of a platform": (
        pip,
        [LINUX],
        [LINUX, WINDOWS, ".tar.gz"],
        [LINUX, ANY, ".tar.gz"],
        [LINUX],
    ),
    "pip, a source archive": (pip, [".tar.gz"], [".tar.gz"], [".tar.gz"], [".tar.gz"]),
    "pip, several": (
        pip,
        [".tar.gz", LINUX, WINDOWS],
        [".tar.gz", LINUX, WINDOWS],
        [".tar.gz", ANY],
        [".tar.gz", ANY],
    ),
}


def moves(old: list[str], new: list[str], size: int | None = 10) -> Moves:
    change = Change(name=NAME, before=Version("1.0"), after=Version("2.0"))
    files = {
        Key(NAME, Version(version)): tuple(file(version, end, size) for end in ends)
        for version, ends in (("1.0", old), ("2.0", new))
    }
    return Moves(changes=(change,), target=Target(python=(3, 10)), files=files)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(("style", "listed", "old", "new", "expected"), CASES.values(), ids=CASES)
def test_files_of_the_new_release(
    tmp_path: Path,
    newline: str,
    style: Callable[..., str],
    listed: list[str],
    old: list[str],
    new: list[str],
    expected: list[str],
) -> None:
    before, after = (
        (HEADER + BEFORE + style(version, *ends) + BEHIND).replace("\n", newline)
        for version, ends in (("1.0", listed), ("2.0", expected))
    )
    path = tmp_path / "pylock.toml"
    path.write_bytes(before.encode())
    (edit,) = write_back(read_pins_file(str(path)), moves(old, new))
    assert edit.after.decode() == after
    assert edit.lines == 1
    assert load_toml(after, "x")["packages"][1]["version"] == "2.0"
    path.write_bytes(edit.after)
    assert write_back(read_pins_file(str(path)), moves(old, new)) == ()


REFUSED = {
    "files that the index does not list": (uv("1.0", ANY), moves([LINUX], [ANY]), "does not list a-b 1.0"),
    "releases that nobody knows": (uv("1.0", ANY), moves([], []), "does not list a-b 1.0"),
    "no wheel for a platform": (
        uv("1.0", LINUX),
        moves([LINUX, ANY], [ANY]),
        "no wheel for cp310-cp310-manylinux",
    ),
    "no source archive": (pip("1.0", ".tar.gz"), moves([".tar.gz"], [ANY]), "has no sdist"),
    "a size that the index does not state": (
        uv("1.0", ANY),
        moves([ANY], [ANY], size=None),
        "does not state",
    ),
    "another style": (
        uv("1.0", ANY).replace("{ url", "{url"),
        moves([ANY], [ANY]),
        "neither as uv nor as pip",
    ),
    "requirements of the package": (
        uv("1.0", ANY) + '\ndependencies = [{ name = "a" }]',
        moves([ANY], [ANY]),
        "has dependencies",
    ),
}


@pytest.mark.parametrize(("package", "wanted", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_known_is_not_written(tmp_path: Path, package: str, wanted: Moves, why: str) -> None:
    path = tmp_path / "pylock.toml"
    path.write_text(f"{HEADER}{package}{BEHIND}")
    with pytest.raises(BadInput, match=why) as caught:
        write_back(read_pins_file(str(path)), wanted)
    assert caught.value.reference == "pins-not-writable"
    assert f"{path}:6 " in str(caught.value)


def test_a_package_without_files_gets_its_version_alone(tmp_path: Path) -> None:
    path = tmp_path / "pylock.toml"
    path.write_text(HEADER + '[[packages]]\nname = "a-b"\nversion = "1.0"\n')
    (edit,) = write_back(read_pins_file(str(path)), moves([ANY], [ANY]))
    assert edit.after.decode() == HEADER + '[[packages]]\nname = "a-b"\nversion = "2.0"\n'
