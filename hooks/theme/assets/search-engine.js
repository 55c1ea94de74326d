// The search engine: finds documents in the static index, without a page, without a server's help.
//
//   const engine = await open("/search/");
//   for await (const hit of engine.search("示例市 超限", { filters: { year: ["2023"] } })) …
//
// Grams propose documents and each proposal is checked in the document's own text: what is yielded
// is exactly what holds all words of the query, a word being a substring of one field after folding.
// Files are fetched only as far as the consumer of an iterator goes.

import { normalise } from "./search-fold.js";
import { BODY, Files, KEY, all, between, gramsOf, intersect, union, valueId } from "./search-lists.js";
import { excerpt, marks, words } from "./search-text.js";

export { normalise };

const FIRST = 3; // grams of a word that are looked up at once; the others only if these say too little
const PROBE = 7; // proposals checked at first, then twice as many: three of these make a page and one
const MOST = 56; // proposals checked at a time at most
const MORE = 2; // grams that are looked up in addition when most proposals fail
const CHECK = 1500; // bytes that checking one document takes, about
const APART = "\x1f"; // between folded texts; no folded word holds it

/** Opens the index in force below `base`, the address of the folder `search/`. */
export function open(base) {
  return opened(base).catch(() => opened(base)); // the site may be published anew between two requests
}

