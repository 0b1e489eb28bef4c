"""One module's source to what it offers and uses."""

from __future__ import annotations

import pytest

from numlock.facts.code import code_of, row_of, scan
from numlock.facts.code.hooks import may_make
from numlock.model import Call, Code, Shape, Target, Unparsed, Use

PY310 = Target(python=(3, 10))
WINDOWS = Target(python=(3, 10), platform="win_amd64")


def code(source: str, target: Target = PY310, *, is_package: bool = False) -> Code:
    found = scan(source, "pkg.mod", is_package=is_package, target=target)
    assert isinstance(found, Code)
    assert code_of(row_of(found)) == found
    return found


def use(source: str, name: str, target: Target = PY310) -> Use:
    (found,) = [each for each in code(source, target).uses if each.name == name]
    return found


NAMES = {
    "assignments, functions and classes": (
        "a = b, (c, *d) = 1\ndef e(): x = 1\nclass F: y = 1",
        "a b c d e F",
    ),
    "imports": ("import a.b\nimport c.d as e\nfrom f import g as h, i", "a e h i"),
    "both sides of what the target leaves open": ("if X:\n    a = 1\nelse:\n    b = 1", "a b"),
    "the side that the Python decides": (
        "import sys\nif sys.version_info >= (3, 11):\n    a = 1\nelse:\n    b = 1",
        "sys b",
    ),
    "a condition with a name": ("import sys\nOLD = sys.version_info < (3,)\nif OLD:\n    a = 1", "sys OLD"),
    "the platform": ("import sys\nif sys.platform == 'win32':\n    a = 1", "sys"),
    "try and its handlers": (
        "try:\n    a = 1\nexcept E:\n    b = 1\nelse:\n    c = 1\nfinally:\n    d = 1",
        "a b c d",
    ),
    "loops, with, walrus": ("for a in x:\n    b = 1\nwith y as c:\n    pass\nif (d := z): pass", "a b c d"),
    "what is deleted again": ("a = 1\ndel a\nb = 1", "b"),
    "global names of functions": ("def f():\n    global a\n    a = 1", "f a"),
    "main programs are not imported": ("if __name__ == '__main__':\n    a = 1", ""),
    "an annotation alone binds nothing": ("a: int\nb: int = 1", "b"),
}


@pytest.mark.parametrize(("source", "names"), NAMES.values(), ids=NAMES.keys())
def test_names(source: str, names: str) -> None:
    assert code(source).names == set(names.split())


def test_names_on_another_platform() -> None:
    assert "a" in code("import sys\nif sys.platform == 'win32':\n    a = 1", WINDOWS).names


CERTAIN = {
    "an import": ("import a.b", "a.b", True),
    "a name from a module": ("from a import b", "a.b", True),
    "an attribute": ("import a\nx = a.b.c", "a.b.c", True),
    "a base class": ("import a\nclass X(a.B): pass", "a.B", True),
    "a decorator": ("import a\n@a.b\ndef f(): pass", "a.b", True),
    "a default": ("import a\ndef f(x=a.b): pass", "a.b", True),
    "an annotation": ("import a\ndef f(x: a.b): pass", "a.b", True),
    "in a class body": ("import a\nclass X:\n    y = a.b", "a.b", True),
    "in a function": ("import a\ndef f():\n    a.b", "a.b", False),
    "under a condition that nobody knows": ("import a\nif X:\n    a.b", "a.b", False),
    "in a loop": ("import a\nfor x in y:\n    a.b", "a.b", False),
    "tried": ("try:\n    import a\nexcept ImportError:\n    pass", "a", False),
    "tried, but raised again": ("try:\n    import a\nexcept ImportError:\n    raise", "a", True),
    "tried, with a function that raises": (
        "def fail(error):\n    raise ImportError(HELP)\ntry:\n    import a\nexcept ImportError as e:\n    fail(e)",
        "a",
        True,
    ),
    "tried, with a function that may raise": (
        "def fail(error):\n    if error: return\n    raise ImportError\n"
        "try:\n    import a\nexcept ImportError as e:\n    fail(e)",
        "a",
        False,
    ),
    "unless a build sets a name": (
        "try:\n    SETUP\nexcept NameError:\n    SETUP = False\nif not SETUP:\n    import a",
        "a",
        True,
    ),
    "if a build sets a name": (
        "try:\n    SETUP\nexcept NameError:\n    SETUP = OTHER\nif not SETUP:\n    import a",
        "a",
        False,
    ),
    "tried for something else": ("try:\n    import a\nexcept KeyError:\n    pass", "a", True),
    "an attribute asked for first": ("import a\nif hasattr(a, 'b'):\n    a.b", "a.b", False),
    "suppressed": ("from contextlib import suppress\nwith suppress(ImportError):\n    import a", "a", False),
    "for type checkers": ("from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n    import a", "a", True),
    "a second choice": ("try:\n    import b\nexcept ImportError:\n    import a", "a", False),
    "by a function of importlib": ("import importlib\nimportlib.import_module('a.b')", "a.b", True),
}


