"""Code against code: two small packages, and whether importing one is bound to die of the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from numlock.facts import Facts, Store, read_settings
from numlock.judge import Break, breaks
from numlock.model import ConflictKind, Target
from support.distributions import build_wheel

USER, PROVIDER = canonicalize_name("user"), canonicalize_name("provider")
VERSIONS = {USER: Version("1.0"), PROVIDER: Version("1.0")}
TARGET = Target(python=(3, 10), platform="manylinux_2_39_x86_64")


def found(
    tmp_path: Path, user: Mapping[str, str], provider: Mapping[str, str], entries: Iterable[str] = ("user",)
) -> list[Break]:
    """Both packages as real wheels in a folder, and the breaks of importing ``entries``: the same each time."""
    build_wheel(tmp_path, "user", "1.0", files=dict(user))
    build_wheel(tmp_path, "provider", "1.0", files=dict(provider))
    everything: frozenset[NormalizedName] = frozenset(VERSIONS)
    settings = read_settings(
        {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path), "PIP_CONFIG_FILE": "/dev/null"},
        default_index=lambda: "https://index.test/simple",
    )
    with Store(tmp_path / "facts.sqlite") as store:
        some = list(entries)
        facts = Facts(settings, store, TARGET)
        first = breaks(some, facts.environment(VERSIONS), everything, everything)
        facts.keep_walks()
        remembering = (facts, Facts(settings, store, TARGET))
        later = {breaks(some, each.environment(VERSIONS), everything, everything) for each in remembering}
    assert later == {first}
    return list(first)


P = {
    "provider/__init__.py": "here = 1\n",
    "provider/part.py": "def f(a, b=1): pass\nclass C:\n    x = 1\n",
    "provider/lazy/__init__.py": "import sys\nsys.modules[__name__] = Lazy(__name__)\n",
    "provider/asked/__init__.py": """import importlib
modules = ["inner", "other"]
def __getattr__(name):
    if name in modules:
        return importlib.import_module(f"provider.asked.{name}")
    raise AttributeError(name)
