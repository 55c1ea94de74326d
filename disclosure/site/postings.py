"""Postings: for every gram the numbers of the documents that hold it, as small static files.

All files begin with a byte: 1 = the rest is gzip, 0 = the rest is plain. Numbers are LEB128.

`s/<n ÷ 256>/<n mod 256>.bin`, a shard: the grams whose id begins with the bits of n. How many there
are; their ids, each as the distance from the one before (the first from the lowest possible); the
length of each one's entry; the entries. An entry is a list for the key scope, a list for the body
and, if neither is empty, how many documents are in both. A list begins with 4 × (number of
documents) + form; a single 0 is an empty list. Form 0: the gaps between the documents follow (0 =
the very next). Form 1: a bitmap up to the end of the last zone. Form 2: a table of segments, which
says how many there are, the number of the first one's file and, for each, how many zones it spans,
how many documents it has, and the size of its file (0 = it needs none, having no or all documents).

`d/<b ÷ 4>/<b mod 4>-<n>.bin`, segment n of the long lists of the grams whose ids begin with the ten
bits of b: a byte 0, then gaps, or a byte 1, then a bitmap, either of them from the first document of
the first zone; before all that the byte of every file.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from disclosure.site import grams
from disclosure.site.blocks import BUCKET_BITS, BUCKETS
from disclosure.site.grams import Keys

Array = npt.NDArray[np.int64]
File = tuple[str, bytes]

GAPS, BITMAP, SEGMENTS = range(3)


@dataclass(frozen=True, slots=True)
class Layout:
    """The sizes by which the index is cut into files, and the work into pieces."""

    card: int = 16
    """Documents in one file of cards."""
    text: int = 16
    """Documents in one file of bodies."""
    zone: int = 1 << 16
    """Documents in a zone; the last one ends where the last block would be full."""
    inline: int = 4096
    """Bytes up to which a list stands in its shard."""
    segment: int = 8192
    """Bytes below which neighbouring zones of a list share a file."""
    shard: int = 6_000
    """Bytes of a shard, on average, before it is compressed."""
    block: int = 2048
    """Documents read at a time and kept together: a multiple of `card` and `text`."""
    part: int = 1 << 16
    """Postings encoded at a time, on average."""


USUAL = Layout()
SHARES = 64


@dataclass(frozen=True, slots=True)
class Plan:
    """How so many postings are cut: into `parts` by the first bits of grams, and into 2 ** `bits` shards."""

    parts: int
    bits: int


def plan(postings: int, share: Iterable[Keys], end: int, layout: Layout) -> Plan:
    """The plan for so many postings, of which those of the first of `SHARES` shares of all buckets,
    given one after the other, tell how many bytes they will take. Both its numbers are powers of two."""
    parts, bits = 1, 0
    while parts < BUCKETS and postings > layout.part * parts:
        parts *= 2
    bounds = zones(end, layout)
    expected = sum(len(_encode(keys, bounds, layout).stream) for keys in share) * SHARES
    while expected > layout.shard << bits:
        bits += 1
    return Plan(parts, max(bits, parts.bit_length() - 1))


def zones(total: int, layout: Layout) -> list[int]:
    """Where the zones begin, and where the last one ends; only a full block more changes that."""
    end = -(-total // layout.block) * layout.block
    return [*range(0, end, layout.zone), end]


def pack(content: bytes) -> bytes:
    """A file's content, compressed if that saves a tenth."""
    # In gzip's format, without a clock; a window of 16 KB suffices and is sooner made.
    squeezed = zlib.compressobj(5, zlib.DEFLATED, 16 + 14, 7)
    packed = squeezed.compress(content) + squeezed.flush()
    return b"\1" + packed if len(packed) < len(content) * 0.9 else b"\0" + content


def path(folder: str, number: int) -> str:
    """Where a numbered file lies; no folder holds more than 256."""
    return f"{folder}/{number >> 8}/{number & 255}.bin"


def files(keys: Keys, number: int, plan: Plan, end: int, layout: Layout) -> Iterator[File]:
    """The shards and segments of one part of the postings, sorted; documents are numbered below `end`."""
    part = _encode(keys, zones(end, layout), layout)
    for (bucket, place), content in part.segments.items():
        yield segment_path(bucket, place), content
    each = (1 << plan.bits) // plan.parts
    for shard, content in enumerate(_shards(part, number * each, each, plan.bits), number * each):
        yield path("s", shard), pack(content)


