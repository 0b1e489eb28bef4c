"""Distributions read from outside, never run: file lists, metadata and single members, in few and small reads.

A wheel is a zip, whose file list sits at its end: one ranged read of the tail usually holds it.
"""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from numlock.errors import NumlockError
from numlock.facts.transport import TooLarge, Transport
from numlock.model import File

TAIL = 1 << 16
WHOLE = 60_000_000  # the largest distribution that is fetched whole: source archives, wheels where ranges are refused
MEMBER = 8_000_000  # the largest member that is unpacked
MEMBERS = 200_000
JOIN = (
    1 << 17
)  # members nearer than this are read in one go: a request costs as much as some hundred kilobytes
_FAULTS = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)


class Unreadable(Exception):
    """A distribution that cannot be read, with the reason."""


class _Remote(io.RawIOBase):
    """A seekable file over ranged reads; what was read once is kept."""

    def __init__(self, transport: Transport, url: str) -> None:
        self._transport = transport
        self._url = url
        self._position = 0
        self._spans: list[tuple[int, bytes]] = []
        response = transport.get(url, {"Range": f"bytes=-{TAIL}", "Accept-Encoding": "identity"}, limit=WHOLE)
        if response.status in (416, 501):  # some servers know no ranges from the end, or none at all
            response = transport.get(url, {"Accept-Encoding": "identity"}, limit=WHOLE)
        if response.status not in (200, 206):
            raise Unreadable(f"the index answered {response.status}")
        total = response.headers.get("content-range", "").rpartition("/")[2]
        self.size = int(total) if response.status == 206 and total.isdigit() else len(response.body)
        self._keep(self.size - len(response.body), response.body)

    def _keep(self, first: int, data: bytes) -> None:
        self._spans.append((first, data))

    def _held(self, first: int, last: int) -> bytes | None:
        for start, data in self._spans:
            if start <= first and last <= start + len(data):
                return data[first - start : last - start]
        return None

    def fetch(self, first: int, last: int) -> bytes:
        """Bytes ``first`` up to, not including, ``last``; the part before a held tail alone is asked for."""
        held = self._held(first, last)
        if held is not None:
            return held
        overlap = next(
            (start for start, data in self._spans if first < start < last <= start + len(data)), last
        )
        wanted = {"Range": f"bytes={first}-{overlap - 1}", "Accept-Encoding": "identity"}
        response = self._transport.get(self._url, wanted, limit=WHOLE)
        if response.status != 206 or len(response.body) != overlap - first:
            raise Unreadable("the index does not answer ranged reads as it should")
        data = response.body + (self._held(overlap, last) or b"" if overlap < last else b"")
        self._keep(first, data)
        return data

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        last = self.size if size < 0 else min(self.size, self._position + size)
        if last <= self._position:
            return b""
        data = self.fetch(self._position, last)
        self._position = last
        return data


@dataclass(frozen=True, slots=True)
class Archive:
    """A distribution that can be asked for its members by the paths inside it."""

    names: tuple[str, ...]
    _members: Mapping[str, zipfile.ZipInfo] | Mapping[str, bytes]
    _zip: zipfile.ZipFile | None = None
    _remote: _Remote | None = None

    def sizes(self) -> dict[str, int]:
        """The members with the bytes that reading each of them costs."""
        members = self._members.items()
        return {
            name: about.compress_size if isinstance(about, zipfile.ZipInfo) else len(about)
            for name, about in members
        }

    def read(self, wanted: Iterable[str], limit: int = MEMBER) -> Iterator[tuple[str, bytes]]:
        """The members that exist among ``wanted``, unpacked; those that lie near each other are read in one go.

        Members that are larger than ``limit``, or packed in an unusual way, are left out.
        """
        present = [name for name in dict.fromkeys(wanted) if name in self._members]
        if self._zip is None or self._remote is None:
            yield from ((name, data) for name in present if isinstance(data := self._members[name], bytes))
            return
        infos = [info for name in present if isinstance(info := self._members[name], zipfile.ZipInfo)]
        infos = [info for info in infos if _may_unpack(info, limit)]
        try:
            yield from self._unpacked(self._zip, self._remote, infos)
        except TooLarge as error:
            raise Unreadable(f"too large: {error}") from error
        except (*_FAULTS, ValueError) as error:
            raise Unreadable(f"damaged: {error}") from error

    def _unpacked(
        self, opened: zipfile.ZipFile, remote: _Remote, infos: list[zipfile.ZipInfo]
    ) -> Iterator[tuple[str, bytes]]:
        for first, last in _spans(
            infos, sorted(each.header_offset for each in opened.infolist()), remote.size
        ):
            remote.fetch(first, last)
        for info in infos:
            yield info.filename, _unpack(opened, info, info.file_size)