@pytest.mark.parametrize(("source", "name", "certain"), CERTAIN.values(), ids=CERTAIN.keys())
def test_what_dies_where_a_name_is_missing(source: str, name: str, certain: bool) -> None:
    assert use(source, name).certain is certain


def test_annotations_are_not_evaluated_where_the_module_says_so() -> None:
    source = "from __future__ import annotations\nimport a\ndef f(x: a.b): pass\nv: a.c = 1"
    assert not {"a.b", "a.c"} & {each.name for each in code(source).uses}


def test_a_second_choice_knows_which_lines_it_rescues() -> None:
    assert use("try:\n    import b\n    import c\nexcept ImportError:\n    import a", "a").rescues == (2, 3)


@pytest.mark.parametrize(
    ("source", "is_package", "name"),
    [
        pytest.param("from . import x", False, "pkg.x", id="beside a module"),
        pytest.param("from . import x", True, "pkg.mod.x", id="inside a package"),
        pytest.param("from ..a import x", True, "pkg.a.x", id="one up"),
    ],
)
def test_relative_imports(source: str, is_package: bool, name: str) -> None:
    assert [each.name for each in code(source, is_package=is_package).uses] == [name]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("import a\ndef f(a):\n    a.b", id="a parameter"),
        pytest.param("import a\ndef f():\n    a = 1\n    a.b", id="a local name"),
        pytest.param("import a\na = wrap(1)\na.b", id="assigned again"),
        pytest.param(
            "try:\n    import a\nexcept ImportError:\n    import c as a\na.b", id="one of two modules"
        ),
        pytest.param("def f():\n    import a\ndef g():\n    a.b", id="imported in another function"),
    ],
)
def test_a_name_that_may_stand_for_something_else_tells_nothing(source: str) -> None:
    assert "a.b" not in {each.name for each in code(source).uses}


def test_what_a_function_that_is_called_imports_of_its_own_may_be_imported() -> None:
    source = "def setup():\n    from . import hook\n    import other\ndef never():\n    from . import idle\nsetup()\n"
    found = {each.name: (each.at_import, each.sure) for each in code(source).uses}
    assert found == {"pkg.hook": (True, False), "other": (False, True), "pkg.idle": (False, True)}


LOOPS = {
    "names of modules": ("for m in (a, a.b):\n    m.x", {"a.x", "a.b.x"}),
    "in a function": ("def f():\n    for m in [a, c]:\n        m.x", {"a.x"}),
    "what is assigned in it": ("for m in (a,):\n    m = 1\n    m.x", set()),
    "another function's": ("def f():\n    for m in (a,): pass\ndef g():\n    m.x", set()),
    "anything else": ("for m in found:\n    m.x", set()),
}


@pytest.mark.parametrize(("source", "names"), LOOPS.values(), ids=LOOPS.keys())
def test_a_loop_over_modules_asks_each_of_them(source: str, names: set[str]) -> None:
    found = {each.name for each in code(f"import a\n{source}").uses}
    assert {name for name in found if name.endswith(".x")} == names


def test_calls() -> None:
    assert use("import a\na.b(1, *x, k=2)", "a.b").call == Call(1, ("k",), True)


def test_a_called_name_keeps_its_call() -> None:
    calls = [each.call for each in code("from a import b\nb(1, k=2)").uses]
    assert calls == [None, Call(1, ("k",))]


