"""The functions and classes of a module, with the members that classes are given later."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from numlock.facts.code.nodes import replaced
from numlock.facts.code.refusals import Refuser
from numlock.facts.code.shapes import ANY, class_of, shape_of
from numlock.model import ClassCode, Shape


@dataclass
class Describer(Refuser):
    """A reader that keeps what the functions and classes of a module look like."""

    _classes: dict[str, ClassCode] = field(default_factory=dict)
    _shapes: dict[str, Shape | None] = field(default_factory=dict)
    _class: str | None = None

    def all_classes(self) -> dict[str, ClassCode]:
        """Every class of the top level; any of them may be given what the module gives to objects by computed names."""
        return {
            name: replace(each, members=each.members | self.computed) for name, each in self._classes.items()
        }

    def all_shapes(self) -> dict[str, Shape]:
        """The parameters of functions, methods as ``Class.method``."""
        return {name: shape for name, shape in self._shapes.items() if shape is not None}

    def resolve(self, name: str) -> str:
        """The full dotted name of a name at the top level: another module's, or this module's own."""
        return self.full(name) or f"{self.module}.{name}"

    def keep_shape(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Keep a function's parameters; of a name that is defined twice nothing is said."""
        if self.depth or self.classes_around > 1:
            return
        name = f"{self._class}.{node.name}" if self.classes_around else node.name
        twice = name in self._shapes or self.undecided > 0
        self._shapes[name] = None if twice else shape_of(node, method=self.classes_around > 0)

    def keep_class(self, node: ast.ClassDef, *, twice: bool) -> None:
        """Keep a class; ``twice``: its name stands for something else, too."""
        found = class_of(node, self.resolve)
        self._classes[node.name] = replace(found, dynamic=found.dynamic or twice)

    @contextmanager
    def inside_class(self, name: str) -> Iterator[None]:
        """While its body is read."""
        outer, self._class = self._class, name
        self.classes_around += 1
        yield
        self.classes_around -= 1
        self._class = outer

    def grown(self, target: ast.expr) -> None:
        """``C.member = ...`` below the class; ``sys.modules["package.module"] = ...``."""
        if module := replaced(target):
            self.patched.add(f"{module}.{ANY}")
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            known = self._classes.get(target.value.id)
            if known is not None:
                self._classes[target.value.id] = replace(known, members=known.members | {target.attr})

    def _call(self, node: ast.Call) -> None:
        """``add_methods(C)``: whoever is handed a class may add to its members."""
        super()._call(node)
        for each in node.args if self.is_top() else ():
            if isinstance(each, ast.Name) and each.id in self._classes:
                self._classes[each.id] = replace(self._classes[each.id], dynamic=True)
