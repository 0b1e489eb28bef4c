"""Every form in which people keep pins: which pins it holds, on which lines, under which markers."""

from __future__ import annotations

from pathlib import Path

import pytest

from numlock.errors import BadInput
from numlock.model import Opaque, Pin, Target
from numlock.read import Document, Form, read_environments, read_exact_pins, read_pins_file

PYPROJECT = """\
# "numpy==0"
[project]
name = "demo"
dependencies = ["numpy==1.26.4", 'a[x]==1; python_version < "3.8"',
    "b == 2.0 ; os_name == \\"nt\\"",  # "c==9"
    "free>=1",
    "d @ https://example.test/d.zip",
]
[project.optional-dependencies]
"web and more" = [
    "e==5",
]
[tool.demo]
dependencies = ["not==1"]
[dependency-groups]
dev = ["f===6", {include-group = "docs"}]
docs = ["numpy==1.26.4"]
"""
ENVIRONMENT = """\
name: démo
channels: [conda-forge]
dependencies:
  - python=3.10
  - conda-forge::numpy=1.26.4=py310_0
  - pip
  - pip:
      - a==1  # why
      - 'b[x]==2; os_name == "nt"'
      - free
      - -r more.txt
"""
PYLOCK = """\
lock-version = "1.0"
created-by = "someone"
[[packages]]
name = "A.b"
version = "1.0"
marker = "sys_platform == 'win32'"
wheels = [{ url = "https://example.test/a_b-1.0-py3-none-any.whl", hashes = { sha256 = "aa" } }]
[[packages]]
name = "here"
directory = { path = "." }
[[packages]]
name = "no-version"
[[packages]]
name = "asked"
version = "3"
marker = "'dev' in dependency_groups"
"""
UV = """\
version = 1
requires-python = ">=3.8"
[[package]]
name = "demo"
source = { virtual = "." }
dependencies = [
    { name = "a", extra = ["x"] },
    { name = "b", marker = "sys_platform == 'win32'" },
]
[package.optional-dependencies]
web = [{ name = "two", version = "2.0" }]
[[package]]
name = "a"
version = "1.0"
source = { registry = "https://example.test/simple" }
[package.optional-dependencies]
x = [{ name = "c", marker = "python_version < '3.9'" }]
[[package]]
name = "b"
version = "1.1"
source = { registry = "https://example.test/simple" }
dependencies = [{ name = "c", marker = "os_name == 'nt'" }, { name = "d" }]
[[package]]
name = "c"
version = "1.2"
source = { registry = "https://example.test/simple" }
[[package]]
name = "d"
version = "1.3"
source = { git = "https://example.test/d?rev=1" }
[[package]]
name = "two"
version = "1.0"
source = { registry = "https://example.test/simple" }
[[package]]
name = "two"
version = "2.0"
source = { registry = "https://example.test/simple" }
"""
POETRY = """\
[[package]]
name = "a"
version = "1.0"
optional = false
python-versions = ">=3.8"
[package.dependencies]
colour = {version = "*", markers = "sys_platform == 'win32'"}
extra = {version = ">=2", optional = true}
plain = ">=1"
[[package]]
name = "colour"
version = "0.4"
[[package]]
name = "Extra"
version = "2.0"
[[package]]
name = "plain"
version = "1.5"
[package.source]
type = "legacy"
url = "https://example.test/simple"
[[package]]
name = "place"
version = "0.1"
[package.source]
type = "git"
url = "https://example.test/place"
[metadata]
lock-version = "2.0"
content-hash = "aa"
"""
POETRY_2 = """\
[[package]]
name = "a"
version = "1.0"
groups = ["main", "dev"]
markers = "python_version < \\"3.12\\""
[[package]]
name = "b"
version = "1.1"
groups = ["main", "dev"]
markers = {main = "sys_platform == 'win32'", dev = "os_name == 'nt'"}
[metadata]
lock-version = "2.1"
content-hash = "aa"
"""
PDM = """\
[metadata]
groups = ["default"]
strategy = ["inherit_metadata"]
[[package]]
name = "a"
version = "1.0"
marker = "python_version < '3.12'"
[[package]]
name = "a"
version = "1.0"
extras = ["x"]
[[package]]
name = "b"
version = "0.1"
git = "https://example.test/b"
"""
PIPFILE = """\
{
    "_meta": {"hash": {"sha256": "aa"}, "requires": {"python_version": "3.9"}},
    "default": {
        "a": {
            "hashes": ["sha256:aa"],
            "markers": "python_version < '3.12'",
            "version": "==1.0"
        },
        "b": {"editable": true, "path": "."},
        "c": {"extras": ["x"], "version": "==2.0"}
    },
    "develop": {"d": {"version": "==3"}}
}
"""
POETRY_PROJECT = """\
[tool.poetry]
name = "demo"
[tool.poetry.dependencies]
python = "^3.8"
numpy = "1.26.4"
"A.b" = { version = "==2.0", extras = ["x", "y"], markers = "os_name == 'nt'" }
free = "^1.2"
many = [
    { version = "1.0", python = "<3.9" },
    { version = "2.0", python = ">=3.9" },
]
here = { path = "../here" }
"-r more.txt" = "1.0"
[tool.poetry.dev-dependencies]
old = "3.*"
[tool.poetry.group.test.dependencies]
t = "5"
"""
CASES = {
    "pyproject.toml": (
        PYPROJECT,
        Form.PYPROJECT,
        [
            ("numpy==1.26.4", 4, None),
            ('a[x]==1; python_version < "3.8"', 4, 'python_version < "3.8"'),
            ('b == 2.0 ; os_name == "nt"', 5, 'os_name == "nt"'),
            ("d @ https://example.test/d.zip", 7, None),
            ("e==5", 11, None),
            ("f===6", 16, None),
            ("numpy==1.26.4", 17, None),
        ],
    ),
    "poetry/pyproject.toml": (
        POETRY_PROJECT,
        Form.PYPROJECT,
        [
            ("numpy==1.26.4", 5, None),
            ("A.b[x,y]==2.0 ; (os_name == 'nt')", 6, 'os_name == "nt"'),
            ('many==1.0 ; python_full_version < "3.9"', 9, 'python_full_version < "3.9"'),
            ('many==2.0 ; python_full_version >= "3.9"', 10, 'python_full_version >= "3.9"'),
            ("t==5", 17, None),
        ],
    ),
    "environment.yml": (
        ENVIRONMENT,
        Form.ENVIRONMENT,
        [
            ("conda-forge::numpy=1.26.4=py310_0", 5, None),
            ("pip", 6, None),
            ("a==1", 8, None),
            ('b[x]==2; os_name == "nt"', 9, 'os_name == "nt"'),
            ("more==1", 1, None),
        ],
    ),
    "pylock.toml": (
        PYLOCK,
        Form.PYLOCK,
        [
            ("A.b==1.0", 5, 'sys_platform == "win32"'),
            ("here", 9, None),
            ("asked==3", 15, '"dev" in dependency_groups'),
        ],
    ),
    "uv.lock": (
        UV,
        Form.UV,
        [
            ("a==1.0", 14, None),
            ("b==1.1", 20, 'sys_platform == "win32"'),
            ("c==1.2", 25, '(os_name == "nt" and sys_platform == "win32") or python_version < "3.9"'),
            ("d", 29, None),
            ("two==2.0", 37, None),
        ],
    ),
    "poetry.lock": (
        POETRY,
        Form.POETRY,
        [
            ("a==1.0", 3, None),
            ("colour==0.4", 12, 'sys_platform == "win32"'),
            ("Extra==2.0", 15, None),
            ("plain==1.5", 18, None),
            ("place", 24, None),
        ],
    ),
    "sub/poetry.lock": (
        POETRY_2,
        Form.POETRY,
        [
            ("a==1.0", 3, 'python_version < "3.12"'),
            ("b==1.1", 8, 'sys_platform == "win32" or os_name == "nt"'),
        ],
    ),
    "pdm.lock": (
        PDM,
        Form.PDM,
        [("a==1.0", 6, 'python_version < "3.12"'), ("a==1.0", 10, None), ("b", 14, None)],
    ),
    "Pipfile.lock": (
        PIPFILE,
        Form.PIPFILE,
        [
            ("a==1.0", 7, 'python_version < "3.12"'),
            ("b", None, None),
            ("c==2.0", 10, None),
            ("d==3", 12, None),
        ],
    ),
}


