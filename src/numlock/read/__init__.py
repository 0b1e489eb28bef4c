"""The user's files in, values out: pins, cases, logs, locks, the target."""

from numlock.read.cases import Case, case_of, installed_case, read_case
from numlock.read.compiled import says_it_is_whole
from numlock.read.configuration import FILE as CONFIGURATION
from numlock.read.configuration import Configuration, Ignored, read_configuration
from numlock.read.document import Document, Form, exact
from numlock.read.editing import write_back
from numlock.read.evidence import Wanted, read_evidence, read_wanted
from numlock.read.files import confined
from numlock.read.forms import (
    outermost,
    read_documents,
    read_environments,
    read_exact_pins,
    read_pins_file,
)
from numlock.read.locks import Lock, activate, parse_lock
from numlock.read.logs import MAX_LOG_BYTES, clean_log, read_log, text_of_log
from numlock.read.moves import Edit, Moves
from numlock.read.project import digest_project, pinned_apart, project_folder, read_project
from numlock.read.requirements import parse_pins
from numlock.read.target import NEWEST, OLDEST, choose_target, host_platform, parse_platform, parse_python
from numlock.read.writing import apply, replace_file

__all__ = [
    "says_it_is_whole",
    "Case",
    "Document",
    "Edit",
    "Form",
    "Lock",
    "Moves",
    "MAX_LOG_BYTES",
    "activate",
    "apply",
    "case_of",
    "choose_target",
    "clean_log",
    "confined",
    "exact",
    "digest_project",
    "installed_case",
    "outermost",
    "parse_lock",
    "parse_pins",
    "parse_python",
    "pinned_apart",
    "project_folder",
    "read_case",
    "read_evidence",
    "read_wanted",
    "Wanted",
    "read_documents",
    "read_environments",
    "read_exact_pins",
    "read_log",
    "read_pins_file",
    "read_project",
    "replace_file",
    "write_back",
    "text_of_log",
    "Configuration",
    "Ignored",
    "CONFIGURATION",
    "read_configuration",
    "NEWEST",
    "OLDEST",
    "host_platform",
    "parse_platform",
]
