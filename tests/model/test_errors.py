"""What users see of errors: one line, and an exit code."""

from __future__ import annotations

import pytest

from numlock.errors import BadInput, Exit, NumlockError, OutOfReach


@pytest.mark.parametrize(
    ("where", "hint", "text"),
    [
        pytest.param(None, None, "pins-none: holds no pin", id="message alone"),
        pytest.param("r.txt:3", None, "pins-none: r.txt:3 holds no pin", id="with a place"),
        pytest.param(
            None, "run pip freeze", "pins-none: holds no pin; hint: run pip freeze", id="with a hint"
        ),
        pytest.param(
            "r.txt:3",
            "run pip freeze",
            "pins-none: r.txt:3 holds no pin; hint: run pip freeze",
            id="with both",
        ),
    ],
)
@pytest.mark.parametrize("kind", [NumlockError, BadInput, OutOfReach])
def test_text(kind: type[NumlockError], where: str | None, hint: str | None, text: str) -> None:
    assert str(kind("pins-none", "holds no pin", where=where, hint=hint)) == text


def test_parts_can_be_had_by_themselves() -> None:
    error = BadInput("pins-none", "holds no pin", where="r.txt", hint="run pip freeze")
    assert (error.reference, error.message, error.where, error.hint) == (
        "pins-none",
        "holds no pin",
        "r.txt",
        "run pip freeze",
    )


@pytest.mark.parametrize(("kind", "code"), [(NumlockError, 2), (BadInput, 2), (OutOfReach, 6)])
def test_exit_code_of_an_error(kind: type[NumlockError], code: int) -> None:
    error = kind("reference", "message")
    assert isinstance(error, NumlockError)
    assert error.exit == code


def test_exit_codes_are_a_promise() -> None:
    assert {code.name: int(code) for code in Exit} == {
        "OK": 0,
        "CONFLICTS": 1,
        "BAD_INPUT": 2,
        "BUG": 3,
        "NO_REPAIR": 4,
        "NOT_VERSIONS": 5,
        "OUT_OF_REACH": 6,
        "INTERRUPTED": 130,
    }
