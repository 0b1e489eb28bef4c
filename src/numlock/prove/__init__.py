"""pip-tools says the plan closes; later, a fresh environment says it runs. The only stage that starts processes."""

from numlock.prove.compile import close
from numlock.prove.interpreters import default_index, python_on_path

__all__ = ["close", "default_index", "python_on_path"]