SHAPES = {
    "positional, defaults": ("def f(a, b=1): pass", "f", Shape(1, 2, frozenset("ab"))),
    "only by name": ("def f(a, *, b, c=1): pass", "f", Shape(2, 1, frozenset("abc"))),
    "anything": ("def f(*a, **k): pass", "f", Shape(0, None, None)),
    "without self": ("class X:\n    def m(self, a): pass", "X.m", Shape(1, 1, frozenset({"a", "self"}))),
    "static": ("class X:\n    @staticmethod\n    def m(a): pass", "X.m", Shape(1, 1, frozenset("a"))),
    "decorated": (
        "@deco\n@a.cache(level=1)\n@x[0]\ndef f(a): pass",
        "f",
        Shape(1, 1, frozenset("a"), ("deco", "cache", "")),
    ),
}


@pytest.mark.parametrize(("source", "name", "shape"), SHAPES.values(), ids=SHAPES.keys())
def test_parameters(source: str, name: str, shape: Shape) -> None:
    assert code(source).shapes[name] == shape


@pytest.mark.parametrize(
    "source",
    ["def f(a): pass\ndef f(b): pass", "if X:\n    def f(a): pass"],
    ids=["defined twice", "defined under a condition"],
)
def test_parameters_that_are_not_certain(source: str) -> None:
    assert "f" not in code(source).shapes


@pytest.mark.parametrize(
    ("call", "fits"),
    [
        pytest.param(Call(1), True, id="enough"),
        pytest.param(Call(0), False, id="too few"),
        pytest.param(Call(3), False, id="too many"),
        pytest.param(Call(1, ("c",)), False, id="an unknown keyword"),
        pytest.param(Call(0, (), True), True, id="stars may bring the rest"),
    ],
)
def test_a_call_fits_its_function_or_not(call: Call, fits: bool) -> None:
    assert Shape(1, 2, frozenset("ab")).takes(call) is fits


def test_classes_have_bases_and_members() -> None:
    source = "from a import B\nclass C(B, D):\n    x = 1\n    def m(self):\n        self.y = 1\n"
    found = code(source).classes["C"]
    assert found.bases == ("a.B", "pkg.mod.D")
    assert found.members >= {"x", "m", "y"}
    assert not found.dynamic


def test_a_class_that_stands_in_for_another_may_have_other_members() -> None:
    source = "try:\n    from a import C\nexcept ImportError:\n    class C:\n        x = 1\n"
    assert code(source).classes["C"].dynamic


EXPORTS = {
    "a list": ("__all__ = ['a', 'b']", ("a", "b")),
    "grown": ("__all__ = ['a']\n__all__ += ['b']\n__all__.append('c')", ("a", "b", "c")),
    "another module's": ("from . import x\n__all__ = ['a'] + x.__all__", ("a", "*pkg.x")),
    "computed": ("__all__ = [n for n in dir()]", None),
    "touched by a function": ("__all__ = ['a']\ndef f():\n    __all__.append('b')", None),
}


@pytest.mark.parametrize(("source", "exports"), EXPORTS.values(), ids=EXPORTS.keys())
def test_exports(source: str, exports: tuple[str, ...] | None) -> None:
    assert code(source).exports == exports


@pytest.mark.parametrize(
    "source",
    [
        "globals()['a'] = 1",
        "import sys\nsys.modules[__name__] = X()",
        "exec('a = 1')",
        "def __getattr__(name):\n    return 1",
        "import sys\nsys.meta_path.append(X())",
        "import sys\ndef f():\n    me = sys.modules[__name__]\n    setattr(me, 'a', 1)\nf()",
    ],
)
def test_a_module_that_may_have_other_names(source: str) -> None:
    assert code(source).dynamic


def test_a_module_that_only_asks_itself_has_no_other_names() -> None:
    source = "import sys\ndef f(n):\n    return getattr(sys.modules[__name__], n), sys.modules[__name__].x\n"
    assert not code(source).dynamic


