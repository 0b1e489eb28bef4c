"""Facts to conflicts. Pure."""

from numlock.judge.advisory import advisories, fits, fitting, hypothesis, installation_failed
from numlock.judge.api import breaks
from numlock.judge.binary import misfits, wants_of
from numlock.judge.caps import silent_releases
from numlock.judge.interface import Break, Environment, Surface, Told
from numlock.judge.metadata import between, declared, installable, split_tolerated, unbuildable, unlisted
from numlock.judge.ranges import ranges
from numlock.judge.refusal import refusals
from numlock.judge.symbol import missing
from numlock.judge.universe import Choice, Universe, candidate_versions
from numlock.judge.warnings import without_old_warnings

__all__ = [
    "Break",
    "Environment",
    "Surface",
    "Told",
    "Choice",
    "Universe",
    "advisories",
    "between",
    "breaks",
    "candidate_versions",
    "declared",
    "fits",
    "fitting",
    "hypothesis",
    "installable",
    "installation_failed",
    "misfits",
    "missing",
    "ranges",
    "refusals",
    "silent_releases",
    "split_tolerated",
    "unbuildable",
    "unlisted",
    "wants_of",
    "without_old_warnings",
]
