"""The links of an HTML page of a simple index."""

from __future__ import annotations

from html.parser import HTMLParser


class LinksPage(HTMLParser):
    """Collects the links; raises ValueError at a version of the format that is not known."""

    def __init__(self) -> None:
        super().__init__()
        self.base: str | None = None
        self.links: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a" and found.get("href"):
            self.links.append(found)
        elif tag == "base" and self.base is None:
            self.base = found.get("href")
        elif tag == "meta" and found.get("name") == "pypi:repository-version":
            version = found.get("content") or "1.0"
            if version.split(".")[0] != "1":
                raise ValueError(f"repository version {version}")
