"""One run of the action, from its environment to its exit code."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from numlock.action.found import Found, find
from numlock.action.inputs import Inputs, Place, read_inputs, read_place
from numlock.action.patch import patch_of, suggestions_of
from numlock.action.post import post
from numlock.action.tell import (
    annotate,
    of_error,
    report,
    say,
    verdict,
    write_files,
    write_outputs,
    write_summary,
)
from numlock.cli import bug_log
from numlock.errors import Bug, NumlockError
from numlock.facts import Transport, read_settings
from numlock.github import Client, ReadOnly
from numlock.report import LIMIT
from numlock.report.escape import command, secrets_of

_FORKS = (
    "this token may not comment, as in all runs of forks and of Dependabot; a workflow on workflow_run can: "
    "see 'Pull requests from forks' in numlock's README"
)


def act(environ: Mapping[str, str]) -> int:
    """Look, tell, post; the exit code of the step.

    That of the command that was run; else 0, or with ``fail`` the error's where numlock could not tell.
    """
    try:
        inputs = read_inputs(environ)
        place = read_place(environ, inputs.status)
    except NumlockError as error:
        say(of_error(error))
        return error.exit
    folder = Path(tempfile.mkdtemp(prefix="numlock-", dir=place.temporary or None))
    client = None
    if inputs.token and place.api:
        settings = read_settings(environ, default_index=str)  # certificates, proxy; no index is asked
        client = Client(Transport(settings), place.api, inputs.token)
    if place.is_follow_up:
        checkout = folder / "commit"
        checkout.mkdir()
        os.chdir(checkout)
    found = _look(inputs, place, client, secrets_of(environ))
    try:
        return _tell(found, inputs, place, client, folder)
    except Exception:  # a bug must not hide how the command ended
        say(of_error(_bug()))
        return found.returncode or (Bug.exit if inputs.fail else 0)


def _look(inputs: Inputs, place: Place, client: Client | None, secrets: frozenset[str]) -> Found:
    try:
        return find(inputs, place, client, secrets)
    except NumlockError as error:
        return Found(error=error)
    except Exception:  # the last resort
        return Found(error=_bug())


def _bug() -> Bug:
    """The exception that is being handled, without any text of it."""
    return Bug("bug", "please report it, with this log", where=bug_log("the action"))


def _tell(found: Found, inputs: Inputs, place: Place, client: Client | None, folder: Path) -> int:
    text = report(found, place, limit=LIMIT)
    values = {"verdict": verdict(found), "changed": str(verdict(found) == "repaired").lower()}
    values |= write_files(found, text, patch_of(found.edits, place), folder)
    write_summary(text, place)
    for line in annotate(found, place):
        say(line)
    error = found.error
    if client is not None and error is None and inputs.comment != "never":
        address, error = _post(found, inputs, place, client)
        values["comment-url"] = address or ""
    write_outputs(values, place)
    return found.returncode or (error.exit if error is not None and inputs.fail else 0)


def _post(
    found: Found, inputs: Inputs, place: Place, client: Client
) -> tuple[str | None, NumlockError | None]:
    """The comment's address, and what went wrong: one annotation tells of that."""
    try:
        suggestions = suggestions_of(found.edits, found.repair, place) if found.repair else ()
        return post(found, suggestions, inputs, place, client), None
    except ReadOnly as error:
        if place.is_follow_up:
            say(of_error(error))
            return None, error
        say(command("notice", _FORKS, title="numlock"))
        write_summary(f"_{_FORKS}_\n", place)
    except NumlockError as error:
        say(of_error(error))
        return None, error
    return None, None
