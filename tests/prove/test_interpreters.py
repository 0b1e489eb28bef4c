"""What the tools on this machine say of themselves."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from numlock.prove import default_index, python_on_path


def test_pip_states_its_default_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.test/simple")
    found = default_index()
    assert found.startswith("https://")
    assert "mirror.test" not in found


@pytest.mark.skipif(os.name == "nt", reason="links a Python by a symbolic link")
def test_python_on_path_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert python_on_path() is None
    (tmp_path / "python3").symlink_to(shutil.which(sys.executable) or sys.executable)
    assert python_on_path() == sys.version_info[:2]
