"""The verbs of the command line: one module each, with ``add`` (its options) and ``run`` (options to exit code)."""