def write(folder: Path, name: str, content: str) -> str:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode())
    return str(path)


def rows(document: Document) -> list[tuple[str, int | None, str | None]]:
    return [
        (entry.text, entry.where.line, None)
        if isinstance(entry, Opaque)
        else (entry.at(entry.version), entry.where.line, str(entry.marker) if entry.marker else None)
        for entry in document.entries
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", CASES)
def test_form(tmp_path: Path, name: str, newline: str) -> None:
    content, form, expected = CASES[name]
    (tmp_path / "more.txt").write_text("more==1\n")
    document = read_pins_file(write(tmp_path, name, content.replace("\n", newline)))
    assert document.form is form
    assert rows(document) == expected


@pytest.mark.parametrize("name", CASES)
def test_form_is_known_by_its_content_where_the_name_says_nothing(tmp_path: Path, name: str) -> None:
    content, form, _ = CASES[name]
    (tmp_path / "more.txt").write_text("more==1\n")
    assert read_pins_file(write(tmp_path, "pins", content)).form is form


@pytest.mark.parametrize(
    ("name", "content", "unpinned"),
    [
        pytest.param("pyproject.toml", PYPROJECT, [("free>=1", 6)], id="pyproject.toml"),
        pytest.param(
            "poetry/pyproject.toml",
            POETRY_PROJECT,
            [("free<2,>=1.2", 7), ("old==3.*", 15)],
            id="tables of Poetry",
        ),
        pytest.param("environment.yml", ENVIRONMENT, [("free", 10)], id="environment.yml"),
        pytest.param("r.txt", "a==1\n\nb>=2 # c\nc\n", [("b>=2", 3), ("c", 4)], id="requirements"),
        pytest.param("r.in", "a\n", [("a", 1)], id="no pin at all"),
    ],
)
def test_unpinned_lines(tmp_path: Path, name: str, content: str, unpinned: list[tuple[str, int]]) -> None:
    (tmp_path / "more.txt").write_text("more==1\n")
    path = write(tmp_path, name, content)
    assert [(each.text, each.where.line) for each in read_pins_file(path).unpinned] == unpinned
    with pytest.raises(BadInput) as caught:
        read_exact_pins(path)
    assert caught.value.reference == "pins-not-exact"
    assert f"{path}:{unpinned[0][1]} " in str(caught.value)


@pytest.mark.parametrize("content", ["", "\n", "# nothing\n"], ids=["empty", "blank", "comment"])
def test_a_file_without_pins_can_be_read(tmp_path: Path, content: str) -> None:
    assert read_pins_file(write(tmp_path, "r.txt", content)).entries == ()


@pytest.mark.parametrize(
    ("name", "python"), [("environment.yml", (3, 10)), ("Pipfile.lock", (3, 9)), ("uv.lock", None)]
)
def test_python_that_a_file_names(tmp_path: Path, name: str, python: tuple[int, int] | None) -> None:
    (tmp_path / "more.txt").write_text("more==1\n")
    assert read_pins_file(write(tmp_path, name, CASES[name][0])).python == python


def test_a_pin_for_a_dependency_group_is_not_of_the_default_environment(tmp_path: Path) -> None:
    asked = read_pins_file(write(tmp_path, "pylock.toml", PYLOCK)).entries[-1]
    assert isinstance(asked, Pin)
    assert not asked.holds(Target(python=(3, 10)))


@pytest.mark.parametrize("name", CASES)
def test_lock_files_are_only_read_and_say_so(tmp_path: Path, name: str) -> None:
    (tmp_path / "more.txt").write_text("more==1\n")
    document = read_pins_file(write(tmp_path, name, CASES[name][0]))
    writable = document.form in (Form.PYPROJECT, Form.ENVIRONMENT, Form.PYLOCK)
    assert (document.read_only is None) is writable
    assert writable or str(document.read_only).startswith(
        f"{name.rsplit('/', maxsplit=1)[-1]} is only read: "
    )


def test_groups_that_contradict_each_other_are_environments_of_their_own(tmp_path: Path) -> None:
    content = (
        '[project]\ndependencies = ["a==1"]\n[project.optional-dependencies]\n'
        'old = ["numpy==1.26.4"]\nnew = ["numpy==2.0.0"]\nmore = ["b==1"]\n'
    )
    path = write(tmp_path, "pyproject.toml", content)
    expected = [["a==1", "numpy==1.26.4", "b==1"], ["a==1", "numpy==2.0.0"]]
    assert [[row[0] for row in rows(each)] for each in read_environments([path])] == expected
    assert [row[0] for row in rows(read_pins_file(path))] == expected[0]


def test_dependencies_that_setuptools_takes_from_files(tmp_path: Path) -> None:
    write(tmp_path, "deps.txt", "a==1\n")
    content = (
        '[project]\ndynamic = ["dependencies"]\n'
        '[tool.setuptools.dynamic]\ndependencies = {file = ["deps.txt"]}\n'
    )
    document = read_pins_file(write(tmp_path, "pyproject.toml", content))
    assert rows(document) == [("a==1", 1, None)]


LAYERS = {
    "base.txt": "a==1\n",
    "limits.txt": "c==1\n",
    "dev.txt": "-r base.txt\n-c limits.txt\nb==1\n",
    "other.txt": "d==1\n",
    "made.in": "e\n-c base.txt\n",
    "made.txt": "# This file is autogenerated by pip-compile with Python 3.9\n#\n#    pip-compile made.in\n#\n"
    "e==1\n    # via -r made.in\n",
    "unmade.in": "f==1\n",
}


@pytest.mark.parametrize(
    ("given", "environments"),
    [
        pytest.param(["base.txt", "dev.txt"], ["dev.txt"], id="included before"),
        pytest.param(["dev.txt", "base.txt", "limits.txt"], ["dev.txt"], id="included behind"),
        pytest.param(["base.txt", "other.txt"], ["base.txt", "other.txt"], id="side by side"),
        pytest.param(["base.txt", "./base.txt"], ["base.txt"], id="the same twice"),
        pytest.param(["made.in"], ["made.txt"], id="a source stands for what was made from it"),
        pytest.param(["made.txt", "made.in"], ["made.txt"], id="source and what was made from it"),
        pytest.param(["base.txt", "made.txt"], ["base.txt", "made.txt"], id="a layer that limits a source"),
        pytest.param(["unmade.in"], ["unmade.in"], id="a source that nothing was made from"),
    ],
)
def test_environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: list[str], environments: list[str]
) -> None:
    for name, content in LAYERS.items():
        write(tmp_path, name, content)
    monkeypatch.chdir(tmp_path)
    assert [str(each.where) for each in read_environments(given)] == environments


