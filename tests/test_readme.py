"""What the README says of the command line is what the command line says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from numlock.cli import main

README = Path(__file__).parents[1] / "README.md"


def _help(command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit):
        main([command, "--help"])
    # Pythons differ in the heading of options and in how they wrap usage and show metavariables.
    text = capsys.readouterr().out
    return text[text.index("options:") :].strip()


@pytest.mark.parametrize("command", ["fix", "check"])
def test_help_block(
    update: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    text = README.read_text(encoding="utf-8")
    shown = _help(command, capsys, monkeypatch)
    block = re.compile(rf"(<!-- help: {command} -->\n```\n)(.*?)(```\n<!-- end help -->)", re.DOTALL)
    if update:
        text = block.sub(lambda found: f"{found[1]}{shown}\n{found[3]}", text)
        README.write_text(text, encoding="utf-8")
    found = block.search(text)
    assert found is not None
    assert re.sub(r"\s+", " ", _plain(found[2])).strip() == re.sub(r"\s+", " ", _plain(shown))


def _plain(text: str) -> str:
    """Newer Pythons write ``-r, --requirement FILE`` where older ones repeat the metavariable."""
    return re.sub(r"(-\w) [A-Z]+, (--)", r"\1, \2", text)
