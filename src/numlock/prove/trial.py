"""One set of pins in a fresh environment, and a command run in it."""

from __future__ import annotations

import re
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.utils import NormalizedName
from packaging.version import Version

from numlock.errors import BadInput, OutOfReach
from numlock.model import Proof, Skipped, Target
from numlock.prove.asked import interpreter_of
from numlock.prove.interface import Command, IndexOptions
from numlock.prove.makers import choose_maker
from numlock.prove.process import Finished
from numlock.prove.pythons import find_python
from numlock.prove.variables import binaries, for_command
from numlock.prove.workshop import Workshop

INSTALL_SECONDS = 1_800.0
_SHOWN_AS = "/numlock"  # the temporary folder in outputs, which so are the same each time
TAIL = 200_000  # characters of a run's output that are kept
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]*@")
_SYSTEMS = {"win": "win32", "macosx": "darwin", "manylinux": "linux", "musllinux": "linux", "linux": "linux"}
# What ``python -m venv`` leaves in a fresh environment, where a package may expect it unasked.
_SETUPTOOLS = NormalizedName("setuptools")
_LEFT_BY_VENV = {(3, 6): Version("59.6.0"), (3, 12): None}
_LEFT_BEFORE_3_12 = Version("65.5.0")


class Prover:
    """Makes environments for one target and runs commands in them; safe to use from several threads."""

    def __init__(
        self, target: Target, settings: IndexOptions, *, seconds: float, allow_source: bool = False
    ) -> None:
        self.seconds = seconds
        self._target = target
        self._settings = settings
        self._maker = choose_maker(settings, target.python, allow_source=allow_source)
        self._python: Path | None = None
        self._open: set[Workshop] = set()

    def obstacle(self) -> Skipped | None:
        """Why nothing can be run here; None where it can."""
        system = next(
            (name for head, name in _SYSTEMS.items() if self._target.platform.startswith(head)), None
        )
        if system != sys.platform:
            return Skipped(why=f"the pins are for {self._target.platform}, this machine is {sys.platform}")
        self._python = self._python or find_python(self._target.python)
        if self._python is None:
            return Skipped(why=f"no Python {self._target.version} is found on this machine")
        return None

    def run(self, versions: Mapping[NormalizedName, Version], command: Command) -> Proof | Skipped:
        """Install ``versions`` and nothing else, run ``command``. Skipped where that could not be done.

        Raises BadInput where the command does not exist.
        """
        if refused := self.obstacle():
            return refused
        try:
            with Workshop() as workshop:
                self._open.add(workshop)
                try:
                    return self._install(workshop, versions) or self._run(workshop, command)
                finally:
                    self._open.discard(workshop)
        except (OSError, OutOfReach) as error:
            return Skipped(why=f"no environment could be made: {error}")

    def close(self) -> None:
        """End whatever other threads run."""
        for workshop in list(self._open):
            workshop.close()

    def _install(self, workshop: Workshop, versions: Mapping[NormalizedName, Version]) -> Skipped | None:
        assert self._python is not None
        environment = workshop.folder / "env"
        (workshop.folder / "home").mkdir()
        for argv in self._maker.create(self._python, environment):
            if refused := self._step(workshop, argv):
                return refused
        if refused := self._step(workshop, self._maker.install(environment, _file(workshop, versions))):
            return refused
        if _SETUPTOOLS not in versions and (left := self._left_by_venv()):
            # An index without it is no obstacle: few packages ask for what they do not name.
            self._step(workshop, self._maker.install(environment, _file(workshop, {_SETUPTOOLS: left})))
        return None

    def _step(self, workshop: Workshop, argv: Sequence[str]) -> Skipped | None:
        variables = {**self._maker.variables, "TMPDIR": str(workshop.folder / "home")}
        done = workshop.run(argv, seconds=INSTALL_SECONDS, environment=variables)
        if done.returncode == 0:
            return None
        return Skipped(why=f"the pins could not be installed: {_last_words(workshop, done)}")

    def _left_by_venv(self) -> Version | None:
        return _LEFT_BY_VENV.get(min(self._target.python, (3, 12)), _LEFT_BEFORE_3_12)

    def _run(self, workshop: Workshop, command: Command) -> Proof | Skipped:
        environment, home = workshop.folder / "env", workshop.folder / "home"
        folder = Path(command.folder) if command.folder else workshop.folder / "work"
        if command.folder is None:
            folder.mkdir()
        if command.program is not None:
            (folder / "main.py").write_text(command.program, encoding="utf-8")
        argv = [_program(command.argv[0], environment, folder), *command.argv[1:]]
        start = time.perf_counter()
        done = workshop.run(
            argv, seconds=self.seconds, environment=for_command(environment, home), folder=folder
        )
        seconds = time.perf_counter() - start
        if done.returncode is None:
            return Skipped(why=f"the command did not end within {self.seconds:g} s")
        output = f"{done.stdout}\n{done.stderr}".strip().replace(str(workshop.folder), _SHOWN_AS)[-TAIL:]
        if done.returncode < 0 and "Fatal Python error" not in output:
            output += f"\n{_SIGNALS.get(-done.returncode, 'Aborted')}"
        return Proof(argv=command.argv, returncode=done.returncode, tail=output, seconds=seconds)


_SIGNALS = {4: "Illegal instruction", 7: "Bus error", 8: "Floating point exception", 11: "Segmentation fault"}


def _program(name: str, environment: Path, folder: Path) -> str:
    """The program that a command names: the environment's own, else one of the project's, else one of the system's.

    A script of some other Python is none: it would not run these pins. Raises BadInput where there is none.
    """
    if Path(name).name == name and (own := shutil.which(name, path=str(binaries(environment)))):
        return own
    relative = Path(name).name != name and not Path(name).is_absolute()
    found = shutil.which(str(folder / name) if relative else name)
    if found is None or (not relative and interpreter_of(found) is not None):
        hint = "a command is one of the project's, the system's, or brought by one of the pins"
        raise BadInput(
            "command-missing", "no such command where the pins are installed", where=name, hint=hint
        )
    return found


def _file(workshop: Workshop, versions: Mapping[NormalizedName, Version]) -> Path:
    path = workshop.folder / "pins.txt"
    path.write_text("".join(f"{name}=={version}\n" for name, version in versions.items()), encoding="utf-8")
    return path


def _last_words(workshop: Workshop, done: Finished) -> str:
    """What an installer said, from its first complaint to its last cause, without credentials."""
    said = (done.stderr or done.stdout).replace(str(workshop.folder), _SHOWN_AS)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if not lines:
        return f"exit code {done.returncode}"
    first = next((line for line in lines if line.lower().startswith(("error", "\u00d7"))), lines[-1])
    last = f"; {lines[-1][-200:]}" if lines[-1] != first else ""
    return _CREDENTIALS.sub("", f"{first[:200]}{last}")
