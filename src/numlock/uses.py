"""What the project imports and uses, as a crash's frames and the project's own files show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from numlock.facts import Facts, module_of, scan
from numlock.model import Code, Crash, Frame, Place, Target, Use


def entries(crash: Crash) -> Iterator[str]:
    """The modules of libraries that the crash's frames show to be imported."""
    for frame in crash.frames:
        module = module_of(frame.inside) if frame.place is Place.LIBRARY and frame.inside else None
        if module:
            yield module


def crash_uses(crash: Crash, target: Target) -> Iterator[tuple[str, Use]]:
    """What the lines of the project that the crash went through import, and the modules that they called into."""
    for frame, outer in zip(crash.frames, (None, *crash.frames), strict=False):
        if frame.place is Place.PROJECT and frame.code:
            code = scan(frame.code, "__main__", is_package=False, target=target)
            if isinstance(code, Code):
                yield from ((frame.file, use._replace(line=frame.line or 0)) for use in code.uses)
        elif outer is not None and outer.place is Place.PROJECT and frame.place is Place.LIBRARY:
            module = module_of(frame.inside or "")
            if module:
                yield outer.file, Use(module, outer.line or 0, module=True)


def source_uses(
    project: Iterable[tuple[str, str]], facts: Facts, died: list[str]
) -> tuple[list[tuple[str, Use]], frozenset[str]]:
    """What the project's own files use of others, each with its file, and what of others they write.

    Guarded uses are the project's own affair, and so is what it asks of packages and modules of its own, whatever else
    may have their names. Of a crash, only files that it went through are certain to be imported; what others use counts
    like a function's.
    """
    found: list[tuple[str, Use]] = []
    patched: set[str] = set()
    files = list(project)
    own = _Own(path for path, _ in files)
    for (path, _), code in zip(files, facts.own_codes(files), strict=True):
        certain = not died or any(_is_file(path, file) for file in died)
        if isinstance(code, Code):
            names = own.seen_from(path)
            found += [
                (path, use._replace(at_import=use.at_import and certain))
                for use in _relied_on(code)
                if use.top not in names
            ]
            patched |= code.patches | {each for hook in code.hooks for each in (hook, f"{hook}.*")}
    return found, frozenset(patched)


def _relied_on(code: Code) -> Iterator[Use]:
    """What a file cannot do without: nothing that it tries, nor lines that need what a trial brought."""
    tried = [use for use in code.uses if use.guarded and not use.module]
    expected = {use.name for use in tried}
    ready = {use.name for use in tried if use.at_import}
    for use in code.uses:
        names = use.name.split(".")
        around = {".".join(names[:count]) for count in range(1, len(names) + 1)}
        missed = around & (ready if use.at_import else expected)
        if use.sure and not (use.guarded or use.rescues or missed):
            yield use


class _Own:
    """The project's own top-level names: its packages that lie in no other one, and modules beside scripts."""

    def __init__(self, paths: Iterable[str]) -> None:
        placed = [path.removesuffix(".py").rpartition("/") for path in paths]
        packages = {folder for folder, _, stem in placed if stem == "__init__"}
        outside = (folder.rpartition("/") for folder in packages if folder)
        self._packages = {name for around, _, name in outside if around not in packages}
        self._modules: dict[str, set[str]] = {"": set()}
        for folder, _, stem in placed:
            if folder not in packages:
                self._modules.setdefault(folder, set()).add(stem)

    def seen_from(self, path: str) -> set[str]:
        """The names that a file finds in the project, wherever it is run from."""
        folder = path.rpartition("/")[0]
        return self._packages | self._modules[""] | self._modules.get(folder, set())


def frame_uses(frame: Frame | None, project: Iterable[tuple[str, str]], facts: Facts) -> tuple[Use, ...]:
    """All that the project's file uses that a frame shows."""
    if frame is None or frame.place is not Place.PROJECT:
        return ()
    died = frame.file.replace("\\", "/")
    shown = [each for each in project if _is_file(each[0], died)]
    codes = facts.own_codes(shown[:1])
    return tuple(use for code in codes if isinstance(code, Code) for use in code.uses)


def _is_file(path: str, file: str) -> bool:
    """Whether a frame's file is the project's file of a path below its folder."""
    return file == path or file.endswith(f"/{path}")
