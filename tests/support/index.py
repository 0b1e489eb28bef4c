"""A real simple index over a folder of distributions, on this machine alone."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import re
import socket
import socketserver
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name

_JSON = "application/vnd.pypi.simple.v1+json"


class Seen(NamedTuple):
    """A request: its path and its headers by lower-case names."""

    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is sent: a status, headers and a body."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def redirect(url: str, status: int = 302) -> Answer:
    """An answer that leads elsewhere."""
    return Answer(status=status, headers={"Location": url})


class Index:
    """Serves a flat folder of wheels and source archives as a simple index while its ``with`` block runs.

    Every attribute may be changed at any time. ``first`` holds answers that are given before any other;
    ``answers`` those for paths that no file stands behind. ``yanked`` (reasons), ``uploaded`` (ISO 8601) and
    ``requires_python`` are by filename; Requires-Python is else what the file itself says.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log: list[Seen] = []
        self.sent = 0  # bytes of bodies
        self.pages: Literal["json", "html"] = "json"
        self.ranges = True
        self.metadata = False  # PEP 658
        self.hashes = True
        self.etags = False
        self.gzip = False
        self.cache_control: str | None = None
        self.login: tuple[str, str] | None = None
        self.first: list[Answer] = []
        self.answers: dict[str, Answer] = {}
        self.yanked: dict[str, str] = {}
        self.uploaded: dict[str, str] = {}
        self.requires_python: dict[str, str] = {}
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Index:
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Go down: whoever asks from now on is refused. The address stays known."""
        if self._server is not None and self._thread is not None and self._thread.is_alive():
            self._server.shutdown()
            self._server.hang_up()
            self._server.server_close()
            self._thread.join()

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        assert self._server is not None
        return int(self._server.server_address[1])

    @property
    def host(self) -> str:
        """``http://127.0.0.1:PORT``."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The address of the simple index."""
        return f"{self.host}/simple"

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [seen.path for seen in self.log]

    def file_url(self, path: Path) -> str:
        """The address of a file in the folder."""
        return f"{self.host}/files/{path.name}"

    # --- answers -------------------------------------------------------------------------------

    def answer(self, seen: Seen) -> Answer:
        """What this index says to a request."""
        with self._lock:
            self.log.append(seen)
            if self.first:
                return self.first.pop(0)
        if self.login and seen.headers.get("authorization") != _basic(self.login):
            return Answer(status=401, headers={"WWW-Authenticate": 'Basic realm="index"'})
        if seen.path in self.answers:
            return self.answers[seen.path]
        if page := re.fullmatch(r"/simple/([^/]+)/", seen.path):
            return self._page(page[1], seen.headers)
        if file := re.fullmatch(r"/files/([^/]+)", seen.path):
            return self._file(file[1], seen.headers)
        return Answer(status=404)

    def count(self, size: int) -> None:
        """Add to the bytes sent."""
        with self._lock:
            self.sent += size

    def _page(self, name: str, asked: Mapping[str, str]) -> Answer:
        files = [path for path in sorted(self.folder.iterdir()) if project_of(path.name) == name]
        if not files:
            return Answer(status=404)
        as_json = self.pages == "json" and _JSON in asked.get("accept", "")
        body = (self._json(name, files) if as_json else self._html(files)).encode()
        headers = {"Content-Type": _JSON if as_json else "text/html; charset=utf-8"}
        if self.cache_control is not None:
            headers["Cache-Control"] = self.cache_control
        if self.etags:
            headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()}"'
            if asked.get("if-none-match") == headers["ETag"]:
                return Answer(status=304, headers=headers)
        if self.gzip and "gzip" in asked.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body)
        return Answer(headers=headers, body=body)

    def _json(self, name: str, files: list[Path]) -> str:
        return json.dumps(
            {"meta": {"api-version": "1.1"}, "name": name, "files": list(map(self._row, files))}
        )

    def _row(self, path: Path) -> dict[str, object]:
        row: dict[str, object] = {
            "filename": path.name,
            "url": f"../../files/{path.name}",
            "hashes": {"sha256": digest(path)} if self.hashes else {},
            "size": path.stat().st_size,
            "yanked": self.yanked.get(path.name, False) or path.name in self.yanked,
        }
        if requires := self._requires(path):
            row["requires-python"] = requires
        if path.name in self.uploaded:
            row["upload-time"] = self.uploaded[path.name]
        if self.metadata and path.suffix == ".whl":
            row["core-metadata"] = True
        return row

    def _html(self, files: list[Path]) -> str:
        links = "".join(
            f'<a href="../../files/{path.name}{f"#sha256={digest(path)}" if self.hashes else ""}"'
            f"{self._attributes(path)}>{path.name}</a><br/>\n"
            for path in files
        )
        return f"<!DOCTYPE html><html><head><title>Links</title></head><body>{links}</body></html>"

    def _attributes(self, path: Path) -> str:
        found = {"data-yanked": self.yanked[path.name]} if path.name in self.yanked else {}
        if requires := self._requires(path):
            found["data-requires-python"] = requires
        if self.metadata and path.suffix == ".whl":
            found["data-core-metadata"] = "true"
        return "".join(f' {key}="{html.escape(value)}"' for key, value in found.items())

    def _requires(self, path: Path) -> str | None:
        if path.name in self.requires_python:
            return self.requires_python[path.name]
        found = re.search(rb"^Requires-Python: (.+)$", _metadata_of(path), re.MULTILINE)
        return found[1].decode() if found else None

    def _file(self, name: str, asked: Mapping[str, str]) -> Answer:
        path = self.folder / name
        if path.is_file():
            return self._ranged(path.read_bytes(), asked.get("range"))
        wheel = self.folder / name.removesuffix(".metadata")
        if self.metadata and wheel.suffix == ".whl" and wheel.is_file():
            return Answer(body=_metadata_of(wheel))
        return Answer(status=404)

    def _ranged(self, data: bytes, wanted: str | None) -> Answer:
        found = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted or "")
        if not self.ranges or not found:
            return Answer(body=data)
        first = int(found[1]) if found[1] else max(0, len(data) - int(found[2]))
        last = min(int(found[2]) + 1, len(data)) if found[1] and found[2] else len(data)
        if first >= last:
            return Answer(status=416, headers={"Content-Range": f"bytes */{len(data)}"})
        span = {"Content-Range": f"bytes {first}-{last - 1}/{len(data)}"}
        return Answer(status=206, headers=span, body=data[first:last])


