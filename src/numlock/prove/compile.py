"""The referee: pip-tools says whether a plan closes, in a sealed index, with the locks as constraints."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from numlock.model import Closes, Key, Needs, Skipped
from numlock.prove.process import Finished, own_python, run, sealed_environment
from numlock.prove.sealed import write_wheel

_SECONDS = 120.0
_TAIL = 100_000  # characters of its last words that are looked at
_CLASH = re.compile(
    r"Requirement\('([^']{1,200})'\), parent=LinkCandidate\('[^']{1,999}/([^'/]{1,200}\.whl)'"
)
_OPTIONS = (
    "--no-index",
    "--no-header",
    "--no-annotate",
    "--no-emit-find-links",
    "--no-emit-index-url",
    "--no-emit-options",
    "--strip-extras",
    "--resolver=backtracking",
    "--pre",
    "--rebuild",
)


def close(
    versions: Mapping[NormalizedName, Version],
    needs: Sequence[Needs],
    locked: Iterable[NormalizedName],
    tolerated: Sequence[Needs] = (),
) -> Closes | Skipped:
    """Ask pip-tools whether ``versions`` resolve under ``needs`` to exactly themselves.

    Requirements on names outside ``versions`` and those in ``tolerated`` are left out of the sealed index, so that
    the rest is still judged. Skipped where pip-tools itself could not do its work.
    """
    judged = [need for need in needs if need.name in versions and need not in tolerated]
    with tempfile.TemporaryDirectory(prefix="numlock-") as name:
        folder = Path(name)
        _write_index(folder, versions, judged)
        done = _compile(folder, versions, locked)
    if done.returncode is None or done.returncode == 127:
        return Skipped(why=f"pip-tools: {done.stderr}")
    return _verdict(done, versions, tuple(tolerated))


def _write_index(folder: Path, versions: Mapping[NormalizedName, Version], needs: Sequence[Needs]) -> None:
    wheels = folder / "wheels"
    wheels.mkdir()
    for name, version in versions.items():
        release = Key(name, version)
        write_wheel(wheels, release, [need.requirement for need in needs if need.release == release])


def _compile(
    folder: Path, versions: Mapping[NormalizedName, Version], locked: Iterable[NormalizedName]
) -> Finished:
    source, constraints, output = (folder / name for name in ("plan.in", "locks.txt", "plan.txt"))
    source.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()), encoding="utf-8")
    constraints.write_text(
        "".join(f"{name}=={versions[name]}\n" for name in sorted(locked)), encoding="utf-8"
    )
    argv = own_python("-m", "piptools", "compile", *_OPTIONS)
    argv += ["--find-links", str(folder / "wheels"), "--constraint", str(constraints)]
    argv += ["--cache-dir", str(folder / "cache"), "--output-file", str(output), str(source)]
    done = run(argv, seconds=_SECONDS, environment=sealed_environment())
    compiled = output.read_text(encoding="utf-8") if output.exists() else ""
    return Finished(returncode=done.returncode, stdout=compiled, stderr=done.stderr)


def _verdict(
    done: Finished, versions: Mapping[NormalizedName, Version], tolerated: tuple[Needs, ...]
) -> Closes | Skipped:
    if done.returncode == 0:
        if dict(_pins(done.stdout)) == dict(versions):
            return Closes(ok=True, tolerated=tolerated)
        return Closes(ok=False, tolerated=tolerated, words="pip-tools compiled another set of pins")
    clashes = tuple(_clashes(done.stderr))
    if not clashes and "ResolutionImpossible" not in done.stderr:
        return Skipped(why=f"pip-tools ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    words = "; ".join(f"{release} requires {requirement}" for release, requirement in clashes)
    return Closes(ok=False, tolerated=tolerated, clashes=clashes, words=words or "ResolutionImpossible")


def _pins(text: str) -> Iterator[tuple[NormalizedName, Version]]:
    for line in text.splitlines():
        if found := re.fullmatch(r"([A-Za-z0-9._-]+)==(\S+)", line.strip()):
            yield canonicalize_name(found[1]), Version(found[2])


def _clashes(stderr: str) -> Iterator[tuple[Key, Requirement]]:
    """The releases and requirements that pip's resolver names as impossible together, from its exception's text."""
    for wanted, wheel in _CLASH.findall(stderr[-_TAIL:]):
        name, version, *_ = parse_wheel_filename(unquote(wheel))
        yield Key(name, version), Requirement(wanted)
