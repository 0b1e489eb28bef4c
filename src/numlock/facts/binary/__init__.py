"""Extension modules, read and never loaded: which C interfaces of other packages they were built for."""

from numlock.facts.binary.image import NotABinary
from numlock.facts.binary.links import interfaces, read_links
from numlock.facts.binary.reader import SUFFIXES, LinkReader, Wanted

__all__ = ["SUFFIXES", "LinkReader", "NotABinary", "Wanted", "interfaces", "read_links"]
