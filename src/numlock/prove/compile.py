"""The referee: pip-tools says whether a plan closes, in a sealed index, with the locks as constraints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename
from packaging.version import Version

from numlock.model import Closes, Key, Needs, Skipped
from numlock.prove.process import Finished, own_python, sealed_environment
from numlock.prove.sealed import write_wheel
from numlock.prove.workshop import Workshop

_SECONDS = 120.0
_TAIL = 100_000  # characters of its last words that are looked at
_CLASH = re.compile(
    r"Requirement\('([^']{1,200})'\), parent=LinkCandidate\('[^']{1,999}/([^'/]{1,200}\.whl)'"
)
_OPTIONS = (
    "--no-index",
    "--no-header",
    "--annotation-style=split",
    "--no-emit-find-links",
    "--no-emit-index-url",
    "--no-emit-options",
    "--strip-extras",
    "--resolver=backtracking",
    "--pre",
    "--rebuild",
    "--allow-unsafe",  # pip and setuptools are pins like others
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
    held = {name: versions[name] for name in locked}
    done = _compile(versions, _judged(needs, versions, tolerated), _exact(versions), _exact(held))
    verdict = _verdict(done, tuple(tolerated))
    if isinstance(verdict, Closes) and verdict.ok and dict(_pins(done.stdout)) != dict(versions):
        return Closes(ok=False, tolerated=tuple(tolerated), words="pip-tools compiled another set of pins")
    return verdict


def compile_from(
    asked: Iterable[Requirement],
    versions: Mapping[NormalizedName, Version],
    needs: Sequence[Needs],
    tolerated: Sequence[Needs] = (),
) -> dict[NormalizedName, frozenset[NormalizedName]] | Closes | Skipped:
    """Have pip-tools compile what a project asks for, with ``versions`` as constraints.

    Returns which packages each compiled package asks for, as the ``# via`` comments tell; the refusal where
    ``versions`` do not meet what is asked. Names outside ``versions``, and markers, do not count here.
    """
    source = [f"{each.name}{each.specifier}" for each in asked if canonicalize_name(each.name) in versions]
    done = _compile(versions, _judged(needs, versions, tolerated), source, _exact(versions))
    verdict = _verdict(done, tuple(tolerated))
    if isinstance(verdict, Skipped) or not verdict.ok:
        return verdict
    asking: dict[NormalizedName, set[NormalizedName]] = {name: set() for name, _ in _pins(done.stdout)}
    for name, origin in _origins(done.stdout):
        asking[origin].add(name)
    return {name: frozenset(found) for name, found in asking.items()}


def _judged(
    needs: Iterable[Needs], versions: Mapping[NormalizedName, Version], tolerated: Sequence[Needs]
) -> list[Needs]:
    return [need for need in needs if need.name in versions and need not in tolerated]


def _exact(versions: Mapping[NormalizedName, Version]) -> list[str]:
    return [f"{name}=={version}" for name, version in versions.items()]


def _write_index(folder: Path, versions: Mapping[NormalizedName, Version], needs: Sequence[Needs]) -> None:
    wheels = folder / "wheels"
    wheels.mkdir()
    for name, version in versions.items():
        release = Key(name, version)
        write_wheel(wheels, release, [need.requirement for need in needs if need.release == release])


def _compile(
    versions: Mapping[NormalizedName, Version],
    needs: Sequence[Needs],
    asked: Sequence[str],
    constraints: Sequence[str],
) -> Finished:
    """Run pip-compile over what is asked, in an index that holds ``versions`` alone; ``stdout``: what it wrote."""
    with Workshop() as workshop:
        folder = workshop.folder
        _write_index(folder, versions, needs)
        source, limits, output = (folder / each for each in ("plan.in", "limits.txt", "plan.txt"))
        source.write_text("".join(f"{line}\n" for line in asked), encoding="utf-8")
        limits.write_text("".join(f"{line}\n" for line in sorted(constraints)), encoding="utf-8")
        argv = own_python("-m", "piptools", "compile", *_OPTIONS)
        argv += ["--find-links", str(folder / "wheels"), "--constraint", str(limits)]
        argv += ["--cache-dir", str(folder / "cache"), "--output-file", str(output), str(source)]
        # What pip leaves when it is killed lies in the workshop, too, which goes as a whole.
        own = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
        done = workshop.run(argv, seconds=_SECONDS, environment=sealed_environment() | own)
        compiled = output.read_text(encoding="utf-8") if output.exists() else ""
        return Finished(returncode=done.returncode, stdout=compiled, stderr=done.stderr)


def _verdict(done: Finished, tolerated: tuple[Needs, ...]) -> Closes | Skipped:
    if done.returncode == 0:
        return Closes(ok=True, tolerated=tolerated)
    if done.returncode is None or done.returncode == 127:
        return Skipped(why=f"pip-tools: {done.stderr}")
    clashes = tuple(_clashes(done.stderr))
    if not clashes and "ResolutionImpossible" not in done.stderr:
        return Skipped(why=f"pip-tools ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    words = "; ".join(f"{release} requires {requirement}" for release, requirement in clashes)
    return Closes(ok=False, tolerated=tolerated, clashes=clashes, words=words or "ResolutionImpossible")


def _pins(text: str) -> Iterator[tuple[NormalizedName, Version]]:
    for line in text.splitlines():
        if found := re.fullmatch(r"([A-Za-z0-9._-]+)==(\S+)", line.strip()):
            yield canonicalize_name(found[1]), Version(found[2])


def _origins(text: str) -> Iterator[tuple[NormalizedName, NormalizedName]]:
    """Each pin with each package that its ``# via`` comment names."""
    name = NormalizedName("")
    for line in text.splitlines():
        if not line.startswith((" ", "#")):
            name = canonicalize_name(line.partition("==")[0])
        elif origin := re.fullmatch(r"\s+#(?: via|  ) ([A-Za-z0-9._-]+)", line):
            yield name, canonicalize_name(origin[1])


def _clashes(stderr: str) -> Iterator[tuple[Key, Requirement]]:
    """The releases and requirements that pip's resolver names as impossible together, from its exception's text."""
    for wanted, wheel in _CLASH.findall(stderr[-_TAIL:]):
        name, version, *_ = parse_wheel_filename(unquote(wheel))
        yield Key(name, version), Requirement(wanted)