""",
    "provider/asked/inner.py": "x = 1\n",
}
DIES = {
    "a name": ("from provider import gone", ConflictKind.NAME, "provider.gone"),
    "an attribute": ("import provider\nprovider.gone", ConflictKind.NAME, "provider.gone"),
    "a module": ("import provider.gone", ConflictKind.MODULE, "provider.gone"),
    "a name of a submodule": ("from provider.part import g", ConflictKind.NAME, "provider.part.g"),
    "a name of a submodule that is loaded when it is asked for": (
        "from provider.asked.inner import gone",
        ConflictKind.NAME,
        "provider.asked.inner.gone",
    ),
    "a base class": ("import provider\nclass X(provider.Gone): pass", ConflictKind.NAME, "provider.Gone"),
    "a module whose parent only makes up attributes": (
        "from provider.lazy.gone import x",
        ConflictKind.MODULE,
        "provider.lazy.gone",
    ),
    "a keyword": (
        "from provider.part import f\nf(1, c=2)",
        ConflictKind.SIGNATURE,
        "provider.part.f(c=)",
    ),
    "too many arguments": (
        "import provider.part\nprovider.part.f(1, 2, 3)",
        ConflictKind.SIGNATURE,
        "provider.part.f",
    ),
    "what Python dropped": ("import imp, parser", ConflictKind.PYTHON, "parser"),
    "a name that Python dropped": (
        "from collections import Mapping",
        ConflictKind.PYTHON,
        "collections.Mapping",
    ),
    "both of two choices": (
        "try:\n    from provider import gone\nexcept ImportError:\n    from provider import lost as gone",
        ConflictKind.NAME,
        "provider.lost",
    ),
    "what only a function is ready to miss": (
        "from provider import gone\ndef f():\n    try:\n        from provider import gone\n"
        "    except ImportError:\n        pass",
        ConflictKind.NAME,
        "provider.gone",
    ),
    "a name where only modules may be missing": (
        "try:\n    from provider import gone\nexcept ModuleNotFoundError:\n    pass",
        ConflictKind.NAME,
        "provider.gone",
    ),
    "a third choice": (
        "try:\n    from provider import gone\nexcept ImportError:\n    try:\n        from provider import gone\n"
        "    except ImportError:\n        from provider import lost\n",
        ConflictKind.NAME,
        "provider.lost",
    ),
    "tried and raised again": (
        "try:\n    from provider import gone\nexcept ImportError:\n    raise",
        ConflictKind.NAME,
        "provider.gone",
    ),
}


@pytest.mark.parametrize(("source", "kind", "symbol"), DIES.values(), ids=DIES.keys())
def test_an_import_that_is_bound_to_die(tmp_path: Path, source: str, kind: ConflictKind, symbol: str) -> None:
    (only,) = [each for each in found(tmp_path, {"user/__init__.py": source}, P) if not each.soft]
    assert (only.kind, str(only.symbol), only.member) == (kind, symbol, "user/__init__.py")
    assert only.provider is None or only.provider.name == PROVIDER


REGISTERS = {
    "provider/__init__.py": "from . import loader, packages\n",
    "provider/loader.py": "import sys\ndef load(n):\n    name = f'_provider_{n}'\n    sys.modules[name] = n\n",
    "provider/packages.py": "import sys\nfor m in f():\n    sys.modules['provider.packages.' + m] = m\n",
}


@pytest.mark.parametrize("source", ["from provider import gone", "import provider.gone"])
def test_a_package_that_registers_other_modules_has_no_other_names(tmp_path: Path, source: str) -> None:
    (only,) = found(tmp_path, {"user/__init__.py": source}, P | REGISTERS)
    assert (str(only.symbol), only.soft) == ("provider.gone", False)


LIVES = {
    "a name that is there": ("from provider import here, part", P),
    "a guarded name": ("try:\n    from provider import gone\nexcept ImportError:\n    gone = None", P),
    "a guarded name that is called at once": (
        "try:\n    from provider import gone\n    x = gone()\nexcept ImportError:\n    x = None",
        P,
    ),
    "a module that a hook of a module imported in a function makes up": (
        "from provider.ext.more import x",
        {
            **P,
            "provider/ext/__init__.py": "def setup():\n    from ..hook import Hook\n    Hook()\nsetup()\n",
            "provider/hook.py": "import sys\ndef Hook():\n    sys.meta_path.append(f)\n",
        },
    ),
    "a module of Python's that may be missing": (
        "try:\n    from imp import x\nexcept ModuleNotFoundError:\n    pass",
        P,
    ),
    "a module that may be missing": (
        "try:\n    from provider.gone import x\n    import provider.lost\nexcept ModuleNotFoundError:\n    pass",
        P,
    ),
    "what hangs on a guarded module": (
        "try:\n    from provider.gone import part\n    x = part.y\nexcept ImportError:\n    x = None",
        P,
    ),
    "a name that hides a submodule": (
        "from provider import part\npart.method()",
        {**P, "provider/__init__.py": "from provider.part import C as part\n"},
    ),
    "what hangs below a name that hides a submodule": (
        "import provider\nprovider.sub.part.gone",
        {
            **P,
            "provider/__init__.py": "sub = make()\n",
            "provider/sub/__init__.py": "",
            "provider/sub/part.py": "",
        },
    ),
    "a name that others are handed the module for": (
        "from provider import gone",
        {
            **P,
            "provider/__init__.py": "import sys\ndef f():\n    fill('x', module=sys.modules[__name__])\nf()\n",
        },
    ),
    "a second choice that is there": (
        "try:\n    from provider import gone\nexcept ImportError:\n    from provider import here as gone",
        P,
    ),
    "asked for first": ("import provider\nif hasattr(provider, 'gone'):\n    provider.gone", P),
    "for type checkers": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from provider import gone",
        P,
    ),
    "for another Python": ("import sys\nif sys.version_info < (3,):\n    from provider import gone", P),
    "under a condition that is open": (
        "import provider\nif provider.OLD:\n    provider.gone",
        {**P, "provider/__init__.py": "OLD = f()\n"},
    ),
    "a call that fits": ("from provider.part import f\nf(1, b=2)", P),
    "a call of a decorated function": (
        "from provider.part import f\nf(1, c=2)",
        {**P, "provider/part.py": "@wrap\ndef f(a): pass\n"},
    ),
    "a name behind a star": (
        "from provider import f",
        {**P, "provider/__init__.py": "from provider.part import *\n"},
    ),
    "a name of a compiled module": (
        "from provider.fast import x",
        {**P, "provider/fast.cpython-310-x86_64-linux-gnu.so": ""},
    ),
    "a name of a nearly empty module beside a compiled one": (
        "from provider.errors import Lost",
        {**P, "provider/fast.cpython-310-x86_64-linux-gnu.so": "", "provider/errors.py": "def of(x): pass\n"},
    ),
    "a name that may be made up": (
        "from provider import gone",
        {**P, "provider/__init__.py": "globals().update(f())\n"},
    ),
    "a name of a module that is given another class": (
        "from provider import gone",
        {**P, "provider/__init__.py": "import sys\nsys.modules[__name__].__class__ = Lazy\n"},
    ),
    "a name of a module that makes room for another": (
        "from provider.part import gone",
        {**P, "provider/part.py": "import sys\ndel sys.modules['provider.part']\n"},
    ),
    "a name of a module that another one may replace": (
        "from user import patch\nfrom provider.part import gone",
        {**P, "user/patch.py": "import sys\ndef f(it):\n    sys.modules['provider.part'] = it\n"},
    ),
    "a name that a module sets on itself": (
        "from provider import gone",
        {**P, "provider/__init__.py": "def use(it):\n    import provider\n    setattr(provider, it, 1)\n"},
    ),
    "a name of a module that another one fills": (
        "from user import patch\nimport provider\nprovider.gone",
        {**P, "user/patch.py": "import provider\nfor name in find():\n    setattr(provider, name, 1)\n"},
    ),
    "a module that may be made up": (
        "import provider.gone",
        {**P, "provider/__init__.py": "import sys\nsys.modules['provider.gone'] = f()\n"},
    ),
    "a module of a package that others may extend": (
        "import provider.gone",
        {
            **P,
            "provider/__init__.py": "from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)\n",
        },
    ),
    "a module of a package that is declared a namespace": (
        "import provider.gone",
        {**P, "provider/__init__.py": "__import__('pkg_resources').declare_namespace(__name__)\n"},
    ),
    "a module of a package that makes up all below another": (
        "from provider.packages.gone import x",
        {
            **P,
            "provider/packages.py": "import sys\nfor m in f():\n    sys.modules[f'provider.packages.{m}'] = m\n",
            "provider/__init__.py": "from . import packages\n",
        },
    ),
    "a name of a package that registers other modules, where C may do more": (
        "from provider import gone",
        {**P, **REGISTERS, "provider/_c.cpython-310-x86_64-linux-gnu.so": ""},
    ),
    "a third choice where the first is there": (
        "try:\n    from provider import here\nexcept ImportError:\n    try:\n        from provider import gone\n"
        "    except ImportError:\n        from provider import lost\n",
        P,
    ),
    "a line that follows an import which may fail": (
        "try:\n    import provider.gone\nexcept ImportError:\n    pass\nelse:\n    provider.lost.x()\n",
        P,
    ),
    "a name whose lack something may catch": (
        "with ignoring(ImportError):\n    from provider import gone",
        P,
    ),
    "a version that is refused where another thing failed": (
        "import provider\ntry:\n    import nobody\nexcept ImportError:\n"
        "    if provider.__version__ >= '0':\n        raise\n",
        P,
    ),
    "a class that a decorator puts into another module": (
        "import provider.inner\nfrom provider.part import Gone",
        {**P, "provider/inner.py": "@to('provider.part', add=True)\nclass Gone:\n    pass\n"},
    ),
    "a top-level package that nobody pins": ("import nobody", P),
    "a name that another module wrote": (
        "from user import patch\nimport provider\nprovider.gone",
        {**P, "user/patch.py": "import provider\nprovider.gone = 1\n"},
    ),
}


@pytest.mark.parametrize(("source", "provider"), LIVES.values(), ids=LIVES.keys())
def test_an_import_that_lives_or_that_nobody_can_tell(
    tmp_path: Path, source: str, provider: Mapping[str, str]
) -> None:
    user = {path: text for path, text in provider.items() if path.startswith("user/")}
    user["user/__init__.py"] = source
    assert [each for each in found(tmp_path, user, provider) if not each.soft] == []


def test_a_use_in_a_function_is_soft(tmp_path: Path) -> None:
    source = "import provider\ndef f():\n    return provider.gone\n"
    assert [each.soft for each in found(tmp_path, {"user/__init__.py": source}, P)] == [True]


def test_only_what_is_really_imported_counts(tmp_path: Path) -> None:
    user = {
        "user/__init__.py": "from user import a\n",
        "user/a.py": "",
        "user/b.py": "from provider import gone\n",
    }
    assert found(tmp_path, user, P) == []
    assert len(found(tmp_path, user, P, ["user.b"])) == 1


def test_an_alias_that_was_removed_with_a_message(tmp_path: Path) -> None:
    provider = {
        "provider/__init__.py": "_OLD = {'float': 'use float'}\ndef __getattr__(name):\n    if name in _OLD:\n"
        "        raise AttributeError(_OLD[name])\n    raise AttributeError(name)\n"
    }
    (only,) = found(tmp_path, {"user/__init__.py": "import provider\nx = provider.float\n"}, provider)
    assert str(only.symbol) == "provider.float"


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ("from provider.part import C\nC.gone", ["provider.part.C.gone"]),
        ("from provider.part import C\nx = C()\nx.gone()", ["provider.part.C.gone"]),
        ("from provider.part import C\nx = C()\nprint(x.x, x.__doc__)", []),
        ("from provider.part import f\nx = f(1)\nx.gone", []),
        ("from provider.part import C\nx = C.make()\nx.gone", ["provider.part.C.make"]),
        ("import provider\nx = provider.part(1)\nx.gone", []),
        ("from provider.part import D\nx = D()\nx.x\nx.gone", ["provider.part.D.gone"]),
        ("from provider.part import E\nx = E()\nx.gone", []),
        ("from provider.part import C\nx = C()\nx.gone = 1\nx.gone", []),
        ("from provider.part import C\nfrom user.give import give\nx = C()\ngive(x)\nx.gone", []),
        ("from provider.part import G\nx = G()\nx.x\nx.gone", []),
        ("from provider.part import G\nx = G()\nx.x\nx.lost", ["provider.part.G.lost"]),
    ],
)
def test_members_of_classes_and_of_what_they_make(tmp_path: Path, source: str, missing: list[str]) -> None:
    part = P["provider/part.py"] + (
        "class D(C): pass\nclass E(elsewhere.Base): pass\n"
        "class F:\n    def __init_subclass__(cls):\n        setattr(cls, f'{cls.y}ne', 1)\nclass G(F):\n    x = 1\n"
    )
    user = {"user/__init__.py": source, "user/give.py": "def give(to):\n    to.gone = 1\n"}
    asked = found(tmp_path, user, {**P, "provider/part.py": part})
    assert [str(each.symbol) for each in asked] == missing
    assert all(each.soft for each in asked)