LAZY = {
    "a removed alias raises": (
        "_OLD = {'float': 'gone'}\ndef __getattr__(n):\n    if n in _OLD:\n        raise AttributeError(n)\n"
        "    if n == 'lazy':\n        import lazy\n        return lazy\n    raise AttributeError(n)",
        {"lazy"},
        {"float"},
    ),
    "a table that is looked up": (
        "_T = {'a': 1}\ndef __getattr__(n):\n    try:\n        v = _T[n]\n    except KeyError:\n        pass\n"
        "    else:\n        return v\n    raise AttributeError(n)",
        {"a"},
        {"b"},
    ),
    "a table made of rows": (
        "_R = [('a', 1), ('b', 2)]\n_T = {n: v for n, v in _R}\ndef __getattr__(n):\n"
        "    if n in _T:\n        return _T[n]\n    raise AttributeError(n)",
        {"a", "b"},
        {"c"},
    ),
}


@pytest.mark.parametrize(("source", "has", "lacks"), LAZY.values(), ids=LAZY.keys())
def test_a_plain_getattr_tells_its_names(source: str, has: set[str], lacks: set[str]) -> None:
    found = code(source)
    assert not found.dynamic
    assert has <= found.names
    assert not lacks & found.names


def test_what_a_getattr_knows_and_raises_for_is_removed() -> None:
    source = "_OLD = {n: n for n, _ in [('bool', ''), ('int', 'x')]}\n_SOON = {'str'}\nwords = ['other']\n"
    source += "def __getattr__(n):\n    if n in _SOON:\n        warn(n)\n"
    source += "    if n in _OLD:\n        raise AttributeError(n)\n"
    source += "    if n == 'gone':\n        raise AttributeError(n)\n    if n == 'kept':\n        return 1\n"
    found = code(source + "    raise AttributeError(n)")
    assert found.removed == {"bool", "int", "str", "gone"}
    assert code(source + "    return find(n)").removed == {"bool", "int", "gone"}


def test_a_table_that_grows_later_leaves_the_question_open() -> None:
    source = "_T = {'a': 1}\n_T.update(x())\n"
    source += "def __getattr__(n):\n    if n in _T:\n        return 1\n    raise AttributeError"
    assert code(source).dynamic


def test_a_loop_over_a_literal_tells_its_names() -> None:
    found = code("OLD = ('hann', 'hamming')\nfor name in OLD:\n    locals()[name] = wrap(name)")
    assert not found.dynamic
    assert {"hann", "hamming"} <= found.names
    assert code("for name in OLD():\n    globals()[name] = 1").dynamic


def test_an_attached_loader_tells_its_names() -> None:
    source = "import lazy\n__getattr__, d, a = lazy.attach(__name__, ['sub'], {'mod': ['f', 'g']})"
    found = code(source)
    assert not found.dynamic
    assert {"sub", "f", "g"} <= found.names


@pytest.mark.parametrize(
    ("source", "parsed"),
    [
        pytest.param("with (a() if b else c()):\n    for d, e in f():\n        pass", True, id="a choice"),
        pytest.param("with (a()) as b:\n    pass", True, id="a call"),
        pytest.param("with (a(x as_=1)):\n    pass", False, id="nonsense"),
        pytest.param("with (a() as b, c() as d):\n    pass", False, id="several with names"),
        pytest.param("with (\n    a() as b,\n):\n    pass", False, id="one with a name"),
    ],
)
def test_parentheses_behind_with_before_python_39(source: str, parsed: bool) -> None:
    found = scan(source, "m", is_package=False, target=Target(python=(3, 8)))
    assert isinstance(found, Code) is parsed
    grouped = scan(source, "m", is_package=False, target=Target(python=(3, 9)))
    assert isinstance(grouped, Code) is ("as_" not in source)


OLD = ("print 'x'", "raise E, 'x'", "exec 'x'", "x = 0777")
OLD_EXCEPT = ("try: f()\nexcept E, e: pass", "try: f()\nexcept (E, F), e: pass")


@pytest.mark.parametrize("source", [*OLD, *OLD_EXCEPT])
def test_source_of_python_2_is_for_no_newer_python_either(source: str) -> None:
    newer = Target(python=(3, 13) if source in OLD_EXCEPT else (3, 99))
    assert isinstance(scan(source, "m", is_package=False, target=newer), Unparsed)


def test_of_source_that_only_a_newer_python_may_parse_nothing_is_said() -> None:
    for source in ("x = ((", *OLD_EXCEPT):
        found = scan(source, "m", is_package=False, target=Target(python=(3, 99)))
        assert isinstance(found, Code)
        assert found.dynamic


