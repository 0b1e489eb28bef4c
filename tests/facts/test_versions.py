"""Comparisons of other distributions' versions: where a module refuses them, and what is used under them."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.facts import Facts, Store, read_settings
from numlock.facts.code import code_of, row_of, scan
from numlock.model import Check, Code, Form, Key, Target
from support.distributions import build_wheel

TARGET = Target(python=(3, 10))
FOO = "import foo\n"


def code(source: str) -> Code:
    found = scan(source, "pkg.mod", is_package=False, target=TARGET)
    assert isinstance(found, Code)
    assert code_of(row_of(found)) == found
    return found


def guards(source: str) -> list[str]:
    """The refusals at import, each as the checks that bring it about."""
    return [" and ".join(map(str, guard.when)) for guard in code(source).guards if guard.at_import]


REFUSED = {
    "as text": ("if foo.__version__ == '1.2': raise E", "foo.__version__ == 1.2"),
    "as a version": (
        "from packaging.version import Version\nif Version(foo.__version__) < Version('2.0'): raise E",
        "foo.__version__ < 2.0",
    ),
    "parsed": (
        "from packaging import version\nif version.parse(foo.__version__) >= version.parse('2'):\n    raise E",
        "foo.__version__ >= 2",
    ),
    "as numbers": (
        "if tuple(map(int, foo.__version__.split('.')[:2])) > (1, 24): raise E",
        "foo.__version__ > 1.24",
    ),
    "as numbers of a list": (
        "if [int(x) for x in foo.__version__.split('.')[:2]] < [1, 24]: raise E",
        "foo.__version__ < 1.24",
    ),
    "its first number": ("if int(foo.__version__.split('.')[0]) < 2: raise E", "foo.__version__ < 2"),
    "its major": (
        "from packaging.version import Version\nif Version(foo.__version__).major >= 3: raise E",
        "foo.__version__ >= 3",
    ),
    "its tuple": ("if foo.VERSION < (1, 2): raise E", "foo.VERSION < 1.2"),
    "by a prefix": ("if foo.__version__.startswith('1.'): raise E", "foo.__version__ startswith 1."),
    "by its metadata": (
        "from importlib.metadata import version\nif version('foo') == '1.0': raise E",
        "distribution:foo == 1.0",
    ),
    "by pkg_resources": (
        "import pkg_resources\nif pkg_resources.get_distribution('foo').version == '1.0': raise E",
        "distribution:foo == 1.0",
    ),
    "by a pattern": (
        "import re\nregex = re.compile(r'(\\d+)\\.(\\d+).(\\d+)')\nm = regex.match(foo.__version__)\n"
        "if m:\n    ver = tuple(map(int, m.groups()))\n    if ver < (0, 31, 0): raise E",
        "foo.__version__ < 0.31.0",
    ),
    "the other way round": ("if (1, 2) > foo.version_info: raise E", "foo.version_info < 1.2"),
    "from both sides": (
        "from packaging.version import Version as V\nif V('1') <= V(foo.__version__) < V('2'): raise E",
        "foo.__version__ >= 1 and foo.__version__ < 2",
    ),
    "with a name for each": (
        "MIN = '2.0'\nfrom packaging.version import parse\nv = parse(foo.__version__)\nif v < parse(MIN): raise E",
        "foo.__version__ < 2.0",
    ),
    "with a name for the check": (
        "OLD = foo.__version__ == '1.0'\nif OLD:\n    raise E",
        "foo.__version__ == 1.0",
    ),
    "by a small function": (
        "def short(module): return tuple(int(x) for x in module.__version__.split('.')[:2])\n"
        "if short(foo) < (1, 2): raise E",
        "foo.__version__ < 1.2",
    ),
    "negated": (
        "if not foo.__version__ == '1.0': raise E",
        "foo.__version__ != 1.0",
    ),
    "on the other side": (
        "if foo.__version__ == '1.0':\n    pass\nelse:\n    raise E",
        "foo.__version__ != 1.0",
    ),
    "asserted": ("assert foo.__version__ == '1.0'", "foo.__version__ != 1.0"),
    "nested": (
        "if foo.VERSION >= (1,):\n    if foo.VERSION < (2,): raise E",
        "foo.VERSION >= 1 and foo.VERSION < 2",
    ),
    "in a function that is called": (
        "def check():\n    import foo\n    if foo.VERSION < (1, 2): raise E\ncheck()",
        "foo.VERSION < 1.2",
    ),
    "where another module has it": (
        "from pkg.compat import FOO_VERSION\nif FOO_VERSION < (1,): raise E",
        None,
    ),
    "by a requirement": (
        "import pkg_resources\npkg_resources.require('foo>=1.2')",
        "distribution:foo < 1.2",
    ),
    "by generated code": (
        "from google.protobuf import runtime_version as r\n"
        "r.ValidateProtobufRuntimeVersion(r.Domain.PUBLIC, 5, 27, 2, '', 'x.proto')",
        "distribution:protobuf < 5.27.2",
    ),
}


@pytest.mark.parametrize(("source", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_versions_that_are_refused_at_import(source: str, expected: str | None) -> None:
    assert guards(FOO + source) == [expected or "pkg.compat.FOO_VERSION < 1"]


def test_each_of_several_conditions_is_enough() -> None:
    source = "if foo.VERSION < (1,) or foo.VERSION > (2, 4) or unclear():\n    warn()\n    raise E"
    assert guards(FOO + source) == ["foo.VERSION < 1", "foo.VERSION > 2.4"]


def test_each_bound_of_a_requirement_is_a_refusal() -> None:
    source = "from pkg_resources import require\nrequire('foo>=1.2,<2,!=1.5.*')"
    assert sorted(guards(source)) == ["distribution:foo < 1.2", "distribution:foo >= 2"]


ACCEPTED = {
    "only a warning": "if foo.VERSION < (1,):\n    warn()",
    "another condition, too": "if foo.VERSION < (1,) and other():\n    raise E",
    "caught": "try:\n    if foo.VERSION < (1,): raise ImportError\nexcept ImportError:\n    pass",
    "in a function": "def f():\n    if foo.VERSION < (1,): raise E",
    "in a function that is called under a condition": (
        "def f():\n    if foo.VERSION < (1,): raise E\nif x(): f()"
    ),
    "a name that changed": "v = foo.VERSION\nv = other()\nif v < (1,): raise E",
    "a version that is no such thing": "if foo.limit < (1,): raise E",
    "something that is no version": "if foo.VERSION < other(): raise E",
    "groups of a pattern, beyond a bound": (
        "import re\nver = tuple(map(int, re.match(p, foo.__version__).groups()))\nif ver > (1, 2): raise E"
    ),
    "text against numbers": "if foo.__version__ < (1, 2): raise E",
    "a requirement that is no text": "import pkg_resources\npkg_resources.require(names)",
    "a requirement that is none": "import pkg_resources\npkg_resources.require('??')",
    "numbers that are not there": (
        "from google.protobuf import runtime_version as r\nr.ValidateProtobufRuntimeVersion(x, *numbers)"
    ),
    "in a loop": "for each in some():\n    if foo.VERSION < (1,): raise E",
}


@pytest.mark.parametrize("source", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_is_no_refusal_at_import(source: str) -> None:
    assert guards(FOO + source) == []


def test_uses_under_a_check_say_so() -> None:
    source = FOO + "if foo.VERSION < (2,):\n    foo.old\nelse:\n    foo.new\n"
    when = {use.name: [str(check) for check in use.when] for use in code(source).uses if use.when}
    assert when == {"foo.old": ["foo.VERSION < 2"], "foo.new": ["foo.VERSION >= 2"]}


CHECKS = [
    (Check("x", Form.TEXT, 0, "<", "1.10"), "1.9", False),
    (Check("x", Form.WHOLE, 0, "<", "1.10"), "1.9", True),
    (Check("x", Form.NUMBERS, 2, ">", "1.24"), "1.24.5", False),
    (Check("x", Form.NUMBERS, 0, ">", "1.24"), "1.24.5", True),
    (Check("x", Form.NUMBERS, 1, "==", "2"), "2.3", True),
    (Check("x", Form.TEXT, 0, "startswith", "1."), "1.26.4", True),
    (Check("x", Form.TEXT, 0, "not startswith", "1."), "1.26.4", False),
    (Check("x", Form.ELSEWHERE, 0, "is", ""), "1.0", None),
]


@pytest.mark.parametrize(("check", "version", "expected"), CHECKS)
def test_whether_a_version_fulfils_a_check(check: Check, version: str, expected: bool | None) -> None:
    assert check.holds(Version(version)) is expected


# --- versions of an environment ------------------------------------------------------------------

PKG = {
    "pkg/__init__.py": "",
    "pkg/compat.py": "import foo\nfrom packaging.version import parse\nFOO = parse(foo.__version__)\n"
    "foo_version_old = FOO < parse('1.5')\nfoo_numbers = tuple(map(int, foo.__version__.split('.')[:2]))\n"
    "MIN_FOO = '1.2'\n",
    "pkg/again.py": "from pkg.compat import FOO as AGAIN, MIN_FOO as LEAST\n",
}
RESOLVED = {
    "a package's own": (Check("foo.__version__", Form.WHOLE, 0, "<", "2"), [("foo", "foo.__version__ < 2")]),
    "a distribution's": (
        Check("distribution:Foo", Form.TEXT, 0, "==", "1"),
        [("foo", "distribution:Foo == 1")],
    ),
    "a name for it": (Check("pkg.compat.FOO", Form.WHOLE, 0, "<", "2"), [("foo", "foo.__version__ < 2")]),
    "a name for the name": (
        Check("pkg.again.AGAIN", Form.WHOLE, 0, "<", "2"),
        [("foo", "foo.__version__ < 2")],
    ),
    "some of its numbers": (
        Check("pkg.compat.foo_numbers", Form.NUMBERS, 1, "<", "2"),
        [("foo", "foo.__version__ < 2")],
    ),
    "a name for a check": (
        Check("pkg.compat.foo_version_old", Form.ELSEWHERE, 0, "is", ""),
        [("foo", "foo.__version__ < 1.5")],
    ),
    "a name for its opposite": (
        Check("pkg.compat.foo_version_old", Form.ELSEWHERE, 0, "is not", ""),
        [("foo", "foo.__version__ >= 1.5")],
    ),
    "a constant elsewhere": (
        Check("foo.__version__", Form.WHOLE, 0, "<", "@pkg.compat.MIN_FOO"),
        [("foo", "foo.__version__ < 1.2")],
    ),
    "a constant behind an import": (
        Check("pkg.compat.FOO", Form.WHOLE, 0, "<", "@pkg.again.LEAST"),
        [("foo", "foo.__version__ < 1.2")],
    ),
    "another form": (Check("pkg.compat.FOO", Form.NUMBERS, 0, "<", "2"), None),
    "nobody's": (Check("bar.__version__", Form.WHOLE, 0, "<", "2"), None),
    "no version": (Check("pkg.compat.LOST", Form.WHOLE, 0, "<", "2"), None),
    "no constant": (Check("foo.__version__", Form.WHOLE, 0, "<", "@pkg.compat.LOST"), None),
}


@pytest.mark.parametrize(("check", "expected"), RESOLVED.values(), ids=RESOLVED.keys())
def test_whose_version_a_check_compares(
    tmp_path: Path, check: Check, expected: list[tuple[str, str]] | None
) -> None:
    build_wheel(tmp_path, "pkg", "1.0", files=PKG)
    build_wheel(tmp_path, "foo", "1.0", files={"foo/__init__.py": "__version__ = '1.0'\n"})
    settings = read_settings(
        {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "PIP_CONFIG_FILE": "/dev/null"},
        default_index=lambda: "https://index.test/simple",
    )
    versions = {canonicalize_name(name): Version("1.0") for name in ("pkg", "foo")}
    with Store(tmp_path / "facts.sqlite") as store:
        found = Facts(settings, store, TARGET).environment(versions).resolve(check)
    pairs = None if found is None else [(str(key), str(each)) for key, each in found]
    assert pairs == (
        None
        if expected is None
        else [(str(Key(canonicalize_name(n), Version("1.0"))), t) for n, t in expected]
    )
