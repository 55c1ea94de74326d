// The files of the index and the lists of documents in them. Their format is described in
// disclosure/site/search.py and disclosure/site/postings.py.

import { unpack } from "./search-inflate.js";

export const KEY = 0, BODY = 1;
const PAIR = 0, FOUR = 1, THREE = 2, VALUE = 3;
const ID_BITS = 34, BUCKET_BITS = 10;
const KEPT = 3000; // files remembered; the oldest are forgotten first
const NONE = new Uint32Array(0);

const isAlnum = (unit) => (unit >= 48 && unit <= 57) || (unit >= 97 && unit <= 122);

/** Mixes what a gram is made of into its id, as `_id` in disclosure/site/grams.py does. */
function gramId(sort, low) {
  let mixed = Math.imul(low ^ Math.imul(sort, 0x9e3779b1), 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) * 4 + sort;
}

/** The id of the facet value with this running number. */
export const valueId = (number) => gramId(VALUE, number);

/** The ids of the grams that cover a folded term, and whether one of them is the whole term. */
export function gramsOf(term) {
  const units = Array.from({ length: term.length }, (_, i) => term.charCodeAt(i));
  const alnum = units.map(isAlnum);
  const isFour = (i) => i >= 0 && alnum[i] && alnum[i + 1] && alnum[i + 2] && alnum[i + 3];
  const isThree = (i) => i >= 0 && i + 2 < units.length && alnum[i] + alnum[i + 1] + alnum[i + 2] > 1;
  const ids = new Set();
  for (let i = 0; i + 1 < units.length; i++) {
    const [a, b, c, d] = units.slice(i, i + 4);
    if (isFour(i)) ids.add(gramId(FOUR, (a << 21) | (b << 14) | (c << 7) | d));
    else if (isThree(i)) {
      const odd = [0, 1, 2].find((n) => !alnum[i + n]);
      const [x, y] = [a, b, c].filter((_, n) => n !== odd);
      if (odd !== undefined) ids.add(gramId(THREE, (odd << 30) | (units[i + odd] << 14) | (x << 7) | y));
      else if (!isFour(i - 1)) ids.add(gramId(THREE, (3 << 30) | (a << 14) | (b << 7) | c));
    } else if (!isThree(i - 1)) ids.add(gramId(PAIR, (a << 16) | b));
  }
  const whole = term.length === 2 || (term.length === 3 && isThree(0)) || (term.length === 4 && isFour(0));
  return { ids: [...ids], whole };
}

function* numbers(bytes, from) {
  for (let at = from; ;) {
    let value = 0, weight = 1, byte;
    do {
      byte = bytes[at++];
      value += (byte & 127) * weight;
      weight *= 128;
    } while (byte & 128);
    yield value;
  }
}

/** Where `count` numbers that begin at `from` end. */
function skip(bytes, from, count) {
  let at = from;
  while (count) if (bytes[at++] < 128) count--;
  return at;
}

function fromGaps(bytes, count, low) {
  const docs = new Uint32Array(count);
  let at = 0, doc = low - 1;
  for (let n = 0; n < count; n++) {
    let gap = 0, shift = 0, byte;
    do {
      byte = bytes[at++];
      gap |= (byte & 127) << shift;
      shift += 7;
    } while (byte & 128);
    docs[n] = doc += gap + 1;
  }
  return docs;
}

function fromBitmap(bytes, count, low) {
  const docs = new Uint32Array(count);
  for (let at = 0, n = 0; n < count; at++) {
    for (let byte = bytes[at]; byte; byte &= byte - 1) docs[n++] = low + at * 8 + 31 - Math.clz32(byte & -byte);
  }
  return docs;
}

/** All documents from `low` to below `high`. */
export const all = (low, high) => Uint32Array.from({ length: high - low }, (_, i) => low + i);