def test_sources_of_a_compiled_file_are_found_from_the_folder_that_the_tool_ran_in(tmp_path: Path) -> None:
    source = write(tmp_path, "reqs/made.in", "e\n")
    header = "# This file was autogenerated by uv via the following command:\n#    make pins\n"
    compiled = write(
        tmp_path, "reqs/made.txt", f"{header}e==1\n    # via\n    #   -r reqs/made.in\n    #   x\n"
    )
    assert [str(each.where) for each in read_pins_file(compiled).sources] == [source]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("pyproject.toml", "[project\n", "is no TOML: Expected", id="broken TOML"),
        pytest.param("uv.lock", "[" * 5000, "is no TOML", id="deep TOML"),
        pytest.param("Pipfile.lock", "{", "is no JSON: Expecting", id="broken JSON"),
        pytest.param("Pipfile.lock", '{"a": ' * 20_000, "is no JSON", id="deep JSON"),
        pytest.param("Pipfile.lock", "[]", "is no JSON object", id="a list"),
        pytest.param("environment.yml", "a: [\n", "is no YAML", id="broken YAML"),
        pytest.param("environment.yml", "a: " + "[" * 20_000, "is no YAML", id="deep YAML"),
        pytest.param("environment.yml", "a: &x [1]\nb: *x\n", ":2 uses a YAML alias", id="an alias"),
        pytest.param("environment.yml", "a: 1\n", "has no dependencies", id="YAML of another kind"),
        pytest.param("environment.yml", "- a\n", "has no dependencies", id="a list in YAML"),
        pytest.param("pylock.toml", '[[packages]]\nversion = "1"\n', "without a name", id="no name"),
        pytest.param(
            "pylock.toml",
            '[[packages]]\nname = "a"\nversion = "x"\n',
            ":3 'x' is not a version",
            id="no version",
        ),
        pytest.param(
            "pylock.toml",
            '[[packages]]\nname = "a"\nversion = "1"\nmarker = "x"\n',
            ":3 'x' is no marker",
            id="no marker",
        ),
        pytest.param("pyproject.toml", '[project]\ndependencies = ["=="]\n', ":2 '=='", id="no requirement"),
    ],
)
def test_bad_file(tmp_path: Path, name: str, content: str, message: str) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(BadInput) as caught:
        read_pins_file(path)
    assert path in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["pyproject.toml", "pylock.toml", "uv.lock", "poetry.lock", "pdm.lock"])
