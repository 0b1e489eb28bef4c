"""``python -m numlock``."""

import sys

from numlock.cli import entry

if __name__ == "__main__":
    sys.exit(entry())
