"""The project's own source files."""

from __future__ import annotations

from pathlib import Path

from numlock.read import project_folder, read_project


def test_only_the_projects_own_files_are_read(tmp_path: Path) -> None:
    for path in ("a.py", "pkg/b.py", "tests/c.py", ".git/d.py", "env2/pyvenv.cfg", "env2/e.py", "notes.txt"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "huge.py").write_text("#" * 2_000_001, encoding="utf-8")
    assert list(read_project(str(tmp_path))) == [("a.py", "x = 1\n"), ("pkg/b.py", "x = 1\n")]


def test_the_folder_of_the_pins_counts_where_it_holds_python_files(tmp_path: Path) -> None:
    pins = str(tmp_path / "requirements.txt")
    assert project_folder(None, pins) is None
    (tmp_path / "a.py").write_text("", encoding="utf-8")
    assert project_folder(None, pins) == str(tmp_path)
    assert project_folder(None, "-") is None
    assert project_folder(None, None) is None