def segment_path(bucket: int, place: int) -> str:
    """Where a segment lies: its bucket is the first ten bits of its gram."""
    return f"d/{bucket >> 2}/{bucket & 3}-{place}.bin"


@dataclass(frozen=True, slots=True)
class _Part:
    """Encoded entries in the order of their ids, and the segments that they refer to."""

    ids: Array
    stream: bytes
    ends: Array
    """Where each entry ends in the stream."""
    segments: Mapping[tuple[int, int], bytes]
    """By bucket and place in it."""


def _shards(part: _Part, first: int, count: int, bits: int) -> Iterator[bytes]:
    """The shards that a part fills, of which `first` is the number of the first."""
    width = grams.ID_BITS - bits
    lows = np.arange(first, first + count + 1) << width
    cuts = np.searchsorted(part.ids, lows).tolist()
    steps = np.diff(part.ids, prepend=0)
    starts = np.flatnonzero(grams.first_ones(part.ids >> width))
    steps[starts] = part.ids[starts] & (1 << width) - 1
    step_bytes, step_ends = _varints(steps)
    length_bytes, length_ends = _varints(np.diff(part.ends, prepend=0))
    ends = np.append(0, part.ends)
    for low, high in itertools.pairwise(cuts):
        yield b"".join(
            (
                _numbers(high - low),
                step_bytes[step_ends[low] : step_ends[high]].tobytes(),
                length_bytes[length_ends[low] : length_ends[high]].tobytes(),
                part.stream[ends[low] : ends[high]],
            )
        )


def _encode(keys: Keys, bounds: Sequence[int], layout: Layout) -> _Part:
    """The entries of sorted postings.

    Two lists for each gram, 2n for the key scope and 2n + 1 for the body, stand one after another.
    """
    lists = (keys >> np.uint64(29)).astype(np.int64)
    ids = lists[grams.first_ones(lists >> 1)] >> 1
    edges = np.searchsorted(lists, np.stack((ids * 2, ids * 2 + 1), axis=1).ravel())
    edges = np.append(edges, len(keys))
    docs = (keys & np.uint64((1 << 29) - 1)).astype(np.int64)
    counts = np.diff(edges)
    gaps = np.diff(docs, prepend=0) - 1
    heads = edges[:-1][counts > 0]
    gaps[heads] = docs[heads]
    sizes = np.diff(np.append(0, np.cumsum(_sizes(gaps)))[edges])
    bitmap = (bounds[-1] + 7) // 8
    forms = np.full(len(counts), BITMAP if bitmap <= layout.inline else SEGMENTS)
    forms[(sizes <= bitmap) & (sizes <= layout.inline)] = GAPS
    heavy = np.logical_or(forms[::2] != GAPS, forms[1::2] != GAPS)
    shared = _shared(keys, counts)
    stream, ends = _plain_entries(gaps, counts, shared, heavy)
    pieces, done = [], 0
    grown = np.zeros(len(ids), np.int64)
    segments: dict[tuple[int, int], bytes] = {}
    for entry in np.flatnonzero(heavy).tolist():
        content = b""
        for n in (2 * entry, 2 * entry + 1):
            here = docs[edges[n] : edges[n + 1]]
            content += _numbers(len(here) * 4 + int(forms[n]))
            if forms[n] == GAPS:
                content += _varints(gaps[edges[n] : edges[n + 1]])[0].tobytes()
            elif forms[n] == BITMAP:
                content += _bitmap(here, 0, bounds[-1])
            else:
                bucket = int(ids[entry]) >> grams.ID_BITS - BUCKET_BITS
                content += _segments(here, bounds, layout, bucket, segments)
        if shared[entry] >= 0:
            content += _numbers(int(shared[entry]))
        pieces += [stream[done : int(ends[entry])], content]
        done, grown[entry] = int(ends[entry]), len(content)
    pieces.append(stream[done:])
    return _Part(ids, b"".join(pieces), ends + np.cumsum(grown), segments)


