"""All benchmarks, one behind the other: ``make bench``."""

from __future__ import annotations

import sys

from bench import crashes, seed

if __name__ == "__main__":
    for benchmark in (seed, crashes):
        print(f"== {benchmark.__name__}", flush=True)
        benchmark.main([])
    sys.exit(0)