def test_source_that_the_target_cannot_parse() -> None:
    assert isinstance(scan("print 1", "m", is_package=False, target=PY310), Unparsed)
    assert isinstance(scan("async = 1", "m", is_package=False, target=Target(python=(3, 7))), Unparsed)
    assert isinstance(scan("x = f'{1}'", "m", is_package=False, target=Target(python=(3, 5))), Unparsed)
    assert isinstance(scan("x = f'{1}'", "m", is_package=False, target=Target(python=(3, 6))), Code)
    assert isinstance(scan("async = 1", "m", is_package=False, target=Target(python=(3, 6))), Code)


def test_source_that_may_be_newer_than_the_host_is_not_called_broken() -> None:
    assert code("type X = = 1", Target(python=(3, 99))).dynamic


@pytest.mark.parametrize(
    ("source", "hooks"),
    [
        ("sys.modules[__name__] = Lazy()", ""),
        ("sys.modules['m.moves'] = moves", "m.moves"),
        ("sys.modules.update({'m.moves': moves, **more})", "* m.moves"),
        ("sys.modules.update(more)", "*"),
        ("sys.modules.setdefault('a.b', x)", "a.b"),
        ("sys.meta_path.append(Finder())", "*"),
        ("setattr(sys.modules[__name__], 'x', 1)", "m"),
        ("setattr(sys.modules[name], 'x', 1)", "*"),
        ("__path__ = extend_path(__path__, __name__)", "m.*"),
        ("__path__.append(x)", "m.*"),
        ("print(sys.modules['m'])", ""),
        ("sys.modules[__name__ + '.moves'] = x", "m.moves"),
        ("for name in names:\n    sys.modules[f'm.packages.{name}'] = x", "m.packages.*"),
        ("sys.modules[f'{__name__}.{name}'] = x", "m.*"),
        ("sys.modules[f'{__name__!r}'] = x", "*"),
        ("sys.modules['%s.%s' % (__name__, name)] = x", "m.*"),
        ("sys.modules['%s.one' % __name__] = x", "m.one"),
        ("sys.modules['_m_%d' % number] = x", "_m_*"),
        ("sys.modules['{}.one'.format(__name__)] = x", "m.one"),
        ("sys.modules['_m_{0}_{}'.format(x)] = x", "_m_*"),
        ("def f(x):\n    name = f'_m_{x}'\n    sys.modules[name] = x", "_m_*"),
        ("def f(x):\n    name = '_m'\n    name += x\n    sys.modules[name] = x", "*"),
        ("def f(x):\n    for name in x:\n        name = 'a'\n    sys.modules[name] = x", "*"),
        ("def f(name):\n    sys.modules[name] = x\ndef g():\n    name = '_m'", "*"),
        ("def f():\n    global name\n    name = '_m'\n    sys.modules[name] = x", "*"),
        ("name = name + name\nsys.modules[name] = x", "*"),
        ("def f(n):\n    s = find_spec(n)\n    m = util.module_from_spec(s)\n    sys.modules[n] = m", ""),
        ("def f(n):\n    s = find_spec(x)\n    m = util.module_from_spec(s)\n    sys.modules[n] = m", "*"),
        ("def f(n, s):\n    m = util.module_from_spec(s)\n    sys.modules[n] = m", "*"),
    ],
)
def test_what_is_put_into_the_import_system(source: str, hooks: str) -> None:
    code = scan(f"import sys\n{source}", "m", is_package=True, target=PY310)
    assert isinstance(code, Code)
    assert " ".join(sorted(code.hooks)) == hooks


@pytest.mark.parametrize(
    ("hook", "made", "not_made"),
    [
        ("*", "a a.b", ""),
        ("a.b", "a.b a", "a.b.c ab b"),
        ("a.b.*", "a.b a.b.c a.b.c.d", "a ab a.bc"),
        ("a.b*", "a a.b a.bc a.b.c", "b"),
        ("_a_*", "_a_1", "a _a"),
    ],
)
def test_what_a_hook_may_make(hook: str, made: str, not_made: str) -> None:
    """In the place of a module, or right below it."""
    assert all(may_make(hook, module) for module in made.split())
    assert not any(may_make(hook, module) for module in not_made.split())


