"""The code of releases, module by module: read when asked for, kept as compact facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import ModuleType

from numlock.facts.code import FORMAT, code_of, row_of, scan
from numlock.facts.code.hooks import ANY, may_make
from numlock.facts.distribution import SOMEWHERE
from numlock.facts.layout import Layout
from numlock.facts.reading import Reading
from numlock.facts.store import Store
from numlock.model import ClassCode, Code, Contents, Key, Shape, Target, Unknown, Unparsed, Use, Uses

UNREADABLE = "too large, packed in an unusual way, or translated when it is built"
HOOKS = " hooks"  # ends the aspect of code that says what it puts into the import system
_HOPS = 8  # re-exports and star imports followed, one behind the other
_EVERY = frozenset(
    {*dir(ModuleType), "__file__", "__path__", "__cached__", "__builtins__"}
)  # what each module has
_FEW = 2  # public names of a module that may be there for others to fill
_MODULES = 3_000  # modules that an import may pull in before it is called unknown


class Modules(Layout):
    """The modules of one release on one target."""

    def __init__(
        self,
        key: Key,
        identity: str,
        contents: Contents,
        target: Target,
        store: Store,
        reading: Reading,
        *,
        from_source: bool = False,
    ) -> None:
        super().__init__(contents.paths)
        self.key = key
        self._from_source = from_source
        # A source archive lists what is compiled by its sources, and not where that ends up.
        self._to_be_built = from_source and self.is_compiled
        self._built_anywhere = from_source and any(path.endswith(f"/{SOMEWHERE}") for path in contents.paths)
        self._target = target
        self._store = store
        self._reading = reading
        self._aspect = f"code {FORMAT} {target.scope}"
        self._identity = identity
        self._known: dict[str, Code | Unparsed | None] = {}
        self.has_gaps = False  # whether source that was asked for could not be read
        self._hooks: dict[str, frozenset[str]] = {}
        self._touched: dict[str, frozenset[str]] = {}
        self._offered: dict[tuple[str, str | None, bool, bool], bool | None] = {}
        self._defined: dict[tuple[str, str], tuple[str, str] | None] = {}

    def is_guessed(self, top: str) -> bool:
        """Whether a single module lies in a source archive, which may not install it."""
        return self._from_source and not (self.path(top) or "").endswith("/__init__.py")

    # --- reading -------------------------------------------------------------------------------

    def unread(self, modules: Iterable[str]) -> dict[str, str]:
        """Those of these modules that neither this object nor the store knows, with their paths."""
        asked = {module: self.path(module) for module in modules if module not in self._known}
        paths = {module: path for module, path in asked.items() if path is not None}
        self._known |= dict.fromkeys(asked.keys() - paths.keys())
        rows = {self._row(path): module for module, path in paths.items()}
        stored = self._store.distributions(rows, self._aspect)
        self._known |= {rows[row]: code_of(body) for row, body in stored.items()}
        return {module: path for module, path in paths.items() if module not in self._known}

    def keep(self, texts: Mapping[str, str | Unknown | None]) -> None:
        """Take in the sources of modules, as far as they could be read."""
        fresh: dict[str, object] = {}
        for module, text in texts.items():
            path = self.path(module)
            code = self._read(module, path, text) if path is not None else None
            self._known[module] = code
            if path is None or code is None:
                self.has_gaps = True
            else:
                fresh[self._row(path)] = row_of(code)
        self._store.put_distributions(fresh, self._aspect)

    def _read(self, module: str, path: str, text: str | Unknown | None) -> Code | Unparsed | None:
        """What a source says; nothing where it is not there or cannot be read for good, None where it may be later."""
        if not isinstance(text, str):
            for_good = text is None or text.why == UNREADABLE
            return Code(names=frozenset(), dynamic=True) if for_good else None
        code = scan(text, module, is_package=path.endswith("/__init__.py"), target=self._target)
        if isinstance(code, Code):
            code = replace(code, uses=Uses.of(use for use in code.uses if self._tells(use)))
        return code

    def _tells(self, use: Use) -> bool:
        """What functions use of their own release is not kept: it tells nothing of others, and is half of all."""
        return use.at_import or not self.has(".".join(use.name.split(".", 2)[:2]))

    def _row(self, path: str) -> str:
        return f"{self._identity} {path}"

    def code(self, modules: Iterable[str]) -> dict[str, Code | Unparsed | None]:
        """What modules offer and use; None where there is no source to read."""
        asked = list(modules)
        if not self._known.keys() >= set(asked):
            self._reading.codes([(self, asked)])
        return {module: self._known.get(module) for module in asked}

    def _code(self, module: str) -> Code | Unparsed | None:
        """That of one module, which costs nothing where it is known."""
        return self._known[module] if module in self._known else self.code([module])[module]

    # --- questions -----------------------------------------------------------------------------

    def offers(
        self, module: str, name: str | None, *, attribute: bool = False, plain: bool = False
    ) -> bool | None:
        """Whether a module, or a name in it, is there; None where the sources do not tell.

        A submodule can be imported from its package always; it is an ``attribute`` of it only where it was imported.
        ``plain``: names that a module may make up when it runs are left out of account.
        """
        question = (module, name, attribute, plain)
        if question not in self._offered:
            self._offered[question] = self._offers(module, name, attribute=attribute, plain=plain)
        return self._offered[question]

    def _offers(self, module: str, name: str | None, *, attribute: bool, plain: bool) -> bool | None:
        if not self.has(module):
            return None if self._to_be_built or self._made_up(module) else False
        if name is None:
            return True
        submodule = f"{module}.{name}"
        if self.has(submodule) and (not attribute or submodule in self.reached([module])):
            return True
        found = self._has_name(module, name, plain, _HOPS)
        if found is False and self._may_be_built(module, name):
            return None
        return None if found is False and not plain and self._may_be_given(module, name) else found

    def _may_be_built(self, module: str, name: str) -> bool:
        """Whether a name of a package may be an extension module that a source archive builds nobody knows where."""
        if not (self.path(module) or "").endswith("/__init__.py"):
            return False
        return self._built_anywhere or (
            self._to_be_built and name.startswith("_") and not name.startswith("__")
        )

    def _may_be_given(self, module: str, name: str) -> bool:
        """Whether a module may get a name from elsewhere than from its source."""
        return self._hooked(module, name) or self._is_filled(module)

    def _is_filled(self, module: str) -> bool:
        """Whether a module holds next to nothing, as one does that an extension module beside it puts names into."""
        code, path = self._code(module), self.path(module) or ""
        if not isinstance(code, Code) or code.stars or path.endswith("/__init__.py"):
            return False
        shown = [name for name in code.names if not name.startswith("_")]
        parent = module.rpartition(".")[0]
        return len(shown) <= _FEW and any(each.rpartition(".")[0] == parent for each in self.all_compiled())

    def _hooked(self, module: str, name: str | None = None) -> bool:
        """Whether a module, or one that it imports from its own release, may put what no source shows in its place.

        Or right below it, there a module of this ``name`` or of any. Where modules are compiled, too, one that does
        anything of the kind is taken to do more than its source shows: torch fills ``torch.sparse`` from C.
        """
        if module not in self._touched:
            self._touched[module] = self._touches(module)
        if self.is_compiled and self._touched[module]:
            return True
        return any(may_make(hook, module, name) for hook in self._touched[module])

    def _touches(self, module: str) -> frozenset[str]:
        """What a module, and those that it imports from its own release, put into the import system."""
        code = self._code(module)
        if not isinstance(code, Code):
            return frozenset({ANY})
        imported = {place for use in code.uses if use.at_import for place in _with_parents(use.name)}
        return code.hooks | self._hooks_of(place for place in sorted(imported) if place in self._paths)

    def _hooks_of(self, modules: Iterable[str]) -> frozenset[str]:
        """What these modules put into the import system: kept apart, since many are asked for no more."""
        aspect = f"{self._aspect}{HOOKS}"
        paths = {module: path for module in modules if (path := self.path(module)) is not None}
        rows = {self._row(path): module for module, path in paths.items() if module not in self._hooks}
        self._hooks |= {
            rows[row]: frozenset(body) for row, body in self._store.distributions(rows, aspect).items()
        }
        fresh = [module for module in rows.values() if module not in self._hooks]
        found = {
            module: code.hooks if isinstance(code, Code) else frozenset[str]()
            for module, code in (self.code(fresh) if fresh else {}).items()
        }
        self._store.put_distributions(
            {
                self._row(paths[module]): sorted(hooks)
                for module, hooks in found.items()
                if self._known[module]
            },
            aspect,
        )
        self._hooks |= found
        return frozenset().union(*(self._hooks[module] for module in paths))

    def _made_up(self, module: str) -> bool:
        """Whether a module that has no file may come into being when its parent runs; an attribute is no module."""
        parent = module.rpartition(".")[0]
        if not parent or not self.has(parent):
            return bool(parent) and self._made_up(parent)
        return self._hooked(parent)

    def _has_name(self, module: str, name: str, plain: bool, left: int) -> bool | None:
        if name in _EVERY:
            return True
        code = self._code(module)
        if not isinstance(code, Code):
            return None if self._to_be_built or module in self._paths else False
        if name in code.names or name in code.removed:
            return name in code.names
        answers = [
            self._through(star, name, plain, left) if left and self.has(star) else None for star in code.stars
        ]
        if True in answers:
            return True
        return None if (code.dynamic and not plain) or None in answers else False

    def _through(self, star: str, name: str, plain: bool, left: int) -> bool | None:
        """Whether a star import brings a name; None where ``__all__`` is there and does not tell."""
        exported = self._exports(star, name, _HOPS)
        if exported is False:
            return False
        found = self._has_name(star, name, plain, left - 1)
        code = self._code(star)
        untold = exported is None and isinstance(code, Code) and "__all__" in code.names and not code.exports
        return None if found and untold and not plain else found

    def _exports(self, module: str, name: str, left: int) -> bool | None:
        """Whether a star import takes a name over; None where ``__all__`` does not tell."""
        code = self._code(module) if left and self.has(module) else None
        if not isinstance(code, Code) or code.exports is None:
            return None
        if name in code.exports:
            return True
        others = [self._exports(each[1:], name, left - 1) for each in code.exports if each.startswith("*")]
        return True if True in others else None if None in others else False

    def definition(self, module: str, name: str) -> tuple[str, str] | None:
        """The module of this release that defines a name, and its name there; re-exports are followed."""
        if (module, name) not in self._defined:
            self._defined[module, name] = self._definition(module, name)
        return self._defined[module, name]

    def _definition(self, module: str, name: str) -> tuple[str, str] | None:
        for _ in range(_HOPS):
            code = self._code(module)
            if not isinstance(code, Code):
                return None
            if name in code.imported:
                module, _, name = code.imported[name].rpartition(".")
            elif name in code.names:
                return module, name
            else:
                star = next((each for each in code.stars if self.offers(each, name)), None)
                if star is None:
                    return None
                module = star
            if not self.has(module):
                return None
        return None

    def shape(self, module: str, name: str) -> Shape | None:
        """The parameters of a function, or of a class's own ``__init__``; None where they are not certain."""
        found = self.definition(module, name)
        code = self._code(found[0]) if found else None
        if found is None or not isinstance(code, Code):
            return None
        if (kind := code.classes.get(found[1])) is not None:
            odd = kind.dynamic or "__new__" in kind.members or None in kind.bases
            return None if odd else code.shapes.get(f"{found[1]}.__init__")
        return code.shapes.get(found[1])

    def member(self, module: str, kind: str, name: str, *, plain: bool = False) -> bool | None:
        """Whether a class has a member, of its own or from its bases; None where that cannot be told.

        ``plain``: what a class may make up when it runs is left out of account, and so are bases from elsewhere.
        """
        found = self._member(module, kind, name, _HOPS)
        known = plain and found is None and self._class(module, kind) is not None
        return False if known else found

    def _class(self, module: str, kind: str) -> ClassCode | None:
        found = self.definition(module, kind)
        code = self._code(found[0]) if found else None
        return code.classes.get(found[1]) if found and isinstance(code, Code) else None

    def _member(self, module: str, kind: str, name: str, left: int) -> bool | None:
        found = self.definition(module, kind)
        code = self._code(found[0]) if found else None
        if found is None or not isinstance(code, Code) or found[1] not in code.classes or not left:
            return None
        described: ClassCode = code.classes[found[1]]
        if name in described.members:
            return True
        unsure = described.dynamic or described.may_have(name)
        answers: list[bool | None] = [None] if unsure else []
        for base in described.bases:
            at, _, last = (base or "").rpartition(".")
            if base is not None and last == "object":
                continue
            answers.append(self._member(at, last, name, left - 1) if at and self.has(at) else None)
        return True if True in answers else None if None in answers else False

    def bases(self, module: str, kind: str) -> tuple[str, ...]:
        """The bases of a class as dotted names, as far as they can be named."""
        found = self.definition(module, kind)
        code = self._code(found[0]) if found else None
        described = code.classes.get(found[1]) if found and isinstance(code, Code) else None
        return tuple(base for base in described.bases if base) if described else ()

    def reached(self, entries: Iterable[str]) -> dict[str, Code | Unparsed | None]:
        """Every module of the release that importing ``entries`` imports, in rounds, with its code."""
        found: dict[str, Code | Unparsed | None] = {}
        pending = {parent for entry in entries if self.has(entry) for parent in _with_parents(entry)}
        while pending and len(found) < _MODULES:
            codes = self.code(sorted(pending))
            found |= codes
            read = [code for code in codes.values() if isinstance(code, Code)]
            imported = {use.name for code in read for use in code.uses if use.at_import}
            candidates = {parent for name in imported for parent in _with_parents(name)}
            pending = {module for module in candidates if module in self._paths} - found.keys()
        return found

    def calls(self, modules: Iterable[str]) -> Iterator[tuple[str, Use]]:
        """Every use in these modules, with the module that it stands in."""
        for module, code in self.code(modules).items():
            if isinstance(code, Code):
                yield from ((module, use) for use in code.uses)


def _with_parents(module: str) -> list[str]:
    """``a.b.c`` to ``a``, ``a.b``, ``a.b.c``: importing a module imports the packages around it."""
    parts = module.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]
