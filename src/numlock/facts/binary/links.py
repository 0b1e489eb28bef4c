"""From an extension module's file to what it asks of other packages' binaries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from numlock.facts.binary.image import Image, read_image
from numlock.facts.binary.machine import Calls
from numlock.facts.data import Remember, parse_data
from numlock.model import API, Interface, Links, Step, Table, TypeImport

FORMAT = 3  # raised whenever the same file would be read differently
_DATA = Path(__file__).with_name("interfaces.yaml")
_TYPES = (
    b"size changed, may indicate binary incompatibility"  # Cython compares sizes of the types that it imports
)
_MODULE = re.compile(r"(?!__)[A-Za-z_]\w*(?:\.\w+)*")
_NAME = re.compile(r"[A-Za-z_]\w*")
_SIZES = range(16, 1 << 20)  # bytes that an object may have


def read_links(path: str, data: bytes) -> Links:
    """What the extension module at a path asks for. Raises NotABinary."""
    image = read_image(data)
    calls = Calls(image)
    tables = (_table(image, calls, data, each) for each in _documents())
    types = _types(calls) if _TYPES in data else ()
    own = {path.partition("/")[0].partition(".")[0], "builtins", "__builtin__"}
    return Links(
        path=path,
        tables=tuple(table for table in tables if table),
        types=tuple(sorted({each for each in types if each.module.partition(".")[0] not in own})),
        needed=image.needed,
    )


def _table(image: Image, calls: Calls, data: bytes, described: Mapping[str, Any]) -> Table | None:
    """The table of an interface, where a module names both it and a module that it may come from."""
    named = [
        each["abi"]
        for each in described["named"]
        if any(re.search(rb"(?<![\w.])" + re.escape(module.encode()), data) for module in each["modules"])
    ]
    if described["table"].encode() not in data or not named:
        return None
    numbers = {step["number"] for step in described["steps"][API]}
    found = {
        number
        for message in described["api_check"]
        for address in image.find(message.encode())
        if (number := calls.number_after(address)) in numbers
    }
    return Table(
        canonicalize_name(described["package"]),
        abi=max(named),
        api=found.pop() if len(found) == 1 else None,
        checked=described["abi_check"].encode() in data,
    )


def _types(calls: Calls) -> Iterator[TypeImport]:
    """The types whose sizes a Cython module compares: it hands module, name and size to one function.

    Of other triples, such as function, file and line for a traceback, hardly any has a dotted module in front.
    """
    tops = {each["top"] for each in _documents()}
    for module, name, size in calls.triples():
        dotted = "." in module or module in tops
        if size in _SIZES and dotted and _MODULE.fullmatch(module) and _NAME.fullmatch(name):
            yield TypeImport(module, name, size)


@lru_cache(maxsize=8)
def interfaces(remember: Remember | None = None) -> tuple[Interface, ...]:
    """The C interfaces that are described."""
    return tuple(_interface(each) for each in _documents(remember))


def _interface(described: Mapping[str, Any]) -> Interface:
    low, high = map(Version, described["known"])
    return Interface(
        package=canonicalize_name(described["package"]),
        top=described["top"],
        known=(low, high),
        steps={
            what: tuple(
                Step(Version(each["since"]), each["number"], each.get("published"), each.get("released"))
                for each in steps
            )
            for what, steps in described["steps"].items()
        },
        links=tuple(described["links"]),
        lenient=tuple(described["lenient"]),
    )


@lru_cache(maxsize=8)
def _documents(remember: Remember | None = None) -> tuple[Mapping[str, Any], ...]:
    return tuple(parse_data(_DATA.read_text(encoding="utf-8"), remember))
