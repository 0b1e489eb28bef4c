"""What indexes and distributions say, read little and kept. The only opener of sockets and databases."""

from numlock.facts.choose import NEVER_RELEASED
from numlock.facts.code import calls_in, scan
from numlock.facts.environment import Environment
from numlock.facts.installed import Installed, module_of
from numlock.facts.library import Facts, Traffic
from numlock.facts.lines import NOWHERE, Seen
from numlock.facts.modules import Modules
from numlock.facts.settings import IndexSettings, read_settings
from numlock.facts.store import Store
from numlock.facts.transport import Transport, Transports

__all__ = [
    "NEVER_RELEASED",
    "Environment",
    "Facts",
    "IndexSettings",
    "Installed",
    "Modules",
    "NOWHERE",
    "Seen",
    "Store",
    "Traffic",
    "Transport",
    "Transports",
    "calls_in",
    "module_of",
    "read_settings",
    "scan",
]
