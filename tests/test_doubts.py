"""Releases that were made before what they would meet: whether they are moved to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from numlock.cli import main
from numlock.errors import Exit
from support.distributions import build_sdist, build_wheel
from support.index import Index

LOG = """Traceback (most recent call last):
  File "/home/u/project/main.py", line 1, in <module>
    import user
  File "/home/u/project/.venv/lib/python3.10/site-packages/user/__init__.py", line 1, in <module>
    from provider import gone
ImportError: cannot import name 'gone' from 'provider'
"""
OLD = {"user/__init__.py": "from provider import here\n"}


@pytest.mark.parametrize(
    ("build", "day", "code", "moved", "said"),
    [
        (build_wheel, 1, Exit.OK, "user==1.5\n", "whether user 1.5 knows what it meets"),
        (build_sdist, 4, Exit.OK, "user==1.5\n", "whether user 1.5 can be built: it has no wheel"),
        (build_sdist, 1, Exit.NO_REPAIR, "user==1.9\n", "whether user 1.5 can be built: it has no wheel"),
    ],
    ids=["an old one that is built", "a source archive made since", "an old one to be built first"],
)
def test_nobody_is_sent_to_build_what_is_older_than_what_it_meets(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    build: Callable[..., Path],
    day: int,
    code: Exit,
    moved: str,
    said: str,
) -> None:
    folder = tmp_path / "dists"
    folder.mkdir()
    old = build(folder, "user", "1.5", files=OLD)
    pinned = build_wheel(folder, "user", "1.9", files={"user/__init__.py": "from provider import gone\n"})
    locked = build_wheel(folder, "provider", "2.0", files={"provider/__init__.py": "here = 1\n"})
    (tmp_path / "pins.txt").write_text("user==1.9\nprovider==2.0\n", encoding="utf-8")
    (tmp_path / "crash.log").write_text(LOG, encoding="utf-8")
    with Index(folder) as index:
        days = {old: day, pinned: 2, locked: 3}
        index.uploaded |= {path.name: f"2024-01-0{day}T00:00:00Z" for path, day in days.items()}
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        files = ["-r", str(tmp_path / "pins.txt"), "--log", str(tmp_path / "crash.log")]
        assert main(["fix", *files, "--lock", "provider"]) == code
    out, err = capsys.readouterr()
    assert out.replace("provider==2.0\n", "") == moved
    assert said in " ".join(err.split())