def _shared(keys: Keys, counts: Array) -> Array:
    """How many documents are in both lists of each entry; -1 where one of them is empty."""
    both = (counts[::2] > 0) & (counts[1::2] > 0)
    entries = np.repeat(np.arange(len(both)), counts[::2])
    in_key = keys[keys >> np.uint64(29) & np.uint64(1) == grams.KEY]
    in_key, entries = in_key[both[entries]], entries[both[entries]]
    twins = in_key | np.uint64(grams.BODY << 29)
    met = keys[np.searchsorted(keys, twins).clip(max=len(keys) - 1)] == twins
    return np.where(both, np.bincount(entries[met], minlength=len(both)), -1)


def _plain_entries(
    gaps: Array, counts: Array, shared: Array, heavy: npt.NDArray[np.bool_]
) -> tuple[bytes, Array]:
    """All entries made of gaps alone, at once: their bytes, and where each ends; heavy ones are empty."""
    keys, bodies = counts[::2], counts[1::2]
    slots = np.where(heavy, 0, 2 + keys + bodies + (shared >= 0))
    ends = np.cumsum(slots)
    light = ~heavy
    starts = (ends - slots)[light]
    numbers = np.zeros(int(ends[-1]) if len(ends) else 0, np.int64)
    numbers[starts] = keys[light] * 4
    numbers[starts + 1 + keys[light]] = bodies[light] * 4
    pairs = light & (shared >= 0)
    numbers[ends[pairs] - 1] = shared[pairs]
    body_starts = ends - slots + 2 + keys
    bases = np.stack((ends - slots + 1, body_starts), axis=1).ravel() - (np.cumsum(counts) - counts)
    chosen = np.repeat(np.repeat(light, 2), counts)
    places = np.arange(len(gaps)) + np.repeat(bases, counts)
    numbers[places[chosen]] = gaps[chosen]
    stream, offsets = _varints(numbers)
    return stream.tobytes(), offsets[ends]


def _segments(
    docs: Array,
    bounds: Sequence[int],
    layout: Layout,
    bucket: int,
    made: dict[tuple[int, int], bytes],
) -> bytes:
    """A list's table of segments; their contents are added to those made before."""
    cuts = np.searchsorted(docs, bounds).tolist()
    table: list[int] = []
    first = place = sum(known == bucket for known, _ in made)
    begin, last = 0, len(bounds) - 1
    while begin < last:
        end = begin + 1
        while end < last and _least(cuts, bounds, begin, end) < layout.segment:
            end += 1
        low, high, count = bounds[begin], bounds[end], cuts[end] - cuts[begin]
        size = 0
        if 0 < count < high - low:
            here = docs[cuts[begin] : cuts[end]]
            if count * 8 > high - low:
                content = b"\1" + _bitmap(here, low, high)
            else:
                content = b"\0" + _varints(np.diff(here, prepend=low - 1) - 1)[0].tobytes()
            made[bucket, place] = pack(content)
            size = len(made[bucket, place])
            place += 1
        table += [end - begin, count, size]
        begin = end
    return _numbers(len(table) // 3, first, *table)


def _least(cuts: Sequence[int], bounds: Sequence[int], begin: int, end: int) -> int:
    """About how many bytes these zones of a list take."""
    return min(cuts[end] - cuts[begin], (bounds[end] - bounds[begin]) // 8)


def _bitmap(docs: Array, low: int, high: int) -> bytes:
    bits = np.zeros(high - low, np.uint8)
    bits[docs - low] = 1
    return np.packbits(bits, bitorder="little").tobytes()


def _numbers(*numbers: int) -> bytes:
    """A few numbers in LEB128."""
    out = bytearray()
    for number in numbers:
        while number > 127:
            out.append(number & 127 | 128)
            number >>= 7
        out.append(number)
    return bytes(out)


def _sizes(numbers: Array) -> Array:
    """How many bytes each number takes in LEB128; none has more than 35 bits."""
    sizes = np.ones(len(numbers), np.int64)
    most = int(numbers.max(initial=0))
    for bits in (7, 14, 21, 28):
        if most >> bits:
            sizes += numbers >= 1 << bits
    return sizes


def _varints(numbers: Array) -> tuple[npt.NDArray[np.uint8], Array]:
    """Numbers in LEB128, and where each begins (and the last ends)."""
    offsets = np.append(0, np.cumsum(_sizes(numbers)))
    out = np.empty(int(offsets[-1]), np.uint8)
    places, left = offsets[:-1], numbers
    while len(left):
        more = left > 127
        out[places] = left & 127 | more << 7
        places, left = places[more] + 1, left[more] >> 7
    return out, offsets
