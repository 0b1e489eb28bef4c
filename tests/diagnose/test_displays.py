"""Crashes as notebooks, rich and loguru print them."""

from __future__ import annotations

import pytest

from numlock.diagnose import parse
from numlock.model import Place

LIBRARY = "/v/lib/python3.9/site-packages/high/__init__.py"
RULE = "-" * 75
NOTEBOOK = f"""{RULE}
AttributeError                            Traceback (most recent call last)
Cell In[1], line 2
      1 import high
----> 2 high.run()

File {LIBRARY}:4, in run(x)
      3 def run(x=1):
----> 4     return low.gone(x)

AttributeError: module 'low' has no attribute 'gone'
"""
OLD_NOTEBOOK = f"""{RULE}
AttributeError                            Traceback (most recent call last)
<ipython-input-1-0a1b2c> in <module>
      1 import high
----> 2 high.run()

{LIBRARY} in run(x)
      3 def run(x=1):
----> 4     return low.gone(x)

AttributeError: module 'low' has no attribute 'gone'
"""
KERNEL = OLD_NOTEBOOK.replace("<ipython-input-1-0a1b2c>", "/tmp/ipykernel_12/34.py")
EXECUTED = f"""Traceback (most recent call last):
  File "run.py", line 1, in <module>
    go()
nbclient.exceptions.CellExecutionError: An error occurred while executing the following cell:
------------------
import high
------------------

{NOTEBOOK}
"""
RICH = """
╭──────────────────────── Traceback (most recent call last) ─────────────────────────╮
│ /home/u/main.py:2 in <module>                                                      │
│                                                                                    │
│   1 import high                                                                    │
│ ❱ 2 high.run()                                                                     │
│                                                                                    │
│ /v/lib/python3.9/site-pack                                                         │
│ ages/high/__init__.py:4                                                            │
│ in run                                                                             │
│                                                                                    │
│    3 def run(x=1):                                                                 │
│ ❱  4 │   return low.gone(x)                                                        │
╰────────────────────────────────────────────────────────────────────────────────────╯
AttributeError: module 'low' has no attribute 'gone'
"""
LOGURU = f"""2024-05-01 10:00:00 | ERROR | __main__:main:2 - An error has been caught
Traceback (most recent call last):

> File "/home/u/main.py", line 2, in <module>
    high.run()
    │    └ <function run at 0x7f>
    └ <module 'high' from '{LIBRARY}'>

  File "{LIBRARY}", line 4, in run
    return low.gone(x)
           │        └ 1
           └ <module 'low'>

AttributeError: module 'low' has no attribute 'gone'
"""
SHOWN = {
    "notebook": NOTEBOOK,
    "older notebook": OLD_NOTEBOOK,
    "kernel": KERNEL,
    "executed notebook": EXECUTED,
    "notebook in a container": "".join(f"nb-1  | {line}\n" for line in NOTEBOOK.splitlines()),
    "rich": RICH,
    "rich in a column": "".join(f"{'':28}{line}\n" for line in RICH.splitlines()),
    "loguru": LOGURU,
}


@pytest.mark.parametrize("text", SHOWN.values(), ids=SHOWN.keys())
def test_the_crash_with_its_frames(text: str) -> None:
    found = parse(text)
    assert found is not None
    assert (found.error, found.message) == ("AttributeError", "module 'low' has no attribute 'gone'")
    assert [(frame.line, frame.code) for frame in found.frames] == [
        (2, "high.run()"),
        (4, "return low.gone(x)"),
    ]
    assert [frame.place for frame in found.frames] == [Place.PROJECT, Place.LIBRARY]
    assert (found.frames[-1].inside, found.frames[-1].function) == ("high/__init__.py", "run")


def test_a_chain_in_a_notebook() -> None:
    first = NOTEBOOK.replace("AttributeError", "KeyError")
    link = "\nDuring handling of the above exception, another exception occurred:\n\n"
    found = parse(first + link + NOTEBOOK.removeprefix(f"{RULE}\n"))
    assert found is not None
    assert found.error == "AttributeError"
    assert [each.error for each in found.chain] == ["KeyError"]
