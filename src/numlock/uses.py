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
    """What the project's own files use, each with its file, and what of others they write.

    Guarded uses are the project's own affair.

    Of a crash, only files that it went through are certain to be imported; what others use counts like a function's.
    """
    found: list[tuple[str, Use]] = []
    patched: set[str] = set()
    files = list(project)
    for (path, _), code in zip(files, facts.own_codes(files), strict=True):
        certain = not died or any(_is_file(path, file) for file in died)
        if isinstance(code, Code):
            uses = (use for use in code.uses if use.sure and not use.guarded and not use.rescues)
            found += [(path, use._replace(at_import=use.at_import and certain)) for use in uses]
            patched |= code.patches
    return found, frozenset(patched)


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
