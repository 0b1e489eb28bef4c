"""``numlock facts advisory new``."""

from __future__ import annotations

from pathlib import Path

import pytest

from numlock.cli import main
from numlock.errors import Exit


def test_a_new_advisory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["facts", "advisory", "new", "Demo", "--folder", str(tmp_path)]) == Exit.OK
    (written,) = tmp_path.glob("demo/*.yaml")
    assert capsys.readouterr().out == f"{written}\n"
    assert f"id: {written.stem}" in written.read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert main(["facts", "advisory", "new", "demo", "--folder", str(tmp_path / "file")]) == Exit.BAD_INPUT
    assert "advisory-not-written" in capsys.readouterr().err
