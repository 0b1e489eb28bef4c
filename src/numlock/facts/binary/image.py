"""An extension module's file, of whatever system, as pieces of memory with addresses."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

X86_64 = "x86-64"
ARM64 = "arm64"
OTHER = "other"
_ELF = {"EM_X86_64": X86_64, "EM_AARCH64": ARM64}
_MACHO = {0x01000007: X86_64, 0x0100000C: ARM64}
_PE = {0x8664: X86_64, 0xAA64: ARM64}
_EXECUTABLE = 0x20000000  # of a PE section


class NotABinary(Exception):
    """A file that is no extension module, or one that is damaged, with the reason."""


class Piece(NamedTuple):
    """Bytes of the file and the address that they are loaded to; ``code``: they can be run."""

    address: int
    data: bytes
    code: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """``windows``: functions are called as Windows does. ``needed``: names of the libraries that it is linked to."""

    machine: str
    windows: bool
    pieces: tuple[Piece, ...]
    needed: tuple[str, ...]

    def find(self, text: bytes) -> Iterator[int]:
        """The addresses at which the bytes stand."""
        for piece in self.pieces:
            at = piece.data.find(text)
            while at >= 0:
                yield piece.address + at
                at = piece.data.find(text, at + 1)

    def text(self, address: int, limit: int) -> bytes | None:
        """The C string at an address; None where there is none or where it is longer than ``limit``."""
        for piece in self.pieces:
            start = address - piece.address
            if 0 <= start < len(piece.data):
                end = piece.data.find(b"\0", start, start + limit + 1)
                return piece.data[start:end] if end >= 0 else None
        return None


def read_image(data: bytes) -> Image:
    """Read an ELF, Mach-O or PE file. Raises NotABinary; parsers of somebody else's bytes fail in many ways."""
    try:
        if data.startswith(b"\x7fELF"):
            return _elf(data)
        if data.startswith(b"MZ"):
            return _pe(data)
        return _macho(data)
    except Exception as error:
        raise NotABinary(f"{type(error).__name__}: {error}"[:200]) from error


def _elf(data: bytes) -> Image:
    from elftools.elf.elffile import ELFFile

    elf = ELFFile(io.BytesIO(data))
    segments = list(elf.iter_segments())
    loaded = (each for each in segments if each["p_type"] == "PT_LOAD")
    pieces = (
        Piece(each["p_vaddr"], data[each["p_offset"] :][: each["p_filesz"]], bool(each["p_flags"] & 1))
        for each in loaded
    )
    dynamic: list[Any] = [each for each in segments if each["p_type"] == "PT_DYNAMIC"]
    needed = [str(tag.needed) for each in dynamic for tag in each.iter_tags("DT_NEEDED")]
    machine = _ELF.get(elf["e_machine"], OTHER) if elf.little_endian and elf.elfclass == 64 else OTHER
    return Image(machine=machine, windows=False, pieces=tuple(pieces), needed=tuple(needed))


def _pe(data: bytes) -> Image:
    import pefile

    pe = pefile.PE(data=data, fast_load=True)
    pe.parse_data_directories(directories=[pefile.DIRECTORY_ENTRY["IMAGE_DIRECTORY_ENTRY_IMPORT"]])
    pieces = (
        Piece(
            each.VirtualAddress,
            data[each.PointerToRawData :][: each.SizeOfRawData],
            bool(each.Characteristics & _EXECUTABLE),
        )
        for each in pe.sections
    )
    imported = getattr(pe, "DIRECTORY_ENTRY_IMPORT", [])
    needed = tuple(each.dll.decode("ascii", errors="replace") for each in imported)
    machine = _PE.get(pe.FILE_HEADER.Machine, OTHER)
    return Image(machine=machine, windows=True, pieces=tuple(pieces), needed=needed)


def _macho(data: bytes) -> Image:
    """The 64-bit Intel part of a file for several machines, else its first: they were built from one source."""
    from macholib.mach_o import LC_LOAD_DYLIB, LC_LOAD_WEAK_DYLIB, LC_SEGMENT_64
    from macholib.MachO import MachO

    class InMemory(MachO):  # type: ignore[misc]
        def __init__(self, data: bytes) -> None:
            self.filename, self.fat = "", None
            self.headers: list[Any] = []
            self.allow_unknown_load_commands = True
            self.load(io.BytesIO(data))

    headers = InMemory(data).headers
    header = next((each for each in headers if _MACHO.get(each.header.cputype) == X86_64), headers[0])
    segments = [(about, inner) for load, about, inner in header.commands if load.cmd == LC_SEGMENT_64]
    pieces = tuple(
        Piece(about.vmaddr, data[header.offset + about.fileoff :][: about.filesize], bool(about.initprot & 4))
        for about, _ in segments
    )
    linked = (LC_LOAD_DYLIB, LC_LOAD_WEAK_DYLIB)
    needed = (inner.rstrip(b"\0") for load, _, inner in header.commands if load.cmd in linked)
    names = tuple(name.decode("utf-8", errors="replace").rpartition("/")[2] for name in needed)
    machine = _MACHO.get(header.header.cputype, OTHER)
    return Image(machine=machine, windows=False, pieces=pieces, needed=names)
