"""Candidates and conflicts to a plan, or to no plan. Pure: it knows no wheels."""

from numlock.solve.problem import OBJECTIVE, Candidate, Problem
from numlock.solve.solver import solve

__all__ = ["OBJECTIVE", "Candidate", "Problem", "solve"]
