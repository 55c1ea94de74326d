// The list engine: filters, counts and orders the rows of one collection, without a page, without a
// server's help. The format of its files is described in disclosure/site/facets.py.
//
//   const list = await open("/penalties/");
//   const found = await list.find({ filters: { year: ["2025"], 业务类别: ["水上"] }, order: "most" });
//   found.rows.length; found.counts.get("amount").get("无"); await list.cells(found.rows.slice(0, 20));
//
// Rows are numbered from the oldest on. Files of codes are fetched for the years that are asked for,
// cells only for the rows that are shown.

import { unpack } from "./search-inflate.js";

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%()*,;:?_";
const MOST = 2 ** 24; // rows of one collection
const VALUE = new Uint8Array(128);
for (let n = 0; n < DIGITS.length; n++) VALUE[DIGITS.charCodeAt(n)] = n;

/** Opens the rows of the collection whose folder is at `root`. */
export async function open(root) {
  const base = String(root);
  const response = await load(`${base}facets/current.json`, { cache: "no-cache" });
  return new List(base, await response.text());
}

async function load(address, options) {
  const response = await fetch(address, options);
  if (!response.ok) throw new Error(`list: ${response.status} ${address}`);
  return response;
}

export class List {
  constructor(root, text) {
    const manifest = (this.manifest = JSON.parse(text));
    this.root = root;
    this.text = text;
    this.facets = manifest.facets;
    this.orders = manifest.orders;
    this.total = manifest.total;
    this.kept = new Map(); // path → content, or the promise of it
    this.blocks = []; // from the oldest rows on
    let first = 0;
    for (const each of manifest.years) {
      let place = 0;
      for (const [name, size] of each.blocks) {
        this.blocks.push({ name, size, first, place, year: each.year, each });
        first += size;
        place += size;
      }
    }
  }

  /** Whether this is what the site has now; what it had a while ago may be gone. */
  async isCurrent() {
    return (await open(this.root)).text === this.text;
  }

  /** How many rows have each value: for lists that nothing narrows, without any further file. */
  totals() {
    return new Map(this.facets.map(({ name, values }) =>
      [name, new Map(values.map(({ value, count }) => [value, count]))]));
  }

  /**
   * The rows that have one of the chosen values of every filter, and what else can be chosen.
   * `base` is a filter that stays, [name, value]; "month" is one, too.
   * Returns {rows, counts}: numbers of rows in the order asked for; by facet and value how many rows
   * there would be if this value were the only choice of its facet.
   */
  async find({ filters = {}, order = this.orders[0], base = ["", ""] } = {}) {
    const asked = this.asked(filters, base);
    const isOrdered = ![this.orders[0], this.orders[0] === "newest" && "oldest"].includes(order);
    await Promise.all(asked.map((block) => this.open(block)));
    if (isOrdered || base[0] === "month") await Promise.all(asked.map((block) => this.open(block, "keys")));
    const counts = new Map(this.facets.map(({ name, values }) =>
      [name, new Map(values.map(({ value }) => [value, 0]))]));
    const rows = new Uint32Array(asked.reduce((sum, { size }) => sum + size, 0));
    let n = 0;
    for (const block of asked) n = scan(block, filters, base, counts, rows, n);
    if (asked.length < this.blocks.length && !base[0]) counts.set("year", this.totals().get("year"));
    return { rows: this.ordered(rows.subarray(0, n).reverse(), order), counts };
  }

  /** The blocks that are needed to answer; of years alone the others' counts are known. */
  asked(filters, [name, value]) {
    const years = name === "year" || name === "month" ? [value.slice(0, 4)]
      : name || Object.keys(filters).some((other) => other !== "year" && filters[other].length) ? [] : filters.year || [];
    return years.length ? this.blocks.filter(({ year }) => years.includes(year)) : this.blocks;
  }

