"""The code of the user's own project: read once for each state of a file, and never carried elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from numlock.facts.code import FORMAT, code_of, row_of, scan
from numlock.facts.installed import module_of
from numlock.facts.store import LOCAL, Store
from numlock.model import Code, Target, Unparsed


def own_codes(files: Sequence[tuple[str, str]], store: Store, target: Target) -> list[Code | Unparsed]:
    """What files (path below the project's folder, text) offer and use, in their order."""
    aspect = f"{LOCAL}code {FORMAT} {target.scope}"
    rows = [
        hashlib.sha256(f"{path}\0{text}".encode("utf-8", "surrogatepass")).hexdigest() for path, text in files
    ]
    known = {row: code_of(body) for row, body in store.distributions(rows, aspect).items()}
    fresh = {row: _read(*file, target) for row, file in zip(rows, files, strict=True) if row not in known}
    store.put_distributions({row: row_of(code) for row, code in fresh.items()}, aspect)
    known |= fresh
    return [known[row] for row in rows]


def _read(path: str, text: str, target: Target) -> Code | Unparsed:
    module = (module_of(path) or "__main__").removeprefix("src.")
    return scan(text, module, is_package=path.endswith("/__init__.py"), target=target)
