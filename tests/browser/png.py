"""Makes a screenshot a third of its size: 256 colours are enough for words on a ground, and are packed well."""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
RGB = 3  # Bytes of a pixel.

Rows = list[bytes]


def packed(picture: bytes) -> bytes:
    """The same PNG of RGB, each pixel in the nearest of its most frequent colours."""
    rows = _rows(picture)
    counted = Counter(pixel for row in rows for pixel in _pixels(row))
    palette = [colour for colour, _ in counted.most_common(COLOURS)]
    place = {colour: _nearest(colour, palette) for colour in counted}
    lines = b"".join(b"\0" + bytes(place[pixel] for pixel in _pixels(row)) for row in rows)
    header = struct.pack(">IIBBBBB", len(rows[0]) // RGB, len(rows), 8, 3, 0, 0, 0)
    chunks = {b"IHDR": header, b"PLTE": b"".join(palette), b"IDAT": zlib.compress(lines, 9), b"IEND": b""}
    return SIGNATURE + b"".join(_chunk(kind, body) for kind, body in chunks.items())


def _pixels(row: bytes) -> Iterator[bytes]:
    return (row[at : at + RGB] for at in range(0, len(row), RGB))


def _nearest(colour: bytes, palette: list[bytes]) -> int:
    def distance(place: int) -> int:
        return sum((one - other) ** 2 for one, other in zip(colour, palette[place], strict=True))

    return min(range(len(palette)), key=distance)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _rows(picture: bytes) -> Rows:
    """Its rows of pixels: each is stored as the difference from what its filter expects."""
    chunks = list(_chunks(picture))
    width = struct.unpack(">I", chunks[0][1][:4])[0] * RGB
    data = zlib.decompress(b"".join(body for kind, body in chunks if kind == b"IDAT"))
    rows: Rows = []
    above = bytes(width)
    for at in range(0, len(data), width + 1):
        above = _unfiltered(data[at], data[at + 1 : at + 1 + width], above)
        rows.append(above)
    return rows


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(picture):
        length, kind = struct.unpack(">I4s", picture[at : at + 8])
        yield kind, picture[at + 8 : at + 8 + length]
        at += length + 12


def _unfiltered(kind: int, line: bytes, above: bytes) -> bytes:
    row, before = bytearray(RGB) + line, bytes(RGB) + above  # A pixel of zeros stands on the left of both.
    for at in range(RGB, len(row)):
        left, up, corner = row[at - RGB], before[at], before[at - RGB]
        expected = (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]
        row[at] = (row[at] + expected) & 0xFF
    return bytes(row[RGB:])


def _paeth(left: int, up: int, corner: int) -> int:
    return min((left, up, corner), key=lambda value: abs(left + up - corner - value))