function place(docs, doc) {
  let low = 0, high = docs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (docs[middle] < doc) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Those of sorted documents from `low` to below `high`. */
export const between = (docs, low, high) => docs.subarray(place(docs, low), place(docs, high));

/** Documents in both of two sorted lists. */
export function intersect(one, other) {
  const [few, many] = one.length < other.length ? [one, other] : [other, one];
  const met = new Uint32Array(few.length);
  let n = 0, from = 0;
  for (const doc of few) {
    for (let step = 1; from + step < many.length && many[from + step] <= doc; step *= 2) from += step;
    while (from < many.length && many[from] < doc) from++;
    if (many[from] === doc) met[n++] = doc;
  }
  return met.subarray(0, n);
}

/** Documents in any of several sorted lists. */
export function union(lists) {
  const filled = lists.filter((docs) => docs.length);
  if (filled.length < 2) return filled[0] || NONE;
  const merged = new Uint32Array(filled.reduce((sum, docs) => sum + docs.length, 0));
  let n = 0;
  for (const docs of filled) { merged.set(docs, n); n += docs.length; }
  merged.sort();
  return merged.filter((doc, i) => !i || merged[i - 1] !== doc);
}

/** Reads the files of one index, each once. */
export class Files {
  constructor(base, manifest) {
    this.base = base;
    this.manifest = manifest;
    this.kept = new Map();
  }

  /** The decoded content of a file; `decode` must belong to the path. */
  async read(path, decode) {
    let content = this.kept.get(path);
    if (content) this.kept.delete(path); // and to the end, as the youngest
    else content = load(this.base + path).then(unpack).then(decode);
    this.kept.set(path, content);
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value);
    try {
      return await content;
    } catch (error) {
      this.kept.delete(path);
      throw error;
    }
  }

  has(path) {
    return this.kept.has(path);
  }

  /** The card or body of a document: its own object of the chunk, where readers may leave notes. */
  async document(folder, size, id) {
    const decode = (bytes) => JSON.parse(new TextDecoder().decode(bytes)).map((texts) => ({ texts }));
    const chunk = await this.read(path(folder, Math.floor(id / size)), decode);
    return chunk[id % size];
  }

  /** The entry of a gram: `lists` by scope, and how many documents hold it; null if none does. */
  async entry(id) {
    const width = 2 ** (ID_BITS - this.manifest.bits);
    const number = Math.floor(id / width);
    const shard = await this.read(path("s", number), (bytes) => readShard(bytes, number * width));
    const at = shard.places.get(id);
    return at === undefined ? null : this.readEntry(shard.bytes, at, Math.floor(id / 2 ** (ID_BITS - BUCKET_BITS)));
  }

  readEntry(bytes, at, bucket) {
    const [list, next] = this.readList(bytes, at, bucket);
    const [other, end] = this.readList(bytes, next, bucket);
    const shared = list.count && other.count ? numbers(bytes, end).next().value : 0;
    return { lists: [list, other], count: list.count + other.count - shared };
  }

  readList(bytes, at, bucket) {
    const { zones } = this.manifest, end = zones[zones.length - 1];
    const head = numbers(bytes, at).next().value, count = Math.floor(head / 4), form = head % 4;
    const from = skip(bytes, at, 1);
    if (form === 0) return [{ count, docs: fromGaps(bytes.subarray(from), count, 0) }, skip(bytes, from, count)];
    if (form === 1) return [{ count, docs: fromBitmap(bytes.subarray(from), count, 0) }, from + ((end + 7) >> 3)];
    const table = numbers(bytes, from), next = () => table.next().value, segments = [];
    const many = next();
    for (let n = 0, file = next(), zone = 0; n < many; n++) {
      const segment = { low: zones[zone], high: zones[(zone += next())], count: next(), size: next() };
      segments.push({ ...segment, path: segment.size ? segmentPath(bucket, file++) : "" });
    }
    return [{ count, segments }, skip(bytes, from, 2 + 3 * many)];
  }

  /** Bytes still to be fetched before the part of a list from `low` on can be read. */
  cost(list, low) {
    if (list.docs) return 0;
    const segment = find(list, low);
    return this.has(segment.path) ? 0 : segment.size;
  }

  /** The documents of a list in the zone from `low` to below `high`. */
  async zone(list, low, high) {
    if (list.docs) return between(list.docs, low, high);
    const segment = find(list, low);
    if (!segment.count) return NONE;
    if (!segment.size) return all(low, high);
    const decode = (bytes) =>
      (bytes[0] ? fromBitmap : fromGaps)(bytes.subarray(1), segment.count, segment.low);
    return between(await this.read(segment.path, decode), low, high);
  }
}

const find = (list, low) => list.segments.find((segment) => low < segment.high);
const segmentPath = (bucket, place) => `d/${bucket >> 2}/${bucket & 3}-${place}.bin`;
const path = (folder, number) => `${folder}/${number >> 8}/${number & 255}.bin`;

async function load(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`search: ${response.status} ${address}`);
  return new Uint8Array(await response.arrayBuffer());
}

function readShard(bytes, low) {
  const read = numbers(bytes, 0), count = read.next().value;
  const ids = [], places = new Map();
  for (let n = 0, id = low; n < count; n++) ids.push((id += read.next().value));
  let at = skip(bytes, 0, 1 + 2 * count);
  for (const id of ids) {
    places.set(id, at);
    at += read.next().value;
  }
  return { bytes, places };
}
