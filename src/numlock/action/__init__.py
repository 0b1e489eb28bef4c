"""The GitHub Action: from what the runner says to a summary, annotations, outputs and a comment."""

from numlock.action.act import act

__all__ = ["act"]
