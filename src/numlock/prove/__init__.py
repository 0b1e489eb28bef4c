"""pip-tools says the plan closes; later, a fresh environment says it runs. The only stage that starts processes."""

from numlock.prove.asked import Installed, ask_installed
from numlock.prove.compile import close, compile_from
from numlock.prove.git import Repository
from numlock.prove.interface import Command
from numlock.prove.interpreters import default_index, program_on_path, python_on_path
from numlock.prove.stream import Streamed, stream
from numlock.prove.trial import Prover

__all__ = [
    "Command",
    "Installed",
    "Prover",
    "Repository",
    "Streamed",
    "ask_installed",
    "close",
    "compile_from",
    "default_index",
    "program_on_path",
    "python_on_path",
    "stream",
]