@pytest.mark.parametrize(
    ("hook", "made", "not_made"),
    [("a.b", "b", "c bc"), ("a.b*", "b bc", "c"), ("a.*", "b c", ""), ("a", "b", ""), ("a.b.c", "", "b c")],
)
def test_what_a_hook_may_give_to_a_module(hook: str, made: str, not_made: str) -> None:
    assert all(may_make(hook, "a", name) for name in made.split())
    assert not any(may_make(hook, "a", name) for name in not_made.split())


def test_what_a_from_names_must_be_a_module() -> None:
    code = scan("from other.inner import name\nfrom m.own import x", "m.here", is_package=False, target=PY310)
    assert isinstance(code, Code)
    assert [use.name for use in code.uses if use.module] == ["other.inner"]


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("import p\nx = p.C()\nx.f(1)", ["p.C", "p.C().f"]),
        ("from p import C\ndef g():\n    x = C()\n    return x.f", ["p.C", "p.C", "p.C().f"]),
        ("from p import C\nx = C()\ndef g():\n    x.f", ["p.C", "p.C", "p.C().f"]),
        ("import p\nx = p.C()\nx = p.D()\nx.f", ["p.C", "p.D"]),
        ("import p\nif y:\n    x = p.C()\nx.f", ["p.C"]),
        ("import p\nx = p.C()\ndef g(x):\n    x.f", ["p.C"]),
        ("import p\nx = p.C()\nfor x in y:\n    x.f", ["p.C"]),
        ("import p\nclass K:\n    x = p.C()\nx.f", ["p.C"]),
    ],
)
def test_what_a_call_made_is_asked_for_its_members(source: str, uses: list[str]) -> None:
    code = scan(source, "m", is_package=False, target=PY310)
    assert isinstance(code, Code)
    assert [use.name for use in code.uses if not use.module] == uses


@pytest.mark.parametrize(
    ("more", "members", "dynamic"),
    [
        ("", {"f"}, False),
        ("C.g = 1", {"f", "g"}, False),
        ("def is_one(x):\n    return isinstance(x, C)", {"f"}, False),
        ("add_methods(C)", {"f"}, True),
        ("x = register(C)", {"f"}, True),
        ("def fill(x, names):\n    for each in names: setattr(x, each, 1)", {"f", "*"}, False),
        ("def fill(x):\n    setattr(x, 'g', 1)", {"f"}, False),
    ],
)
def test_members_that_a_class_is_given_later(more: str, members: set[str], dynamic: bool) -> None:
    code = scan(f"class C:\n    def f(self): pass\n{more}\n", "m", is_package=False, target=PY310)
    assert isinstance(code, Code)
    assert (set(code.classes["C"].members), code.classes["C"].dynamic) == (members, dynamic)


@pytest.mark.parametrize(
    ("body", "members"),
    [
        ("def f(self): setattr(self, 'g', 1)", {"f", "g"}),
        ("def f(self, given):\n        setattr(self, given, 1)", {"f", "*"}),
        ("def f(self, x):\n        setattr(self, f'set_{x}_{x.y}_request', 1)", {"f", "set_*_*_request"}),
        ("def f(self, x):\n        setattr(self, 'get_' + x, 1)", {"f", "get_*"}),
        ("def __init_subclass__(cls, x):\n        setattr(cls, x, 1)", {"__init_subclass__", "*"}),
        ("def f(self, given): self.__dict__.update(given)", {"f", "*"}),
        ("def f(self, name): self.__dict__[name] = 1", {"f", "*"}),
        ("def f(self): self.__dict__ = self", {"f", "__dict__", "*"}),
        ("def f(self): vars(self).update(a=1)", {"f", "*"}),
        ("locals()['g'] = 1", {"*"}),
        ("def f(self): return self.__dict__.copy(), vars(self), locals()", {"f"}),
        ("def f(self): return len(self), Other(self), check(self), self.g(self)", {"f"}),
        ("def __setstate__(self, state): self.__dict__.update(state)", {"__setstate__"}),
        ("def set_params(self, key, value): setattr(self, key, value)", {"set_params"}),
        ("__slots__ = ('a', 'b')", {"__slots__", "a", "b"}),
    ],
)
def test_members_that_a_class_gives_itself(body: str, members: set[str]) -> None:
    code = scan(f"class C:\n    {body}\n", "m", is_package=False, target=PY310)
    assert isinstance(code, Code)
    assert set(code.classes["C"].members) == members
    assert not code.classes["C"].dynamic