def _spans(infos: list[zipfile.ZipInfo], offsets: list[int], size: int) -> Iterator[tuple[int, int]]:
    """Byte ranges that hold the members, near ones joined. A member ends where the next one, or the list, begins."""
    ends = dict(zip(offsets, [*offsets[1:], size], strict=True))
    joined: list[list[int]] = []
    for info in sorted(infos, key=lambda each: each.header_offset):
        first = info.header_offset
        last = min(ends[first], first + info.compress_size + 70_000, size)
        if joined and first - joined[-1][1] <= JOIN:
            joined[-1][1] = max(joined[-1][1], last)
        else:
            joined.append([first, last])
    yield from ((first, last) for first, last in joined)


def _may_unpack(info: zipfile.ZipInfo, limit: int) -> bool:
    usual = info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not info.flag_bits & 1
    return usual and info.file_size <= limit


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int = MEMBER) -> bytes:
    if info.file_size > limit:
        raise Unreadable(f"{info.filename} is larger than {limit} bytes")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
        raise Unreadable(f"{info.filename} is packed in an unusual way")
    with archive.open(info) as member:
        data = member.read(limit + 1)
    if len(data) > limit:
        raise Unreadable(f"{info.filename} is larger than it says")
    return data


def open_archive(transport: Transport, file: File) -> Archive:
    """Open a wheel by ranged reads, or a source archive whole. Raises Unreadable; OutOfReach where the index is."""
    try:
        if file.is_wheel:
            remote = _Remote(transport, file.url)
            return _zipped(remote)
        response = transport.get(file.url, {"Accept-Encoding": "identity"}, limit=WHOLE)
        if response.status != 200:
            raise Unreadable(f"the index answered {response.status}")
        return _source(file.filename, response.body)
    except TooLarge as error:
        raise Unreadable(f"too large to be fetched whole: {error}") from error
    except NumlockError:
        raise
    except (*_FAULTS, ValueError) as error:
        raise Unreadable(f"damaged: {error}") from error


def _zipped(remote: _Remote) -> Archive:
    opened = zipfile.ZipFile(remote)
    infos = opened.infolist()
    if len(infos) > MEMBERS:
        raise Unreadable(f"holds more than {MEMBERS} members")
    return Archive(tuple(opened.namelist()), {info.filename: info for info in infos}, opened, remote)


def _source(filename: str, data: bytes) -> Archive:
    """The small text members of a source archive: metadata, file lists, modules."""
    members: dict[str, bytes] = {}
    if filename.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            for info in opened.infolist()[:MEMBERS]:
                members[info.filename] = _unpack(opened, info) if _is_text(info.filename) else b""
        return Archive(tuple(members), members)
    unpacked = _decompressed(filename, data)
    with tarfile.open(fileobj=unpacked, mode="r|") as tar:
        for count, member in enumerate(tar):
            if count > MEMBERS:
                break
            if member.isfile():
                kept = _is_text(member.name) and member.size <= MEMBER
                extracted = tar.extractfile(member) if kept else None
                members[member.name] = extracted.read(MEMBER) if extracted else b""
    return Archive(tuple(members), members)


def _is_text(name: str) -> bool:
    return name.endswith((".py", ".pyi", ".txt", "PKG-INFO", ".toml", ".cfg"))


class _Bounded(io.RawIOBase):
    """A decompressed stream that ends with an error where it grows past all reason."""

    def __init__(self, stream: io.BufferedIOBase, limit: int) -> None:
        self._stream = stream
        self._left = limit

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size if size >= 0 else self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise Unreadable("unpacks to more than it may")
        return data


def _decompressed(filename: str, data: bytes) -> _Bounded:
    packed = io.BytesIO(data)
    stream = bz2.BZ2File(packed) if filename.endswith(".bz2") else gzip.GzipFile(fileobj=packed)
    return _Bounded(stream, 20 * WHOLE)