def test_tables_of_unexpected_kinds_hold_no_pins(tmp_path: Path, name: str) -> None:
    content = "project = 1\ntool = 1\ndependency-groups = 1\npackages = 1\npackage = [1]\n"
    assert read_pins_file(write(tmp_path, name, content)).entries == ()


def test_many_ways_to_a_package_are_bounded(tmp_path: Path) -> None:
    """A graph in which the number of ways doubles with each package."""
    packages = ['[[package]]\nname = "p0"\nsource = { virtual = "." }\n']
    packages += [
        f'[[package]]\nname = "p{number}"\nversion = "1"\nsource = {{ registry = "x" }}\n'
        for number in range(1, 40)
    ]
    for number in range(39):
        edges = "".join(
            f'{{ name = "p{number + 1}", marker = "os_name == \'{side}{number}\'" }}, ' for side in "ab"
        )
        packages[number] += f"dependencies = [{edges}]\n"
    document = read_pins_file(write(tmp_path, "uv.lock", "".join(packages)))
    markers = [row[2] for row in rows(document)]
    assert len(markers) == 39
    assert markers[0] == 'os_name == "a0" or os_name == "b0"'
    assert markers[3] is None


def test_number_of_included_files_is_bounded(tmp_path: Path) -> None:
    for level in range(12):
        write(tmp_path, f"r{level}.txt", f"-r r{level + 1}.txt\n" * 2)
    write(tmp_path, "r12.txt", "a==1\n")
    with pytest.raises(BadInput, match="other files") as caught:
        read_pins_file(str(tmp_path / "r0.txt"))
    assert caught.value.reference == "pins-too-many"


def test_ranges_are_those_of_unpinned_lines_constraints_and_sources(tmp_path: Path) -> None:
    files = {
        "r.txt": "# This file is autogenerated by pip-compile\na==1\n    # via -r r.in\nb>=1\n-c limits.txt\n",
        "limits.txt": "c<2\nd\nnot a requirement\ne<1; python_version < '3'\nf==1\n",
        "r.in": "a<3\na!=2 ; python_version >= '3'\n-c more.txt\n",
        "more.txt": "a<4\n",
    }
    for name, content in files.items():
        write(tmp_path, name, content)
    found = read_pins_file(str(tmp_path / "r.txt")).ranges(Target(python=(3, 10)))
    told = [(str(each.requirement.specifier), Path(each.where.path).name, each.where.line) for each in found]
    assert told == [
        (">=1", "r.txt", 4),
        ("<2", "limits.txt", 1),
        ("<3", "r.in", 1),
        ("!=2", "r.in", 2),
        ("<4", "more.txt", 1),
    ]