def project_of(filename: str) -> str:
    """The project that a file belongs to, by its name."""
    if filename.endswith(".whl"):
        return canonicalize_name(filename.split("-", 1)[0])
    return canonicalize_name(filename.rpartition("-")[0])


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _basic(login: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(login).encode()).decode()


def _metadata_of(path: Path) -> bytes:
    """METADATA or PKG-INFO of a distribution; nothing where it is damaged."""
    try:
        if path.suffix in (".whl", ".zip"):
            with zipfile.ZipFile(path) as archive:
                return archive.read(next(name for name in archive.namelist() if _is_metadata(name)))
        with tarfile.open(path) as tar:
            member = tar.extractfile(next(name for name in tar.getnames() if _is_metadata(name)))
            return member.read() if member else b""
    except (OSError, EOFError, StopIteration, tarfile.TarError, zipfile.BadZipFile, zlib.error):
        return b""


def _is_metadata(name: str) -> bool:
    return re.fullmatch(r"[^/]+\.dist-info/METADATA|[^/]+/PKG-INFO", name) is not None


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # closing waits for every thread

    def __init__(self, index: Index) -> None:
        self.index = index
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer's own looks the host's name up
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def hang_up(self) -> None:
        """End the connections that clients keep open."""
        for each in list(self.open):
            with suppress(OSError):  # the client was faster
                each.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def finish(self) -> None:
        self.server.open.discard(self.request)
        try:
            super().finish()
        except OSError:
            self.close_connection = True  # whoever asked has gone

    def do_GET(self) -> None:
        parts = urlsplit(self.path)  # a whole address where this is asked as a proxy
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.index.answer(Seen(unquote(parts.path), headers))
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304 and not {"Content-Length", "Transfer-Encoding"} & answer.headers.keys():
            self.send_header("Content-Length", str(len(answer.body)))
        self.server.index.count(len(answer.body))
        try:
            self.end_headers()
            self.wfile.write(answer.body)
            self.wfile.flush()
        except OSError:
            self.close_connection = True  # whoever asked has gone

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
