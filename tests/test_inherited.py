"""A method that a class lost because its base class, in another package, did."""

from __future__ import annotations

from pathlib import Path

import pytest

from numlock.cli import main
from numlock.errors import Exit
from support.distributions import build_wheel
from support.index import Index

LOG = """Traceback (most recent call last):
  File "/home/u/project/main.py", line 3, in <module>
    Sub().work()
  File "/home/u/project/.venv/lib/python3.10/site-packages/user/__init__.py", line 4, in work
    return self.helped()
AttributeError: 'Sub' object has no attribute 'helped'
"""
BASES = {
    "1.0": "class Base:\n    def helped(self): pass\n",
    "1.1": "class Base:\n    def helped(self): pass\n    def more(self): pass\n",
    "2.0": "class Base:\n    def more(self): pass\n",
}
SUB = "from bases.core import Base\nclass Sub(Base):\n    def work(self):\n        return self.helped()\n"


@pytest.mark.parametrize(
    ("lock", "pins"),
    [("other", "bases==1.1\nuser==1.0\nother==1.0\n"), ("bases", "bases==2.0\nuser==1.1\nother==1.0\n")],
)
def test_the_base_class_is_to_blame(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lock: str,
    pins: str,
) -> None:
    folder = tmp_path / "dists"
    folder.mkdir()
    for version, source in BASES.items():
        build_wheel(folder, "bases", version, files={"bases/__init__.py": "", "bases/core.py": source})
    build_wheel(folder, "user", "1.0", files={"user/__init__.py": SUB})
    build_wheel(folder, "user", "1.1", files={"user/__init__.py": SUB.replace("helped", "more")})
    build_wheel(folder, "other", "1.0", files={"other.py": ""})
    (tmp_path / "pins.txt").write_text("bases==2.0\nuser==1.0\nother==1.0\n", encoding="utf-8")
    (tmp_path / "crash.log").write_text(LOG, encoding="utf-8")
    with Index(folder) as index:
        days = {"bases-1.0": 1, "bases-1.1": 2, "user-1.0": 3, "bases-2.0": 4, "user-1.1": 5, "other-1.0": 1}
        index.uploaded |= {
            f"{name}-py3-none-any.whl": f"2024-01-0{day}T00:00:00Z" for name, day in days.items()
        }
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        files = ["-r", str(tmp_path / "pins.txt"), "--log", str(tmp_path / "crash.log")]
        assert main(["fix", *files, "--lock", lock]) == Exit.OK
    out, err = capsys.readouterr()
    assert out == pins
    assert "bases.core.Base.helped" in err
