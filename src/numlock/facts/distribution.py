"""What one distribution says of itself: its requirements and the modules that it installs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from numlock.facts.archive import Archive, Unreadable
from numlock.facts.metadata import metadata_version, requires_dist, requires_txt
from numlock.model import File

# What can be imported, or is loaded by what is; the rest of a file list is headers, data and licences.
_KEPT = re.compile(r"\.(?:py|pyi|so|pyd|dll|dylib|pth)$|\.so(?:\.\d+)+$")
_DATA = re.compile(r"^[^/]+\.data/(?:purelib|platlib)/")
_BESIDE = re.compile(r"^[^/]+\.(?:data|dist-info|egg-info)/")
# What is there for Python 3 goes before: PyYAML keeps another ``yaml`` in ``lib`` and ``lib3``.
_FOLDERS = ("lib3/", "python3/", "py3/", "src3/", "src/", "lib/", "Lib/", "python/")
_NATIVE = r"\.(?:c|cc|cpp|cxx|f|f90)$"
_MODULE = re.compile(rf"\.(?:py|pyi|pyx)$|/.*{_NATIVE}")  # in a source archive
_TO_BE_COMPILED = re.compile(rf"\.pyx$|{_NATIVE}")
_BESIDE_PACKAGES = re.compile(rf"\.(?:pyx|rs|cu)$|{_NATIVE}")
SOMEWHERE = "compiled_from_elsewhere.so"  # stands for extension modules of which only the sources are known
PATHS = "paths 2"  # what a row of paths is called; 2: with what source archives compile from elsewhere
_STATIC = (2, 2)  # from here on a source archive says which of its fields may be trusted
_NOT_INSTALLED = {
    "test",
    "tests",
    "doc",
    "docs",
    "examples",
    "example",
    "benchmarks",
    "tools",
    "setup.py",
    "conftest.py",
    "build",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """The Requires-Dist lines (None: they cannot be known without running code) and the importable paths."""

    requires: tuple[str, ...] | None
    paths: tuple[str, ...]
    why: str = ""


def describe(archive: Archive, file: File) -> Described:
    """Read a distribution's metadata and file list. Raises Unreadable."""
    return _describe_wheel(archive) if file.is_wheel else _describe_source(archive)


def _describe_wheel(archive: Archive) -> Described:
    metadata = next(
        (name for name in archive.names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)), None
    )
    if metadata is None:
        raise Unreadable("it has no METADATA")
    text = dict(archive.read([metadata]))[metadata].decode("utf-8", errors="replace")
    return Described(requires=requires_dist(text), paths=tuple(sorted(set(installed_paths(archive.names)))))


def installed_paths(names: Iterable[str]) -> Iterator[str]:
    """The paths below site-packages that a wheel's members are installed to, as far as they can matter."""
    for name in names:
        path = _DATA.sub("", name)
        if _KEPT.search(path) and not _BESIDE.match(path):
            yield path


def _describe_source(archive: Archive) -> Described:
    inside = _inside(archive)
    requires, why = _source_requires(archive, inside)
    members = source_members(archive)
    paths = set(members)
    if _compiles_more(archive, {path: name for path, name in inside.items() if name not in members.values()}):
        paths |= {f"{path.split('/')[0]}/{SOMEWHERE}" for path in members if _is_package(path)}
    return Described(requires=requires, paths=tuple(sorted(paths)), why=why)


def _compiles_more(archive: Archive, beside: Mapping[str, str]) -> bool:
    """Whether a source archive compiles what lies beside its modules, or what cffi makes up, into some package."""
    native = (path.split("/") for path in beside if "/" in path and _BESIDE_PACKAGES.search(path))
    if any(_NOT_INSTALLED.isdisjoint(parts) for parts in native):
        return True
    return "cffi_modules" in _text(archive, beside.get("setup.py"))


def _source_requires(archive: Archive, inside: Mapping[str, str]) -> tuple[tuple[str, ...] | None, str]:
    info = _text(archive, inside.get("PKG-INFO"))
    if metadata_version(info) >= _STATIC and not re.search(
        r"^Dynamic:\s*Requires-Dist", info, re.MULTILINE | re.I
    ):
        return requires_dist(info), ""
    if (listed := _egg_info(inside, "requires.txt")) is not None:
        return tuple(requires_txt(_text(archive, listed))), ""
    if any(re.search(r"\.egg-info/(?:PKG-INFO|SOURCES\.txt)$", name) for name in inside):
        return (), ""  # setuptools writes requires.txt wherever there is a requirement
    if found := requires_dist(info):
        return found, ""
    return None, "a source archive that does not state its requirements; its code is not run"


def source_members(archive: Archive) -> dict[str, str]:
    """The modules of a source archive by where they would be installed to.

    Guessed from the usual layouts, and held against what setuptools wrote down of the top level: a folder that is
    installed under another name, or not at all, is no module.
    """
    inside = _inside(archive)
    found = _guessed(inside)
    tops = set(_text(archive, _egg_info(inside, "top_level.txt")).split())
    return {path: name for path, name in found.items() if not tops or re.split(r"[./]", path)[0] in tops}


def is_translated(archive: Archive) -> bool:
    """Whether a source archive's modules are Python 2 that is translated where it is built: what is read is not run."""
    return "2to3" in _text(archive, _inside(archive).get("setup.py"))


def is_chosen(archive: Archive) -> bool:
    """Whether a source archive has single modules for several Pythons, of which the one at its root is but one."""
    setup = _text(archive, _inside(archive).get("setup.py"))
    return "package_dir" in setup and "version_info" in setup


def _guessed(members: Mapping[str, str]) -> dict[str, str]:
    """Packages at its root, else below ``src`` and its like, else single modules; single modules beside packages."""
    modules = {
        _TO_BE_COMPILED.sub(".so", path): name for path, name in members.items() if _MODULE.search(path)
    }
    for wanted in (_is_package, _is_module):
        for folder in ("", *_FOLDERS):
            inside = {
                path.removeprefix(folder): name for path, name in modules.items() if path.startswith(folder)
            }
            tops = {path.split("/")[0] for path in inside if wanted(path)} - _NOT_INSTALLED
            tops -= {each.rstrip("/") for each in _FOLDERS}
            if tops:
                tops |= {path for path in inside if _is_module(path)} - _NOT_INSTALLED
                return {path: name for path, name in inside.items() if path.split("/")[0] in tops}
    return {}


def _is_package(path: str) -> bool:
    return re.fullmatch(r"[^/]+/__init__\.(?:py|pyi|so)", path) is not None


def _is_module(path: str) -> bool:
    return "/" not in path


def _inside(archive: Archive) -> dict[str, str]:
    """The members of an archive by their paths below the one folder that it packs everything into."""
    tops = {name.split("/", 1)[0] for name in archive.names if "/" in name}
    root = f"{next(iter(tops))}/" if len(tops) == 1 else ""
    return {name.removeprefix(root): name for name in archive.names}


def _egg_info(inside: Mapping[str, str], name: str) -> str | None:
    """The member of that name which setuptools wrote of the distribution itself."""
    pattern = re.compile(rf"(?:[^/]+/)?[^/]+\.egg-info/{re.escape(name)}")
    return next((member for path, member in inside.items() if pattern.fullmatch(path)), None)


def _text(archive: Archive, name: str | None) -> str:
    if name is None:
        return ""
    return dict(archive.read([name])).get(name, b"").decode("utf-8", errors="replace")
