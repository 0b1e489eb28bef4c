"""What git says of a project: which states a change starts from, and how files looked in them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from numlock.prove.process import Finished, run

_SECONDS = 20.0
_LARGEST = 10_000_000  # characters of a file in an old state
_FROM = "PRE_COMMIT_FROM_REF"


class Repository:
    """A working tree; every question is answered with nothing where git, or the answer, is missing."""

    def __init__(self, top: Path) -> None:
        self.top = top

    @classmethod
    def around(cls, folder: Path) -> Repository | None:
        """The repository that a folder lies in."""
        done = _git(folder, "rev-parse", "--show-toplevel")
        return cls(Path(done.stdout.rstrip("\n"))) if done.returncode == 0 and done.stdout.strip() else None

    def bases(self, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
        """The states that what is checked started from: where the range of commits that pre-commit names began.

        Else the last commit, while a merge is under way both of its sides; none before the first commit.
        """
        if named := environ.get(_FROM):
            forked = _git(self.top, "merge-base", "--end-of-options", named, "HEAD").stdout.strip()
            return (forked,) if forked else ()
        found = (self._commit(each) for each in ("HEAD", "MERGE_HEAD"))
        return tuple(dict.fromkeys(each for each in found if each))

    def _commit(self, name: str) -> str | None:
        done = _git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return done.stdout.strip() or None if done.returncode == 0 else None

    def text(self, base: str, path: Path) -> str | None:
        """A file as it was in a state; None where it was not there."""
        try:
            inside = path.absolute().relative_to(self.top.absolute()).as_posix()
        except ValueError:
            return None
        done = _git(self.top, "cat-file", "blob", f"{base}:{inside}")
        return done.stdout if done.returncode == 0 and len(done.stdout) <= _LARGEST else None

    def changed(self, base: str) -> frozenset[Path]:
        """The files that differ from a state, or that it does not have."""
        different = _git(self.top, "diff", "--name-only", "-z", "--no-ext-diff", base, "--")
        fresh = _git(self.top, "ls-files", "--others", "--exclude-standard", "-z")
        names = (*different.stdout.split("\0"), *fresh.stdout.split("\0"))
        return frozenset((self.top / name).resolve() for name in names if name)


def _git(folder: Path, *arguments: str) -> Finished:
    return run(["git", "-C", str(folder), "--no-optional-locks", *arguments], seconds=_SECONDS)
