"""Bytes from addresses: HTTP with kept connections, retries and limits; ``file:`` addresses alike.

The only opener of sockets. What only a request needs is imported when there is one: a warm check makes none.
"""

from __future__ import annotations

import base64
import re
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

from numlock.errors import OutOfReach
from numlock.facts.settings import IndexSettings, redact

if TYPE_CHECKING:
    import ssl

    import urllib3

_A = TypeVar("_A")
_B = TypeVar("_B")
PARALLEL = 16  # requests under way at once
_CHUNK = 1 << 16
_LONGEST_WAIT = 30.0  # seconds
_CONNECTS = 3  # tries more where no connection can be made: two seconds
_REDIRECTS = 10
_STATUSES = (429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """``status`` as in HTTP (files: 200, 206 or 404), headers with lower-case names, the body."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes


class TooLarge(Exception):
    """A body went past its limit."""


class Transport:
    """Fetches from the addresses that the settings allow credentials for; counts what it reads.

    A host that has not answered through all tries is not asked again: without a network each of its answers would
    have to be waited for.
    """

    def __init__(self, settings: IndexSettings) -> None:
        self.requests = 0
        self.bytes = 0
        self._settings = settings
        self._lock = threading.Lock()
        self._pools: dict[str | None, urllib3.PoolManager] = {}
        self._silent: dict[str, str] = {}
        self.failed = False  # whether some host has not answered, or refused to
        self._credentials = dict(
            _credentials(url) for url in (*settings.indexes, *settings.find_links) if "@" in url
        )

    def get(self, url: str, headers: Mapping[str, str] | None = None, *, limit: int) -> Response:
        """GET an address, at most ``limit`` bytes of body. Raises OutOfReach, or TooLarge past the limit."""
        if url.startswith("file:"):
            return self._file(url, headers or {}, limit)
        plain = redact(url)
        if reason := self._silent.get(urlsplit(plain).netloc):
            raise _unreachable(plain, reason)
        try:
            return self._http(plain, dict(headers or {}), limit)
        except OutOfReach:
            self.failed = True
            raise
        except (OSError, _http_error()) as error:
            self.failed, reason = True, _reason(error)
            if _is_silent(plain, error):
                self._silent[urlsplit(plain).netloc] = reason
            raise _unreachable(plain, reason) from error

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        limit: int,
        tail: bool = False,
    ) -> Response:
        """One request as it is: with no login of pip's, no second try, no redirect followed.

        ``tail``: of a longer body its last ``limit`` bytes, never holding more than twice as much. Raises OutOfReach,
        or TooLarge past the limit.
        """
        pool = self._pool(url)
        try:
            response = pool.request(
                method, url, headers=headers, body=body, redirect=False, retries=False, preload_content=False
            )
            try:
                data = _end(response, limit) if tail else self._body(response, limit)
            finally:
                response.release_conn()
        except (OSError, _http_error()) as error:
            hint = "check the connection, or try again later"
            raise OutOfReach(
                "host-unreachable", f"{urlsplit(url).hostname}: {_reason(error)}", hint=hint
            ) from error
        found = {name.lower(): value for name, value in response.headers.items()}
        return Response(status=response.status, url=url, headers=found, body=data)

    def _http(self, url: str, headers: dict[str, str], limit: int) -> Response:
        host = urlsplit(url).hostname or ""
        headers = {"User-Agent": "numlock", "Accept-Encoding": "gzip"} | headers
        if login := self._login(host):
            headers["Authorization"] = login
        # urllib3 takes Authorization off where a redirect leads to another host.
        response = self._pool(url).request("GET", url, headers=headers, preload_content=False)
        try:
            body = self._body(response, limit)
        finally:
            response.release_conn()
        found = {name.lower(): value for name, value in response.headers.items()}
        final = response.geturl() or url
        if response.status in _STATUSES or response.status in (401, 403, 407):
            reason = f"answered {response.status} for {urlsplit(final).path}"
            raise OutOfReach(
                "index-refused", f"{host} {reason}", hint="check credentials, or try again later"
            )
        return Response(status=response.status, url=redact(requote(url, final)), headers=found, body=body)

    def _body(self, response: urllib3.BaseHTTPResponse, limit: int) -> bytes:
        announced = response.headers.get("Content-Length", "")
        if announced.isdigit() and int(announced) > limit:
            response.close()
            raise TooLarge(f"{announced} bytes")
        try:
            return self._unpacked(response, limit)
        except zlib.error as error:
            reason = f"{urlsplit(response.geturl() or '').path} cannot be unpacked: {error}"
            raise OutOfReach("index-damaged", reason, hint="try again later") from error

    def _unpacked(self, response: urllib3.BaseHTTPResponse, limit: int) -> bytes:
        encoding = response.headers.get("Content-Encoding", "").lower()
        unpack = zlib.decompressobj(16 + zlib.MAX_WBITS) if encoding in ("gzip", "x-gzip") else None
        parts, size, read = [], 0, 0
        for chunk in response.stream(_CHUNK, decode_content=False):
            read += len(chunk)
            data = unpack.decompress(chunk, limit + 1) if unpack else chunk
            size += len(data)
            parts.append(data)
            if size > limit:
                response.close()
                raise TooLarge(f"more than {limit} bytes")
        if unpack is not None and not unpack.eof:
            raise zlib.error("it ends too early")
        with self._lock:
            self.requests += 1
            self.bytes += read
        return b"".join(parts)

    def _file(self, url: str, headers: Mapping[str, str], limit: int) -> Response:
        path = local_path(url)
        try:
            with open(path, "rb") as file:
                size = file.seek(0, 2)
                first, last = _range(headers.get("Range"), size)
                if last - first > limit:
                    raise TooLarge(f"more than {limit} bytes")
                file.seek(first)
                body = file.read(last - first)
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return Response(status=404, url=url, headers={}, body=b"")
        except OSError as error:
            raise OutOfReach("file-unreadable", str(error.strerror), where=str(path)) from error
        found = {"content-range": f"bytes {first}-{last - 1}/{size}", "content-length": str(len(body))}
        return Response(status=206 if "Range" in headers else 200, url=url, headers=found, body=body)

    def _login(self, host: str) -> str | None:
        pair = self._credentials.get(host) or _from_netrc(host)
        if pair is None:
            return None
        return "Basic " + base64.b64encode(":".join(pair).encode()).decode()

    def _pool(self, url: str) -> urllib3.PoolManager:
        from urllib.request import getproxies, proxy_bypass

        parts = urlsplit(url)
        proxy = self._settings.proxy or getproxies().get(parts.scheme)
        if proxy and proxy_bypass(parts.hostname or ""):
            proxy = None
        key = f"{proxy} {parts.hostname in self._settings.trusted_hosts}"
        with self._lock:
            if key not in self._pools:
                self._pools[key] = self._new_pool(
                    proxy, trusted=parts.hostname in self._settings.trusted_hosts
                )
            return self._pools[key]

    def _new_pool(self, proxy: str | None, *, trusted: bool) -> urllib3.PoolManager:
        import urllib3

        class Patient(urllib3.Retry):
            """Waits as long as it is told to, within reason."""

            def get_retry_after(self, response: urllib3.BaseHTTPResponse) -> float | None:
                told = super().get_retry_after(response)
                return None if told is None else min(told, _LONGEST_WAIT)

        retries = Patient(
            total=None,
            connect=min(self._settings.retries, _CONNECTS),
            read=self._settings.retries,
            status=self._settings.retries,
            other=self._settings.retries,
            redirect=_REDIRECTS,
            status_forcelist=_STATUSES,
            backoff_factor=0.3,
            backoff_max=10,
            raise_on_status=False,
            respect_retry_after_header=True,
        )
        options: dict[str, Any] = {
            "maxsize": PARALLEL,
            "retries": retries,
            "timeout": urllib3.Timeout(connect=self._settings.timeout, read=self._settings.timeout),
            "ssl_context": self._tls(trusted=trusted),
        }
        if proxy is None:
            return urllib3.PoolManager(**options)
        plain = redact(proxy if "://" in proxy else f"http://{proxy}")
        login = _credentials(proxy)[1] if "@" in proxy else None
        auth = urllib3.make_headers(proxy_basic_auth=":".join(login)) if login else None
        return urllib3.ProxyManager(plain, proxy_headers=auth, **options)

    def _tls(self, *, trusted: bool) -> ssl.SSLContext:
        """Pip's certificates where it names some, else the system's."""
        import ssl

        if self._settings.cert or trusted:
            context = ssl.create_default_context()
            if self._settings.cert:
                _load_certificates(context, self._settings.cert)
        else:
            import truststore

            context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if trusted:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self._settings.client_cert:
            context.load_cert_chain(self._settings.client_cert)
        return context


class Transports:
    """The transports of one run, one for each set of index settings: they share connections, and who is silent."""

    def __init__(self) -> None:
        self._made: dict[IndexSettings, Transport] = {}

    def of(self, settings: IndexSettings) -> Transport:
        """The one for these settings."""
        if settings not in self._made:
            self._made[settings] = Transport(settings)
        return self._made[settings]

    @property
    def failed(self) -> bool:
        """Whether some host has not answered, or refused to."""
        return any(each.failed for each in self._made.values())


def _end(response: urllib3.BaseHTTPResponse, limit: int) -> bytes:
    """The last ``limit`` bytes of a body, and up to as many before them."""
    kept = bytearray()
    for chunk in response.stream(_CHUNK, decode_content=False):
        kept += chunk
        if len(kept) > 2 * limit:
            del kept[:-limit]
    return bytes(kept[-limit:])


def parallel(work: Callable[[_A], _B], jobs: Sequence[_A]) -> list[tuple[_A, _B]]:
    """Each job with what came of it, in the order of the jobs."""
    if len(jobs) < 2:
        return [(job, work(job)) for job in jobs]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(PARALLEL, len(jobs))) as pool:
        return list(zip(jobs, pool.map(work, jobs), strict=True))


def _load_certificates(context: ssl.SSLContext, path: str) -> None:
    try:
        context.load_verify_locations(**({"capath": path} if Path(path).is_dir() else {"cafile": path}))
    except OSError as error:
        raise OutOfReach("cert-unreadable", f"pip's cert cannot be used: {error}", where=path) from error


def _unreachable(url: str, reason: str) -> OutOfReach:
    hint = "check the connection and pip's index settings, or use --offline"
    return OutOfReach("index-unreachable", f"{urlsplit(url).hostname}: {reason}", hint=hint)


def _reason(error: Exception) -> str:
    """What went wrong, without the object that urllib3 names first."""
    text = redact(str(getattr(error, "reason", None) or error))
    return re.sub(r"^(?:<[^>]*>|HTTPS?Connection(?:Pool)?\([^)]*\)): ", "", text)[:300]


def _is_silent(url: str, error: Exception) -> bool:
    """Whether the host of this address, or the proxy before it, gave no answer through all tries."""
    import urllib3

    exceptions = urllib3.exceptions
    if not isinstance(error, exceptions.MaxRetryError) or isinstance(error.reason, exceptions.ResponseError):
        return False
    # A host that redirects to another one has answered.
    return isinstance(error.reason, exceptions.ProxyError) or error.pool.host == urlsplit(url).hostname


def _http_error() -> type[Exception]:
    import urllib3

    return urllib3.exceptions.HTTPError


def _credentials(url: str) -> tuple[str, tuple[str, str]]:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    return parts.hostname or "", (unquote(parts.username or ""), unquote(parts.password or ""))


def _from_netrc(host: str) -> tuple[str, str] | None:
    import netrc

    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return (found[0], found[2] or "") if found else None


def _range(text: str | None, size: int) -> tuple[int, int]:
    """First byte and the one behind the last, of ``bytes=A-B`` or ``bytes=-N``."""
    if text is None:
        return 0, size
    first, _, last = text.removeprefix("bytes=").partition("-")
    if not first:
        return max(0, size - int(last)), size
    return min(int(first), size), min(int(last) + 1, size) if last else size


def local_path(url: str) -> Path:
    """The path of a ``file:`` address."""
    from urllib.request import url2pathname

    parts = urlsplit(url)
    host = f"//{parts.netloc}" if parts.netloc not in ("", "localhost") else ""
    return Path(url2pathname(host + parts.path))


def requote(asked: str, final: str) -> str:
    """The address that answered; a relative one (after a redirect inside a host) is completed from what was asked."""
    if "://" in final:
        return final
    parts = urlsplit(asked)
    return f"{parts.scheme}://{parts.netloc}{final}"
