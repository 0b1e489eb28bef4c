"""Lock files: ``pylock.toml``, ``uv.lock``, ``poetry.lock``, ``pdm.lock``, ``Pipfile.lock``.

A lock file that holds a graph says on its edges, not at the package, when a package is wanted: a pin's marker
is what leads there from the project.

https://packaging.python.org/en/latest/specifications/pylock-toml/
https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile
https://python-poetry.org/docs/basic-usage/#installing-with-poetrylock
https://pipenv.pypa.io/en/latest/pipfile.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from packaging.markers import InvalidMarker, Marker
from packaging.utils import canonicalize_name

from numlock.errors import BadInput
from numlock.model import Opaque, Pin, Where
from numlock.read.document import Document, Form
from numlock.read.files import Raw, decode
from numlock.read.placed import Placed, load_json, load_toml
from numlock.read.reach import Edge, Node, reach
from numlock.read.requirements import parse_version
from numlock.read.target import parse_python

_INDEXES = ("registry", "legacy")  # kinds of sources that are indexes
_PLACES = (
    "directory",
    "archive",
    "vcs",
    "git",
    "path",
    "url",
    "file",
)  # keys of what is installed from a place
Row = Mapping[str, Any]


def read_pylock(raw: Raw) -> Iterator[Document]:
    """PEP 751: a flat list of packages, each with its marker."""
    rows = _rows(load_toml(decode(raw.data), raw.path).get("packages"))
    yield _document(raw, Form.PYLOCK, (_entry(row, row.get("marker"), raw.path) for row in rows))


def pylock_rows(text: str, path: str) -> Iterator[tuple[Pin, Row]]:
    """The pins of a ``pylock.toml`` with all that it says of them."""
    for row in _rows(load_toml(text, path).get("packages")):
        if isinstance(entry := _entry(row, row.get("marker"), path), Pin):
            yield entry, row


def read_pdm(raw: Raw) -> Iterator[Document]:
    """A flat list of packages; one stands again for each of its extras."""
    rows = _rows(load_toml(decode(raw.data), raw.path).get("package"))
    yield _document(raw, Form.PDM, (_entry(row, row.get("marker"), raw.path) for row in rows))


def read_pipfile_lock(raw: Raw) -> Iterator[Document]:
    """Packages by name in two tables, with versions as ``==1.0``."""
    document = load_json(decode(raw.data), raw.path)
    rows = [
        {**row, "name": name}
        for section in ("default", "develop")
        for name, row in _table(document, section).items()
        if isinstance(row, dict)
    ]
    found = _document(raw, Form.PIPFILE, (_entry(row, row.get("markers"), raw.path) for row in rows))
    python = _table(_table(document, "_meta"), "requires").get("python_version")
    yield replace(found, python=parse_python(python, raw.path) if isinstance(python, str) else None)


def read_uv(raw: Raw) -> Iterator[Document]:
    """Packages with a graph over them; the project itself, and its workspace, are where it begins."""
    rows = _rows(load_toml(decode(raw.data), raw.path).get("package"))
    nodes = {_node(row): row for row in rows}
    edges, own = _uv_edges(nodes), [node for node, row in nodes.items() if _is_own(row)]
    wanted = reach([each for each in edges if each[:2] in {node[:2] for node in own}] or list(nodes), edges)
    entries = (
        _entry(row, wanted.get(node), raw.path)
        for node, row in nodes.items()
        if node in wanted and node not in own
    )
    yield _document(raw, Form.UV, entries)


def read_poetry(raw: Raw) -> Iterator[Document]:
    """Packages with their markers (from Poetry 2 on), or with a graph over them whose roots it does not name."""
    rows = _rows(load_toml(decode(raw.data), raw.path).get("package"))
    nodes = {_node(row): row for row in rows}
    edges = _poetry_edges(nodes)
    inner = {edge.to for each in edges.values() for edge in each}
    wanted = reach([node for node in nodes if node not in inner], edges)
    entries = (
        _entry(row, _poetry_marker(row["markers"]) if "markers" in row else wanted.get(node), raw.path)
        for node, row in nodes.items()
    )
    yield _document(raw, Form.POETRY, entries)


def _document(raw: Raw, form: Form, entries: Iterator[Pin | Opaque | None]) -> Document:
    found = tuple(entry for entry in entries if entry is not None)
    return Document(where=Where(path=raw.path), entries=found, form=form, files=(raw,))


def _entry(row: Row, marker: object, path: str) -> Pin | Opaque | None:
    """A package as a pin where an index has it; None where it states no version and no place either."""
    name, version = row.get("name"), row.get("version")
    if not isinstance(name, str):
        raise BadInput("pins-invalid", "has a package without a name", where=path)
    line = version.line if isinstance(version, Placed) else getattr(name, "line", None)
    where = Where(path=path, line=line)
    if not _is_indexed(row):
        return Opaque(text=str(name), where=where, name=canonicalize_name(name))
    if not isinstance(version, str):
        return None
    written = version.removeprefix("==")
    extras = row.get("extras")
    return Pin(
        name=canonicalize_name(name),
        spelled=str(name),
        version=parse_version(written, where),
        written=str(written),
        text=(f"{name}==", ""),
        where=where,
        extras=frozenset(canonicalize_name(each) for each in extras if isinstance(each, str))
        if isinstance(extras, list)
        else frozenset(),
        marker=_marker(marker, where),
    )


def _is_indexed(row: Row) -> bool:
    source = row.get("source")
    if isinstance(source, dict):
        return "registry" in source or str(source.get("type", "")) in _INDEXES
    return not any(key in row for key in _PLACES)


def _is_own(row: Row) -> bool:
    """Whether uv installs this package from the project's own folder, or does not install it at all."""
    source = row.get("source")
    return isinstance(source, dict) and bool({"editable", "virtual"} & source.keys())


