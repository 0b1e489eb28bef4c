"""What installers say when they cannot install what was asked for."""

from __future__ import annotations

import pytest

from numlock.diagnose import parse

BUILD = """Collecting low==1.0
  Getting requirements to build wheel: finished with status 'error'
  error: subprocess-exited-with-error
  \u00d7 Getting requirements to build wheel did not run successfully.
  ╰─> [4 lines of output]
      Traceback (most recent call last):
        File "<string>", line 2, in <module>
      ModuleNotFoundError: No module named 'Cython'
      [end of output]
error: subprocess-exited-with-error
note: This error originates from a subprocess
"""
SAID = {
    "pip finds nothing": (
        "Collecting x\nERROR: No matching distribution found for low==1.2\n",
        "No matching distribution found for low==1.2",
    ),
    "pip cannot bring two together": (
        "ERROR: Cannot install high==1.0 and low==2.0 because these package versions have conflicting "
        "dependencies.\n\nThe conflict is caused by:\n    The user requested low==2.0\n    high 1.0 depends on "
        "low<2\n\nERROR: ResolutionImpossible: for help visit there\n",
        "high 1.0 depends on low<2",
    ),
    "pip cannot build": (BUILD, "Failed to build low==1.0"),
    "pip failed to build a wheel": (
        "  ERROR: Failed building wheel for low\nFailed to build low\nERROR: Could not build wheels for low\n",
        "Failed building wheel for low",
    ),
    "uv finds no solution": (
        "  \u00d7 No solution found when resolving dependencies:\n  ╰─▶ Because high==1.0 depends on low<2 and you "
        "require low==2.0, we can conclude that your requirements are unsatisfiable.\n",
        "Because high==1.0 depends on low<2",
    ),
    "uv cannot build": ("  \u00d7 Failed to build `low==1.0`\n", "Failed to build `low==1.0`"),
    "poetry": ("Because app depends on low (2.0) and high (1.0), version solving failed.\n", "low (2.0)"),
    "conda": ("PackagesNotFoundError: The following packages are not available: low=9\n", "low=9"),
}


@pytest.mark.parametrize(("text", "part"), SAID.values(), ids=SAID.keys())
def test_an_installation_that_failed(text: str, part: str) -> None:
    found = parse(text)
    assert found is not None
    assert found.error == "pip"
    assert part in found.message


def test_the_build_s_own_exception_is_its_chain() -> None:
    found = parse(BUILD)
    assert found is not None
    assert [each.message for each in found.chain] == ["No module named 'Cython'"]


def test_a_crash_behind_a_failed_installation_is_the_crash() -> None:
    found = parse(
        f"{BUILD}\n$ python main.py\nTraceback (most recent call last):\n"
        + '  File "m.py", line 1\nKeyError: 1\n'
    )
    assert found is not None
    assert found.error == "KeyError"
