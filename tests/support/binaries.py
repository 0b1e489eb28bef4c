"""Extension modules as bytes: small real ELF, Mach-O and PE files with calls and strings in them, and nothing else."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Literal

Kind = Literal["elf", "macho", "pe"]
Call = Sequence["str | int | None"]
NUMPY_1 = ("numpy.core._multiarray_umath", "_ARRAY_API")
NUMPY_2 = ("numpy._core._multiarray_umath", *NUMPY_1)
ABI_CHECK = "module compiled against ABI version 0x%x but this version of numpy is 0x%x"
API_CHECK = "module compiled against API version 0x%x but this version of numpy is 0x%x"
API_CHECK_2 = (
    "module was compiled against NumPy C-API version 0x%x (NumPy 1.20) but the running NumPy has 0x%x"
)
SIZE_CHECK = "%.200s.%.200s size changed, may indicate binary incompatibility. Expected %zd, got %zd"
_SYSTEM_V = (7, 6, 2, 1, 8, 9)
_WINDOWS = (1, 2, 8, 9)


def for_numpy(
    abi: int,
    api: int,
    *,
    types: Iterable[tuple[str, int]] = (),
    needed: Iterable[str] = (),
    kind: Kind = "elf",
) -> bytes:
    """An extension module that takes numpy's function table, and imports these of its types, as compilers build it."""
    check = API_CHECK if abi == 1 else API_CHECK_2
    calls: list[Call] = [(None, ABI_CHECK, 0x1000009 if abi == 1 else 0x2000000), (None, check, api)]
    calls += [(None, "numpy", name, size) for name, size in types]
    strings = (*(NUMPY_1 if abi == 1 else NUMPY_2), SIZE_CHECK)
    return extension(calls, strings=strings, needed=needed, kind=kind)


def extension(
    calls: Iterable[Call] = (),
    *,
    strings: Iterable[str] = (),
    needed: Iterable[str] = (),
    kind: Kind = "elf",
    machine: Literal["intel", "arm"] = "intel",
) -> bytes:
    """A file whose code makes calls with these arguments (None: one that is already in its register)."""
    make = {"elf": _elf, "macho": _macho, "pe": _pe}[kind]
    return make(list(calls), list(strings), list(needed), machine == "arm")


def _body(base: int, calls: list[Call], strings: list[str], registers: Sequence[int]) -> bytes:
    """Code and the strings behind it, to be loaded to ``base``."""
    texts = list(
        dict.fromkeys([*(each for call in calls for each in call if isinstance(each, str)), *strings])
    )
    size = sum(
        7 if isinstance(each, str) else 6 if isinstance(each, int) else 0 for call in calls for each in call
    )
    places, at = {}, base + size + 24 * len(calls)
    for text in texts:
        places[text] = at
        at += len(text) + 1
    code = b""
    for call in calls:
        for register, argument in zip(registers, call, strict=False):
            if isinstance(argument, str):
                code += bytes([0x48 | (register > 7) << 2, 0x8D, 5 | (register & 7) << 3])
                code += struct.pack("<i", places[argument] - (base + len(code) + 4))
            elif isinstance(argument, int):
                code += (
                    (b"\x41" if register > 7 else b"")
                    + bytes([0xB8 | register & 7])
                    + struct.pack("<I", argument)
                )
        code += b"\xe8\0\0\0\0" + b"\x90" * 16
    code += b"\x90" * (places[texts[0]] - base - len(code)) if texts else b""
    return code + b"".join(text.encode() + b"\0" for text in texts)


def _elf(calls: list[Call], strings: list[str], needed: list[str], arm: bool) -> bytes:
    names = b"\0" + b"".join(name.encode() + b"\0" for name in needed)
    start = 64 + 2 * 56
    dynamic = start + len(names) + -(start + len(names)) % 8
    tags, offset = [], 1
    for name in needed:
        tags.append((1, offset))
        offset += len(name) + 1
    tags += [(5, start), (10, len(names)), (0, 0)]
    base = dynamic + 16 * len(tags)
    body = _body(base, calls, strings, _SYSTEM_V)
    end = base + len(body)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 3, 183 if arm else 62, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0
    )
    load = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, end, end, 4096)
    about = struct.pack("<IIQQQQQQ", 2, 6, dynamic, dynamic, dynamic, 16 * len(tags), 16 * len(tags), 8)
    front = (header + load + about + names).ljust(dynamic, b"\0")
    return front + b"".join(struct.pack("<QQ", *tag) for tag in tags) + body


def _macho(calls: list[Call], strings: list[str], needed: list[str], arm: bool) -> bytes:
    libraries = b""
    for name in needed:
        text = f"@rpath/{name}".encode() + b"\0"
        text += b"\0" * (-len(text) % 8)
        libraries += struct.pack("<IIIIII", 0xC, 24 + len(text), 24, 0, 0, 0) + text
    base = 32 + 72 + len(libraries)
    body = _body(base, calls, strings, _SYSTEM_V)
    end = base + len(body)
    header = struct.pack(
        "<IIIIIIII",
        0xFEEDFACF,
        0x0100000C if arm else 0x01000007,
        3,
        8,
        1 + len(needed),
        72 + len(libraries),
        0,
        0,
    )
    segment = struct.pack("<II16sQQQQIIII", 0x19, 72, b"__TEXT", 0, end, 0, end, 5, 5, 0, 0)
    return header + segment + libraries + body


def _pe(calls: list[Call], strings: list[str], needed: list[str], arm: bool) -> bytes:
    base, raw = 0x1000, 0x200
    descriptors, imports = b"", b""
    for name in needed:
        place = base + 20 * (len(needed) + 1) + len(imports)
        descriptors += struct.pack("<IIIII", place, 0, 0, place + 16, place)
        imports += struct.pack("<QQ", 1 << 63 | 1, 0) + name.encode() + b"\0"  # one function, by its number
    table = descriptors + b"\0" * 20 + imports if needed else b""
    body = table + _body(base + len(table), calls, strings, _WINDOWS)
    body += b"\0" * (-len(body) % 0x200)
    dos = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40)
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0xAA64 if arm else 0x8664, 1, 0, 0, 0, 240, 0x2022)
    optional = struct.pack(
        "<HBBIIIIIQIIHHHHHHIIIIHHQQQQII",
        *(0x20B, 14, 0, len(body), 0, 0, 0, base, 0x180000000, 0x1000, 0x200, 6, 0, 0, 0, 6, 0, 0),
        *(base + 0x10000, raw, 0, 2, 0, 0x100000, 0x1000, 0x100000, 0x1000, 0, 16),
    )
    directories = struct.pack("<IIII", 0, 0, base if needed else 0, len(table)) + b"\0" * 112
    section = struct.pack("<8sIIIIIIHHI", b".text", len(body), base, len(body), raw, 0, 0, 0, 0, 0x60000020)
    return (dos + coff + optional + directories + section).ljust(raw, b"\0") + body
