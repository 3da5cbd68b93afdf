"""The wire format of protocol buffers, as far as ONNX files use it: so they need no library and no trust.

A message is a row of fields; each is a number and a value: a whole number (varint), four or eight bytes, or a
stretch of bytes, which may be a text, a packed list or a message again.
"""

import struct
from collections.abc import Iterable, Iterator

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_LONGEST_VARINT = 10

Value = int | memoryview


class DamageError(ValueError):
    """Bytes that are no message. Whoever knows the file's name makes a problem of it."""


def fields(content: memoryview) -> Iterator[tuple[int, Value]]:
    """The fields of a message, in order: numbers as they are, everything else as a view of its bytes."""
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        kind, value = key & 7, memoryview(b"")
        if kind == _VARINT:
            number, at = _varint(content, at)
            yield key >> 3, number
            continue
        if kind == _BYTES:
            size, at = _varint(content, at)
        elif kind in (_FOUR, _EIGHT):
            size = 4 if kind == _FOUR else 8
        else:
            raise DamageError("an unknown kind of field")
        value = content[at : at + size]
        if len(value) != size:
            raise DamageError("it ends too early")
        at += size
        yield key >> 3, value


def _varint(content: memoryview, at: int) -> tuple[int, int]:
    """A whole number, seven bits a byte, the lowest first; and where it ends."""
    value = 0
    for place, byte in enumerate(content[at : at + _LONGEST_VARINT]):
        value |= (byte & 127) << (7 * place)
        if byte < 128:
            return value & (2**64 - 1), at + place + 1
    raise DamageError("a number without an end")


def signed(value: Value) -> int:
    """An int64 of a field."""
    if not isinstance(value, int):
        raise DamageError("bytes where a number was expected")
    return value - 2**64 if value >= 2**63 else value


def numbers(value: Value, most: int) -> list[int]:
    """The int64s of a field of a repeated number: one, or packed."""
    if isinstance(value, int):
        return [signed(value)]
    found: list[int] = []
    at = 0
    while at < len(value):
        if len(found) == most:
            raise DamageError("a list that is too long")
        number, at = _varint(value, at)
        found.append(signed(number))
    return found


def inner(value: Value) -> memoryview:
    """The bytes of a field."""
    if isinstance(value, int):
        raise DamageError("a number where bytes were expected")
    return value


def text(value: Value) -> str:
    """The text of a field."""
    try:
        return bytes(inner(value)).decode()
    except UnicodeDecodeError:
        raise DamageError("a text that is none") from None


def float32s(value: Value) -> list[float]:
    """The float32s of a field: one, or packed."""
    content = inner(value)
    if len(content) % 4:
        raise DamageError("a list of numbers that ends too early")
    return [number for (number,) in struct.iter_unpack("<f", content)]


class Message:
    """A message that is being written. Large contents are kept as they are and joined once, at the end."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.size = 0

    def number(self, field: int, value: int) -> None:
        self._add(_encoded(field << 3 | _VARINT), _encoded(value % 2**64))

    def float32(self, field: int, value: float) -> None:
        self._add(_encoded(field << 3 | _FOUR), struct.pack("<f", value))

    def content(self, field: int, content: bytes) -> None:
        self._add(_encoded(field << 3 | _BYTES), _encoded(len(content)), content)

    def text(self, field: int, content: str) -> None:
        # Half a surrogate pair is no text; whatever it was meant to be, the file stays readable.
        self.content(field, content.encode("utf-8", "replace"))

    def message(self, field: int, inside: "Message") -> None:
        self._add(_encoded(field << 3 | _BYTES), _encoded(inside.size), *inside._parts)

    def messages(self, field: int, insides: Iterable["Message"]) -> None:
        for inside in insides:
            self.message(field, inside)

    def __bytes__(self) -> bytes:
        return b"".join(self._parts)

    def _add(self, *parts: bytes) -> None:
        self._parts += parts
        self.size += sum(map(len, parts))


def _encoded(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)
