"""The other way through the stages: pins without a crash in, what is known to be wrong with them out.

An error is certain: it follows from what the index and the releases themselves say, for every target that the pins may
be for. What cannot be known passes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from numlock import read
from numlock.audit import Asked, Audit
from numlock.errors import BadInput
from numlock.facts import Store, Transports
from numlock.model import Checked, Finding, Pin, Progress, Skipped
from numlock.read import apply

_USUAL = (
    "requirements.txt",
    "requirements/*.txt",
    "constraints.txt",
    "pylock.toml",
    "uv.lock",
    "poetry.lock",
)
_ROUNDS = 4  # of repairs, each of which may be for another target


def check(  # noqa: PLR0913  (the options of the command line)
    files: Sequence[str] = (),
    *,
    locks: Sequence[str] = (),
    pythons: Sequence[str] = (),
    platforms: Sequence[str] = (),
    projects: Sequence[str] = (),
    offline: bool = False,
    everything: bool = False,
    fix: bool = False,
    store: str | None = None,
    progress: Progress | None = None,
) -> Checked:
    """Judge every environment that files of pins describe; what is not given comes from ``[tool.numlock]``.

    Options are as the command line takes them; ``everything``: conflicts that were there before this change are errors,
    too; ``fix``: rewrite the files until nothing fails or nothing can be done, and tell how they are then. Raises
    NumlockError where the files or the options cannot be used.
    """
    configuration = read.read_configuration(Path.cwd())
    asked = Asked(
        locks=[read.parse_lock(each) for each in locks] or configuration.locks,
        pythons=tuple(read.parse_python(each, "--python") for each in pythons) or configuration.pythons,
        platforms=tuple(read.parse_platform(each, "--platform") for each in platforms)
        or configuration.platforms,
        projects=tuple(projects)
        or tuple(str(configuration.folder / each) for each in configuration.projects),
        ignore=configuration.ignore,
        offline=offline,
        everything=everything,
    )
    transports = Transports()
    with Store(store) as facts:
        written: list[str] = []
        for _ in range(_ROUNDS if fix else 1):
            notes: list[str] = []
            documents = list(_documents(files or _default_files(configuration), notes))
            audits = [Audit(each, asked, facts, transports, progress or Progress()) for each in documents]
            found = [(audit, audit.findings()) for audit in audits]
            news = list(_written(found, notes)) if fix else []
            written += news
            if not news:
                break
    return Checked(
        files=tuple(dict.fromkeys(each.where.path for each in documents)),
        findings=tuple(sorted((each for _, some in found for each in dict.fromkeys(some)), key=_place)),
        unknowns=tuple(dict.fromkeys(unknown for each in audits for unknown in each.unknowns)),
        notes=tuple(dict.fromkeys((*notes, *(note for each in audits for note in each.notes)))),
        written=tuple(dict.fromkeys(written)),
        read=_rests_on(files, documents, configuration),
        folders=asked.projects
        or tuple(dict.fromkeys(str(Path(each.where.path).parent) for each in documents)),
        heard=not transports.failed,
    )


def _rests_on(
    files: Iterable[str], documents: Iterable[read.Document], configuration: read.Configuration
) -> tuple[str, ...]:
    """Every file that a check has read, but the project's own; and where another configuration would stand."""
    raws = (raw for each in documents for one in (each, *each.sources) for raw in one.files)
    missing = (
        error.where for each in documents for error in each.invalid if error.reference == "pins-missing"
    )
    here = Path.cwd()
    nearer = [str(folder / read.CONFIGURATION) for folder in (here, *here.parents)]
    used = str(configuration.folder / read.CONFIGURATION)
    places = nearer[: nearer.index(used) + 1] if used in nearer else nearer
    return tuple(dict.fromkeys((*files, *(raw.path for raw in raws), *filter(None, missing), *places)))


def _written(found: Iterable[tuple[Audit, tuple[Finding, ...]]], notes: list[str]) -> Iterator[str]:
    """Rewrite what can be repaired; the files that were written."""
    for audit, findings in found:
        rewritten = audit.repair(findings)
        if isinstance(rewritten, Skipped):
            notes.append(f"not written: {rewritten.why}")
        elif rewritten is not None:
            notes += rewritten.notes
            apply(rewritten.edits)
            yield from (edit.path for edit in rewritten.edits)


def _documents(files: Iterable[str], notes: list[str]) -> Iterator[read.Document]:
    """The environments that files describe; a file that cannot be read as pins is noted and left alone.

    Raises BadInput where there is none.
    """
    found: list[Sequence[read.Document]] = []
    for path in dict.fromkeys(files):
        try:
            documents = read.read_documents(path)
        except BadInput as error:
            if error.reference == "pins-missing" and error.where == path:
                raise
            notes.append(f"left alone: {error}")
            continue
        if _is_something_else(documents[0]):
            notes.append(f"left alone: {documents[0].invalid[0]}")
        else:
            found.append(documents)
    for document in read.outermost(found):
        if any(isinstance(entry, Pin) for entry in document.entries):
            yield document


def _is_something_else(document: read.Document) -> bool:
    """Whether a file holds more lines that are no requirements than pins."""
    return len(document.invalid) > sum(isinstance(entry, Pin) for entry in document.entries)


def _default_files(configuration: read.Configuration) -> list[str]:
    patterns = configuration.files or _USUAL
    found = [path for pattern in patterns for path in sorted(configuration.folder.glob(pattern))]
    if not found:
        hint = "name files, or set files in [tool.numlock]"
        raise BadInput("no-pins", f"no file matches {', '.join(patterns)}", hint=hint)
    return [os.path.relpath(path) for path in dict.fromkeys(found)]


def _place(finding: Finding) -> tuple[str, int, str]:
    return finding.where.path, finding.where.line or 0, finding.conflict.kind.value
