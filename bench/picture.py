"""The README's picture of a comment, drawn from a real answer: ``python -m bench.picture`` (needs chromium).

The seed's case goes through ``numlock fix --format markdown``; that is rendered as GitHub would, and photographed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
SEED = ROOT / "examples" / "hifi-gan.txt"
PICTURE = ROOT / "examples" / "comment.png"
_BROWSER = "chromium"
_WIDTH, _HEIGHT = 900, 520
_STYLE = """
body{font:14px/1.5 'Liberation Sans',sans-serif;color:#1f2328;margin:16px;width:868px}
.box{border:1px solid #d1d9e0;border-radius:6px;margin-bottom:16px}
.head{background:#f6f8fa;border-bottom:1px solid #d1d9e0;border-radius:6px 6px 0 0;padding:8px 16px;color:#59636e}
.head b{color:#1f2328}.bot{border:1px solid #d1d9e0;border-radius:2em;padding:0 6px;font-size:12px}
.body{padding:0 16px 8px}h3{font-size:1.25em;margin:16px 0 12px}p{margin:0 0 12px}sub{color:#59636e}
code{background:#818b981f;border-radius:6px;padding:.2em .4em;font:85% 'DejaVu Sans Mono',monospace}
pre{background:#f6f8fa;border-radius:6px;padding:12px;margin:0 0 12px}
pre code{background:none;padding:0}table{border-collapse:collapse;margin-bottom:12px}
th,td{border:1px solid #d1d9e0;padding:6px 13px;text-align:left}summary{margin:4px 0}a{color:#0969da}
.line{font:12px/20px 'DejaVu Sans Mono',monospace;padding:0 12px}.old{background:#ffebe9}.new{background:#dafbe1}
"""


def main(argv: Sequence[str]) -> int:
    """Draw the picture anew."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pins, log = seed_case()
        (folder / "requirements.txt").write_text(pins, encoding="utf-8")
        (folder / "tests.log").write_text(log, encoding="utf-8")
        command = [sys.executable, "-m", "numlock", "fix", "-r", "requirements.txt", "--log", "tests.log"]
        done = subprocess.run(
            [*command, "--python", "3.7", "--format", "markdown"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        page = folder / "comment.html"
        page.write_text(_page(done.stdout), encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={_WIDTH},{_HEIGHT}"]
        subprocess.run([_BROWSER, *options, f"--screenshot={PICTURE}", page.as_uri()], check=True)
    print(f"{PICTURE}: {PICTURE.stat().st_size} bytes")
    return 0


def seed_case() -> tuple[str, str]:
    """The pins and the log of the seed's case."""
    text = SEED.read_text(encoding="utf-8")
    pins = re.findall(r"^(?:.*environment: )?([\w.-]+==\S+)$", text.split("Python version")[0], re.MULTILINE)
    return "\n".join(pins) + "\n", text[text.index("Traceback (most recent call last)") :]


def _page(markdown: str) -> str:
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    small = "<sub>commit <code>4f2c1d9a7be0</code>, <a>run 8123456789</a>, numlock 0.1.0</sub>"
    moves = re.findall(r"^\*\*(\S+)\*\* `(\S+)` → `(\S+)`", markdown, re.MULTILINE)
    lines = "".join(
        f'<div class="line old">- {escape(name)}=={escape(old)}</div>'
        f'<div class="line new">+ {escape(name)}=={escape(new)}</div>'
        for name, old, new in moves
    )
    bot = '<b>github-actions</b> <span class="bot">bot</span>'
    return (
        f'<!DOCTYPE html><meta charset="utf-8"><style>{_STYLE}</style>'
        f'<div class="box"><div class="head">{bot} commented 1 minute ago</div>'
        f'<div class="body">{body}{small}</div></div>'
        f'<div class="box"><div class="head">{bot} suggested a change to <b>requirements.txt</b></div>{lines}</div>'
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