@pytest.mark.parametrize(
    ("source", "patches"),
    [
        ("import p\np.gone = 1", {"p.gone", ".gone"}),
        ("import p\nsetattr(p.C, 'gone', 1)", {"p.C.gone", ".gone"}),
        ("import p\ndef use(other):\n    setattr(p, other.name, other)", {"p.*"}),
        ("import sys\ndef f(other):\n    sys.modules['p.q'] = other", {"p.q.*"}),
        ("def init(app):\n    app.manager = 1", {".manager"}),
        ("class C:\n    def f(self):\n        self.x = 1", set()),
        ("class C:\n    def f(self):\n        self.app.x = 1", {".x"}),
    ],
)
def test_attributes_that_others_are_given(source: str, patches: set[str]) -> None:
    code = scan(source, "m", is_package=False, target=PY310)
    assert isinstance(code, Code)
    assert code.patches == patches


def test_source_that_is_too_much_for_this_host_is_not_called_broken() -> None:
    code = scan("x = 1 " + "+ 1" * 50_000, "m", is_package=False, target=Target(python=(3, 10)))
    assert isinstance(code, Code)  # some Pythons parse it, others give up
    assert code.dynamic or code.names == {"x"}


@pytest.mark.parametrize(
    ("source", "sure"),
    [
        ("[p.x[n] for n in ['a', 'b']]", True),
        ("NAMES = ('a',)\n{n: p.x[n] for n in NAMES}", True),
        ("for n in ['a']:\n    p.x", True),
        ("(p.x[n] for n in ['a'])", False),
        ("[p.x[n] for n in NAMES]", False),
        ("NAMES = ()\n[p.x[n] for n in NAMES]", False),
        ("NAMES = ['a']\nNAMES = f()\n[p.x[n] for n in NAMES]", False),
        ("[p.x[n] for n in ['a'] if n in y]", False),
        ("for n in [*y]:\n    p.x", False),
    ],
)
def test_what_goes_through_a_literal_is_certainly_reached(source: str, sure: bool) -> None:
    code = scan(f"import p\n{source}", "m", is_package=False, target=PY310)
    assert isinstance(code, Code)
    assert [use.sure for use in code.uses if use.name == "p.x"] == [sure]


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("import p\np.old = 1", []),
        ("import p\np.old.part = 1", ["p.old"]),
        ("import p\np = p.x", ["p.x"]),
        ("import p\ndel p.old", []),
        ("import p\np.y[p.x] = 1", ["p.x", "p.y"]),
    ],
)
def test_what_is_written_is_not_asked_for(source: str, uses: list[str]) -> None:
    code = scan(source, "m", is_package=False, target=PY310)
    assert isinstance(code, Code)
    assert sorted(use.name for use in code.uses if not use.module) == uses


def test_what_a_module_wrote_it_may_ask_for() -> None:
    code = scan("import p\np.old = 1\nx = p.old\ny = p.other", "m", is_package=False, target=PY310)
    assert isinstance(code, Code)
    assert {use.name: use.guarded for use in code.uses if not use.module} == {
        "p.old": True,
        "p.other": False,
    }


@pytest.mark.parametrize(
    ("source", "dynamic"),
    [
        ("def __dir__():\n    return globals().keys() | {'x'}", False),
        ("if 'x' in globals():\n    y = globals()['x']", False),
        ("def f(n):\n    globals()[n] = 1", True),
        ("f(globals())", True),
        ("g = globals()", True),
        ("globals().update(x())", True),
        ("@caching\nclass __getattr__:\n    x = property(f)", True),
        ("from p import __getattr__", True),
        ("@caching\ndef __getattr__(name):\n    raise AttributeError(name)", True),
        ("def __getattr__(name):\n    raise AttributeError(name)", False),
        ("class C:\n    def __getattr__(self, name): ...", False),
    ],
)
def test_who_only_looks_at_names_makes_none_up(source: str, dynamic: bool) -> None:
    code = scan(source, "m", is_package=False, target=PY310)
    assert isinstance(code, Code)
    assert code.dynamic is dynamic
