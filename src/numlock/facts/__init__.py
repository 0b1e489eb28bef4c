"""What indexes and distributions say, read little and kept. The only opener of sockets and databases."""

from numlock.facts.installed import Installed
from numlock.facts.library import Facts, Traffic
from numlock.facts.settings import IndexSettings, read_settings
from numlock.facts.store import Store

__all__ = ["Facts", "IndexSettings", "Installed", "Store", "Traffic", "read_settings"]
