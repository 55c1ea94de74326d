// Packed files: a byte that says whether the rest is compressed, then the rest. Inflate (RFC 1951 in a
// gzip member, RFC 1952) is here for browsers without DecompressionStream.

const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCES = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The content of a packed file. */
export async function unpack(bytes) {
  const content = bytes.subarray(1);
  if (!bytes[0]) return content;
  if (typeof DecompressionStream !== "function") return gunzip(content);
  const stream = new Blob([content]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A canonical Huffman code from the lengths of its words: how many of each length, and the symbols. */
function code(lengths) {
  const counts = new Uint16Array(16), next = new Uint16Array(16), symbols = new Uint16Array(lengths.length);
  for (const length of lengths) counts[length]++;
  counts[0] = 0;
  for (let n = 1; n < 16; n++) next[n] = next[n - 1] + counts[n - 1];
  lengths.forEach((length, symbol) => { if (length) symbols[next[length]++] = symbol; });
  return { counts, symbols };
}

const repeat = (length, times) => new Array(times).fill(length);
const FIXED = [
  code([...repeat(8, 144), ...repeat(9, 112), ...repeat(7, 24), ...repeat(8, 8)]),
  code(repeat(5, 30)),
];

/** The content of a gzip member as our own writer makes it: without name, comment or extra field. */
export function gunzip(bytes) {
  const end = bytes.length - 8;
  const size = new DataView(bytes.buffer, bytes.byteOffset + end + 4, 4).getUint32(0, true);
  const out = new Uint8Array(size);
  let at = 10, filled = 0, held = 0, count = 0;

  function bits(n) {
    while (count < n) { held |= bytes[at++] << count; count += 8; }
    const value = held & ((1 << n) - 1);
    held >>>= n;
    count -= n;
    return value;
  }

  function symbol({ counts, symbols }) {
    let word = 0, first = 0, index = 0;
    for (let length = 1; length < 16; length++) {
      word |= bits(1);
      if (word - counts[length] < first) return symbols[index + word - first];
      index += counts[length];
      first = (first + counts[length]) << 1;
      word <<= 1;
    }
    throw new Error("search: damaged file");
  }

  function codes() {
    const literals = bits(5) + 257, distances = bits(5) + 1, sizes = repeat(0, 19), lengths = [];
    for (let n = bits(4) + 4, i = 0; i < n; i++) sizes[ORDER[i]] = bits(3);
    const table = code(sizes);
    while (lengths.length < literals + distances) {
      const next = symbol(table);
      if (next < 16) lengths.push(next);
      else if (next === 16) lengths.push(...repeat(lengths[lengths.length - 1], 3 + bits(2)));
      else lengths.push(...repeat(0, next === 17 ? 3 + bits(3) : 11 + bits(7)));
    }
    return [code(lengths.slice(0, literals)), code(lengths.slice(literals))];
  }

  for (let last = 0; !last;) {
    last = bits(1);
    const kind = bits(2);
    if (kind === 0) {
      held = count = 0;
      const length = bytes[at] | (bytes[at + 1] << 8);
      out.set(bytes.subarray(at + 4, at + 4 + length), filled);
      at += 4 + length;
      filled += length;
      continue;
    }
    const [literals, distances] = kind === 1 ? FIXED : codes();
    for (let next; (next = symbol(literals)) !== 256;) {
      if (next < 256) { out[filled++] = next; continue; }
      const length = LENGTHS[next - 257] + bits(LENGTH_BITS[next - 257]);
      const far = symbol(distances);
      const distance = DISTANCES[far] + bits(far < 4 ? 0 : (far >> 1) - 1);
      for (let i = 0; i < length; i++, filled++) out[filled] = out[filled - distance];
    }
  }
  return out;
}