  /** Rows in an order, given in that of the lists, which is also that of equal ones. */
  ordered(rows, order) {
    if (order === this.orders[0]) return rows;
    if (order === "oldest") return this.ordered(rows, "newest").reverse();
    const column = order === "newest" ? "day" : "money";
    const ranks = this.ranks(column), last = ranks.size + 1;
    const keys = new Float64Array(rows.length);
    let block = null, table;
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at];
      if (!block || row < block.first || row >= block.first + block.size) {
        block = this.block(row);
        table = block.keys[column].cells.map((text) =>
          (!text ? last : order === "least" ? ranks.get(text) : last - 1 - ranks.get(text)));
      }
      keys[at] = table[block.keys[column].codes[row - block.first]] * MOST + at;
    }
    return Uint32Array.from(keys.sort(), (key) => rows[key % MOST]);
  }

  /** The rank of every text of a column, from the least on. */
  ranks(column) {
    const texts = new Set();
    for (const { keys } of this.blocks) if (keys) keys[column].cells.forEach((text) => texts.add(text));
    texts.delete("");
    const sorted = [...texts].sort(column === "money" ? compare : undefined);
    return new Map(sorted.map((text, rank) => [text, rank]));
  }

  /** The block of a row. */
  block(row) {
    return this.blocks.find(({ first, size }) => row >= first && row < first + size);
  }

  /** What the lists show of some rows: for each [address, cell, …]. */
  async cells(rows) {
    const { group, chunk } = this.manifest;
    return Promise.all([...rows].map(async (row) => {
      const block = this.block(row);
      await this.open(block);
      const at = row - block.first, within = at % group;
      const file = `${block.groups[Math.floor(at / group)]}/${Math.floor(within / chunk)}`;
      return (await this.read(file))[within % chunk];
    }));
  }

  /** Where some rows stand in the files to download: by address, the rows and their lines, from 0 on. */
  lines(rows) {
    const found = new Map();
    for (const row of rows) {
      const { each, first, place } = this.block(row);
      let line = each.rows - 1 - (place + row - first);
      for (const missing of each.missing) if (missing <= line) line++;
      const file = this.root + each.file;
      if (!found.has(file)) found.set(file, { rows: [], lines: [], of: each.rows + each.missing.length });
      found.get(file).rows.push(row);
      found.get(file).lines.push(line);
    }
    return found;
  }

  /** Make sure that a block has its `groups` and `columns`, or its `keys`: each with `cells` and `codes`. */
  async open(block, part = "columns") {
    if (block[part]) return;
    const name = part === "keys" ? `${block.name}-keys` : block.name;
    const { groups = block.groups, columns } = await this.read(name);
    if (!this.kept.delete(name)) return; // somebody else was waiting, too
    for (const column of Object.values(columns)) column.codes = decode(column.codes, block.size);
    Object.assign(block, { groups, [part]: columns });
  }

  /** The content of a file, which is fetched once. */
  read(name) {
    if (!this.kept.has(name)) {
      const content = load(`${this.root}facets/${name}.bin`)
        .then((response) => response.arrayBuffer())
        .then((bytes) => unpack(new Uint8Array(bytes)))
        .then((bytes) => JSON.parse(new TextDecoder().decode(bytes)));
      content.catch(() => this.kept.delete(name));
      this.kept.set(name, content);
    }
    return this.kept.get(name);
  }
}

/** The numbers that texts of digits stand for: a text for each place, the lowest first. */
function decode(texts, size) {
  const codes = new Uint32Array(size);
  for (let place = texts.length - 1; place >= 0; place--) {
    const text = texts[place];
    for (let at = 0; at < size; at++) codes[at] = codes[at] * DIGITS.length + VALUE[text.charCodeAt(at)];
  }
  return codes;
}

/** Amounts in plain decimals, compared exactly. */
function compare(one, other) {
  const [isLess, isNext] = [one, other].map((text) => text[0] === "-");
  if (isLess !== isNext) return isLess ? -1 : 1;
  if (isLess) return compare(other.slice(1), one.slice(1));
  const [long, far] = [one, other].map((text) => text.split(".")[0].length);
  return long - far || (one < other ? -1 : Number(one > other));
}

/** Add the rows of an open block that fit to `rows`, from place `n` on, and to `counts`; the next place. */
function scan(block, filters, base, counts, rows, n) {
  const { columns, size, first, year } = block;
  const names = [...counts.keys()].filter((name) => name !== "year");
  const failed = new Uint8Array(size); // how many filters a row fails: none, one, more
  const failing = new Uint8Array(size); // the last facet whose filter it fails
  const fits = baseOf(base, block);
  for (let at = 0; at < size; at++) if (!fits(at)) failed[at] = 2;
  for (const [name, values] of Object.entries(filters)) {
    if (name === "year" || !values.length) continue;
    const facet = names.indexOf(name);
    if (facet < 0) return n; // nothing has what nobody knows
    const { cells, codes } = columns[name];
    const misses = cells.map((held) => !held.some((value) => values.includes(value)));
    for (let at = 0; at < size; at++) {
      if (!misses[codes[at]]) continue;
      failed[at] += failed[at] < 2;
      failing[at] = facet;
    }
  }
  const isChosen = !filters.year || !filters.year.length || filters.year.includes(year);
  const codes = names.map((name) => columns[name].codes);
  const tallies = names.map((name) => new Uint32Array(columns[name].cells.length));
  let fitting = 0;
  for (let at = 0; at < size; at++) {
    if (failed[at] > 1) continue;
    if (failed[at]) {
      if (isChosen) tallies[failing[at]][codes[failing[at]][at]]++;
      continue;
    }
    fitting++;
    if (!isChosen) continue;
    rows[n++] = first + at;
    for (let facet = 0; facet < codes.length; facet++) tallies[facet][codes[facet][at]]++;
  }
  const add = (name, value, more) => counts.get(name).set(value, (counts.get(name).get(value) || 0) + more);
  names.forEach((name, facet) => columns[name].cells.forEach((values, code) =>
    values.forEach((value) => add(name, value, tallies[facet][code]))));
  if (counts.has("year")) add("year", year, fitting);
  return n;
}

/** Whether a row of a block fits the filter that stays. */
function baseOf([name, value], { columns, keys, year }) {
  if (!name) return () => true;
  if (name === "year") return () => year === value;
  const { cells, codes } = (name === "month" ? keys.day : columns[name]) || { cells: [], codes: [] };
  const fits = cells.map((held) => (name === "month" ? held.startsWith(value) : held.includes(value)));
  return (at) => fits[codes[at]];
}
