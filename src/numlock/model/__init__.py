"""The values that stages hand to each other: frozen, compared by content, free of behaviour that touches the world.

Names are normalised (PEP 503), versions are parsed (PEP 440). A stage never changes a value; it makes a new one.
"""

from numlock.model.code import Call, Check, ClassCode, Code, Form, Guard, Shape, Unparsed, Use
from numlock.model.conflicts import (
    Because,
    Conflict,
    ConflictKind,
    Evidence,
    Member,
)
from numlock.model.crash import (
    Cause,
    Crash,
    Diagnosis,
    Frame,
    Origin,
    Place,
    Symbol,
)
from numlock.model.facts import (
    Advisory,
    Contents,
    File,
    Fit,
    Key,
    Needs,
    Release,
    Source,
    Unknown,
    Unread,
)
from numlock.model.outcome import (
    Change,
    Closes,
    NoPlan,
    Nothing,
    Plan,
    Progress,
    Proof,
    Repair,
    Skipped,
    Verdict,
    WayOut,
)
from numlock.model.pins import (
    Opaque,
    Pin,
    Pins,
    Unpinned,
    Where,
)
from numlock.model.target import (
    Target,
)

__all__ = [
    "Use",
    "Unparsed",
    "Shape",
    "Code",
    "ClassCode",
    "Call",
    "Check",
    "Advisory",
    "Because",
    "Cause",
    "Change",
    "Closes",
    "Conflict",
    "ConflictKind",
    "Contents",
    "Crash",
    "Diagnosis",
    "Evidence",
    "File",
    "Form",
    "Guard",
    "Fit",
    "Frame",
    "Key",
    "Member",
    "Needs",
    "NoPlan",
    "Nothing",
    "Opaque",
    "Origin",
    "Pin",
    "Pins",
    "Place",
    "Plan",
    "Progress",
    "Proof",
    "Release",
    "Repair",
    "Skipped",
    "Source",
    "Symbol",
    "Target",
    "Unknown",
    "Unpinned",
    "Unread",
    "Verdict",
    "WayOut",
    "Where",
]