async function opened(base) {
  const folder = String(base).replace(/\/*$/, "/");
  const { index } = await json(folder + "current.json", { cache: "no-cache" });
  const root = `${folder}${index}/`;
  return new Engine(index, new Files(root, await json(root + "manifest.json")));
}

async function json(address, options) {
  const response = await fetch(address, options);
  if (!response.ok) throw new Error(`search: ${response.status} ${address}`);
  return response.json();
}

class Engine {
  constructor(index, files) {
    this.index = index; // its name: another one is in force once the site was published anew
    const manifest = (this.manifest = files.manifest);
    this.files = files;
    this.total = manifest.total;
    this.facets = manifest.facets;
    this.values = []; // of all facets, by their numbers
    for (const { name, values } of this.facets) for (const { value } of values) this.values.push({ name, value });
    this.common = new Set(triples(manifest.common));
    this.counted = new Map(); // query and filters → exact count, for searches that came to their end
  }

  /** Why a query finds nothing: "short" when no word has two characters, else "". */
  reason(query) {
    return words(query).some((word) => word.length > 1) ? "" : "short";
  }

  /** Hits, one after another: {path, title, date, type, inKey, facets, fields, excerpt, label}. */
  async *search(query, { filters = {}, order = "relevance", signal } = {}) {
    if (this.reason(query)) return;
    const asked = words(query);
    const terms = await this.terms(asked);
    const filter = await this.filter(filters);
    const common = { words: asked, terms, filter, signal, oldest: order === "oldest" };
    const passes = [];
    if (order !== "relevance") passes.push({ ...common, scopes: [KEY, BODY] });
    else {
      const joined = asked.join(""); // "2023 0123" is likely meant as 〔2023〕0123号
      if (asked.length > 1) passes.push({ ...common, words: [joined], terms: await this.terms([joined]), scopes: [KEY] });
      passes.push({ ...common, scopes: [KEY] }, { ...common, scopes: asked.length > 1 ? [KEY, BODY] : [BODY] });
    }
    const seen = new Set();
    for (const pass of passes) {
      for await (const found of this.scan(pass, seen)) yield this.hit(found, asked);
    }
    this.counted.set(signature(query, filters), seen.size);
  }

  /** How many hits a search has: {n, exact}; while not exact, n is what it has at most. */
  async count(query, { filters = {} } = {}) {
    if (this.reason(query)) return { n: 0, exact: true };
    const known = this.counted.get(signature(query, filters));
    if (known !== undefined) return { n: known, exact: true };
    const asked = words(query);
    const terms = await this.terms(asked);
    const { spans, groups } = await this.filter(filters);
    let found = all(0, 0), exact = asked.length === 1 && terms[0].whole, n = this.total;
    const proposals = terms.map((term) => term.proposals()).filter(Boolean);
    for (const term of terms) n = Math.min(n, term.most);
    for (const group of groups) {
      n = Math.min(n, group.reduce((sum, list) => sum + list.count, 0));
      if (group.every((list) => list.docs)) proposals.push(union(group.map((list) => list.docs)));
      else exact = false;
    }
    if (proposals.length) {
      found = proposals.reduce(intersect);
      if (spans) found = union(spans.map(([low, high]) => between(found, low, high)));
      n = Math.min(n, found.length);
    } else if (spans) n = Math.min(n, spans.reduce((sum, [low, high]) => sum + high - low, 0));
    const isWhole = terms[0].proposals() || !(spans || groups.length);
    return { n, exact: n === 0 || Boolean(exact && isWhole) };
  }

  /** Up to eight names or titles that hold a text, or whose initials do. */
  async suggest(text, { signal } = {}) {
    if (this.reason(text)) return [];
    const asked = words(text), found = new Set();
    const holds = (candidate) => asked.every((word) => normalise(candidate).includes(word));
    const pass = { words: asked, terms: await this.terms(asked), filter: {}, signal, scopes: [KEY] };
    let seen = 0;
    for await (const { card } of this.scan(pass, new Set())) {
      const [type, , title, , initials, , ...texts] = card.texts;
      const { name, roles } = this.manifest.types[type];
      const byInitials = asked.every((word) => initials.includes(word)) ? texts[name] : "";
      const listed = texts.filter((_, n) => roles[n] === "k");
      found.add([texts[name] || "", ...listed].find(holds) || byInitials || title);
      if (found.size === 8 || ++seen === 3 * PROBE) break;
    }
    return [...found];
  }

  /** The parts [start, end] of a text that a query matches, in order and apart. */
  marks(text, query) {
    return marks(text, words(query));
  }

  terms(asked) {
    return Promise.all(asked.filter((word) => word.length > 1).map((word) => this.term(word)));
  }

  async term(word) {
    const { ids, whole } = gramsOf(word);
    const telling = ids.filter((id) => !this.common.has(Math.floor(id / 1024)));
    const chosen = spread(telling.length ? telling : ids, FIRST);
    const term = new Term(whole, ids.filter((id) => !chosen.includes(id)));
    term.add(await Promise.all(chosen.map((id) => this.files.entry(id))));
    return term;
  }

  /** Look up some grams of a word that were left out so far; whether that may help. */
  async refine(term) {
    if (term.thorough) return false;
    const ids = spread(term.rest, MORE);
    term.rest = term.rest.filter((id) => !ids.includes(id));
    term.thorough = !term.rest.length;
    term.add(await Promise.all(ids.map((id) => this.files.entry(id))));
    return true;
  }

  /** Chosen facet values: `spans` of documents for years, and `groups` of lists, any of each. */
  async filter(filters) {
    const groups = [];
    let spans = null;
    for (const [name, values] of Object.entries(filters)) {
      if (!values || !values.length) continue;
      if (name === "year") spans = this.years(values);
      else groups.push(Promise.all(values.map((value) => this.valueList(name, value))));
    }
    return { spans, groups: await Promise.all(groups) };
  }

  years(chosen) {
    const facet = this.facets.find(({ name }) => name === "year");
    const spans = [];
    let high = this.total; // the newest have the highest numbers
    for (const { value, count } of facet ? facet.values : []) {
      if (chosen.includes(value)) spans.push([high - count, high]);
      high -= count;
    }
    return spans;
  }

  async valueList(name, value) {
    let number = 0;
    for (const facet of this.facets) {
      const at = facet.name === name ? facet.values.findIndex((item) => item.value === value) : -1;
      if (at >= 0) return (await this.files.entry(valueId(number + at))).lists[KEY];
      number += facet.values.length;
    }
    return { count: 0, docs: all(0, 0) };
  }

  /** Documents of one pass that are really hits, zone by zone. */
  async *scan(pass, seen) {
    const bounds = this.manifest.zones;
    const zones = bounds.slice(1).map((high, n) => [bounds[n], high]);
    if (!pass.oldest) zones.reverse();
    for (const [low, high] of zones) {
      let waiting = await this.proposals(pass, low, high);
      for (let size = PROBE; waiting.length; size = Math.min(2 * size, MOST)) {
        if (pass.signal && pass.signal.aborted) throw aborted();
        const part = pass.oldest ? [...waiting.slice(0, size)] : [...waiting.slice(-size)].reverse();
        waiting = pass.oldest ? waiting.slice(part.length) : waiting.slice(0, -part.length);
        const checks = part.map((id) => (seen.has(id) ? null : this.check(id, pass)));
        const found = (await Promise.all(checks)).filter(Boolean);
        for (const hit of found) {
          seen.add(hit.id);
          yield hit;
        }
        if (found.length * 2 >= part.length || !waiting.length) continue;
        if ((await Promise.all(pass.terms.map((term) => this.refine(term)))).some(Boolean)) {
          waiting = intersect(waiting, await this.proposals(pass, low, high));
          size = PROBE / 2;
        }
      }
    }
  }

  /** The documents of a zone that may be hits: all that are, and few others. */
  async proposals({ terms, scopes, filter: { spans, groups = [] } }, low, high) {
    if (spans && !spans.some((span) => span[0] < high && low < span[1])) return all(0, 0);
    let found = null;
    for (const term of [...terms].sort((one, other) => one.most - other.most)) {
      found = await this.narrow(found, term, scopes, low, high);
      if (!found.length) return found;
    }
    if (spans) found = union(spans.map((span) => between(found, ...span)));
    for (const group of groups) {
      if (!found.length) break;
      found = intersect(found, union(await Promise.all(group.map((list) => this.files.zone(list, low, high)))));
    }
    return found;
  }

  /** Those of `found` (null: all of the zone) that may hold a term in one of the scopes. */
  async narrow(found, term, scopes, low, high) {
    const parts = [];
    for (const scope of scopes) {
      const lists = term.lists[scope];
      if (!lists) continue;
      const near = lists.filter((list) => list.docs).map((list) => between(list.docs, low, high));
      let left = near.length ? near.reduce(intersect) : found;
      const far = lists.filter((list) => !list.docs);
      far.sort((one, other) => this.files.cost(one, low) - this.files.cost(other, low));
      for (const list of far) {
        if (left && !this.pays(list, low, left.length, term.thorough)) continue;
        const docs = await this.files.zone(list, low, high);
        left = left ? intersect(left, docs) : docs;
      }
      if (left === found) return found; // nothing that is worth its bytes
      parts.push(left);
    }
    const docs = union(parts);
    return found ? intersect(found, docs) : docs;
  }

  /** Whether fetching a list is cheaper than checking the documents that it would rule out. */
  pays(list, low, left, thorough) {
    const checks = thorough ? left : Math.min(left, 3 * PROBE);
    const share = Math.min(1, (2 * list.count) / this.total);
    return this.files.cost(list, low) < checks * CHECK * (1 - share);
  }

  async check(id, { words: asked, scopes }) {
    let card = null, missing = asked;
    if (scopes.includes(KEY)) {
      card = await this.card(id);
      missing = asked.filter((word) => !isKey(card, word));
      if (!missing.length) return { id, card, inKey: true };
    }
    if (!scopes.includes(BODY)) return null;
    const body = await this.body(id);
    if (!missing.every((word) => body.folded.includes(word))) return null;
    return { id, card: card || (await this.card(id)), body, missing, inKey: false };
  }

  async card(id) {
    const card = await this.files.document("c", this.manifest.card, id);
    if (card.folded === undefined) {
      const [type, , title, , initials, , ...texts] = card.texts;
      const keys = texts.filter((_, n) => this.manifest.types[type].roles[n] !== "s");
      card.folded = [title, ...keys].map(normalise).join(APART);
      card.initials = initials;
    }
    return card;
  }

  async body(id) {
    const body = await this.files.document("t", this.manifest.text, id);
    if (body.folded === undefined) body.folded = body.texts.map(normalise).join(APART);
    return body;
  }

  /** The facet values of a document: { type: ["行政处罚"], year: ["2023"], … }. */
  valuesOf(type, date, numbers) {
    const found = { type: [type], year: date ? [date.slice(0, 4)] : [] };
    for (const number of numbers) {
      const { name, value } = this.values[number];
      found[name] = [...(found[name] || []), value];
    }
    return found;
  }

  hit({ card, body, missing, inKey }, asked) {
    const [type, path, title, date, , numbers, ...texts] = card.texts;
    const { title: kind, labels, roles, bodies } = this.manifest.types[type];
    const isHeld = (text) => asked.some((word) => normalise(text).includes(word));
    const fields = texts
      .map((text, n) => [labels[n], text, roles[n]])
      .filter(([, text, role]) => text && (role !== "x" || isHeld(text)));
    const at = body ? body.texts.findIndex((text) => normalise(text).includes(missing[0])) : -1;
    return {
      path, title, date, type: kind, inKey,
      facets: this.valuesOf(kind, date, numbers),
      fields: fields.map(([label, text]) => [label, text]),
      excerpt: at < 0 ? "" : excerpt(body.texts[at], missing[0]),
      label: at < 0 ? "" : bodies[at] || "",
    };
  }
}

/** A word of the query: for each scope the lists of its grams, or null where it cannot occur. */
class Term {
  constructor(whole, rest) {
    this.whole = whole;
    this.rest = rest;
    this.thorough = false;
    this.lists = [[], []];
    this.most = Infinity;
  }

  add(entries) {
    for (const entry of entries) {
      this.most = Math.min(this.most, entry ? entry.count : 0);
      for (const scope of [KEY, BODY]) {
        const list = entry && entry.lists[scope];
        if (!list || !list.count) this.lists[scope] = null;
        else if (this.lists[scope]) this.lists[scope].push(list);
      }
    }
    for (const lists of this.lists) if (lists) lists.sort((one, other) => one.count - other.count);
  }

  /** All documents that may hold the word, as far as that is known without another file, or null. */
  proposals() {
    const scopes = this.lists.filter(Boolean);
    const near = scopes.map((lists) => lists.filter((list) => list.docs).map((list) => list.docs));
    return near.every((lists) => lists.length) ? union(near.map((lists) => lists.reduce(intersect))) : null;
  }
}

/** Whether a word is in a key text of a card; a single letter does not stand for a name. */
const isKey = ({ folded, initials }, word) =>
  folded.includes(word) || (word.length > 1 && initials.includes(word));

const signature = (query, filters) => JSON.stringify([words(query), Object.entries(filters).sort()]);

/** So many of some ids, evenly spread. */
function spread(ids, most) {
  if (ids.length <= most) return ids;
  return Array.from({ length: most }, (_, n) => ids[Math.round((n * (ids.length - 1)) / (most - 1))]);
}

/** Numbers of 24 bits from base 64. */
function* triples(text) {
  const bytes = atob(text);
  for (let at = 0; at < bytes.length; at += 3) {
    yield (bytes.charCodeAt(at) << 16) | (bytes.charCodeAt(at + 1) << 8) | bytes.charCodeAt(at + 2);
  }
}

function aborted() {
  const error = new Error("search: aborted");
  error.name = "AbortError";
  return error;
}
