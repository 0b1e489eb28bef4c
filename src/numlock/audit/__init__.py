"""Environments judged without a crash: what they are for, what is certainly wrong with them, what was so before."""

from numlock.audit.audit import Asked, Audit

__all__ = ["Asked", "Audit"]
