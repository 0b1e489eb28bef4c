"""GitHub over REST: pull requests, comments, reviews, logs and files. Sockets come from outside, as a ``Wire``."""

from numlock.github.client import Client
from numlock.github.interface import PullRequest, ReadOnly, Refused, Run, Suggestion, Wire
from numlock.github.pulls import Sticky, find_pull, marker, shown_lines, suggest
from numlock.github.runs import Job, failed_jobs, file_at

__all__ = [
    "Client",
    "Job",
    "PullRequest",
    "ReadOnly",
    "Refused",
    "Run",
    "Sticky",
    "Suggestion",
    "Wire",
    "failed_jobs",
    "file_at",
    "find_pull",
    "marker",
    "shown_lines",
    "suggest",
]