def _marker(text: object, where: Where) -> Marker | None:
    try:
        return Marker(text) if isinstance(text, str) and text.strip() else None
    except (InvalidMarker, RecursionError) as error:
        raise BadInput("pins-invalid", f"{str(text)[:100]!r} is no marker", where=str(where)) from error


def _poetry_marker(found: object) -> str | None:
    """One marker, or one a group; groups without one are not listed."""
    if isinstance(found, dict):
        return " or ".join(f"({each})" for each in found.values() if isinstance(each, str))
    return str(found)


def _uv_edges(nodes: Mapping[Node, Row]) -> dict[Node, list[Edge]]:
    versions = _versions(nodes)
    edges: defaultdict[Node, list[Edge]] = defaultdict(list)
    for node, row in nodes.items():
        groups = [_rows(row.get("dependencies")), *map(_rows, _table(row, "dev-dependencies").values())]
        wants = [(node, group) for group in groups]
        wants += [
            (node._replace(extra=name), _rows(group))
            for name, group in _table(row, "optional-dependencies").items()
        ]
        for origin, group in wants:
            edges[origin] += [edge for want in group for edge in _uv_edge(want, versions)]
    return edges


def _uv_edge(want: Row, versions: Mapping[str, list[str]]) -> Iterator[Edge]:
    """The package that is wanted, in the version that is named or in each that there is, and its extras."""
    name, marker, extras = want.get("name"), want.get("marker"), want.get("extra")
    named = want.get("version")
    chosen = [named] if isinstance(named, str) else versions.get(str(name), [])
    for version in chosen:
        for extra in ("", *(extras if isinstance(extras, list) else [])):
            yield Edge(Node(str(name), str(version), str(extra)), marker if isinstance(marker, str) else None)


def _poetry_edges(nodes: Mapping[Node, Row]) -> dict[Node, list[Edge]]:
    """What each package wants; what it wants for an extra only is left out."""
    versions = _versions(nodes)
    edges: defaultdict[Node, list[Edge]] = defaultdict(list)
    for node, row in nodes.items():
        for name, found in _table(row, "dependencies").items():
            for want in found if isinstance(found, list) else [found]:
                marker = want.get("markers") if isinstance(want, dict) else None
                if isinstance(want, dict) and want.get("optional"):
                    continue
                key = canonicalize_name(name)
                edges[node] += [
                    Edge(Node(key, each), marker and str(marker)) for each in versions.get(key, [])
                ]
    return edges


def _node(row: Row) -> Node:
    return Node(canonicalize_name(str(row.get("name"))), str(row.get("version")))


def _versions(nodes: Mapping[Node, Row]) -> dict[str, list[str]]:
    versions: defaultdict[str, list[str]] = defaultdict(list)
    for node in nodes:
        versions[node.name].append(node.version)
    return versions


def _rows(found: object) -> list[Row]:
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _table(row: Row, key: str) -> Row:
    found = row.get(key)
    return found if isinstance(found, dict) else {}
