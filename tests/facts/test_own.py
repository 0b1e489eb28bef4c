"""The project's own files, read once for each state of theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from numlock.facts import own
from numlock.facts.own import own_codes
from numlock.facts.store import Store
from numlock.model import Code, Target, Unparsed

TARGET = Target(python=(3, 10))
FILES = [
    ("src/a/__init__.py", "from . import b\n"),
    ("a.py", "import numpy as np\nnp.x\n"),
    ("bad.py", "print 1\n"),
]


def names(code: Code | Unparsed) -> list[str]:
    return [use.name for use in code.uses] if isinstance(code, Code) else [code.why[:6]]


def test_they_are_read_once_and_stay_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [["a.b"], ["numpy", "numpy.x"], ["Missin"]]
    with Store(tmp_path / "facts.sqlite") as store:
        assert [names(code) for code in own_codes(FILES, store, TARGET)] == expected
        assert list(store.rows()) == []  # what would be exported
        monkeypatch.setattr(own, "scan", None)
        assert [names(code) for code in own_codes(FILES[::-1], store, TARGET)] == expected[::-1]
        with pytest.raises(TypeError):
            own_codes([("a.py", "import scipy\n")], store, TARGET)
