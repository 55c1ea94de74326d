// Answers questions about indexes on disk: each line of input is a question, each line of output its
// answer. Runs the engine as browsers get it, with files in place of a server.

import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

import { normalise, open } from "../../hooks/theme/assets/search-engine.js";
import { gunzip } from "../../hooks/theme/assets/search-inflate.js";

const Stream = globalThis.DecompressionStream;
let fetched = [];

globalThis.fetch = async (address, options = {}) => {
  try {
    const content = await readFile(address);
    fetched.push([address, content.length, options.cache || ""]);
    return new Response(content);
  } catch {
    return new Response("", { status: 404 });
  }
};

const engines = new Map();

async function engine({ base, fresh, old }) {
  globalThis.DecompressionStream = old ? undefined : Stream;
  if (fresh || !engines.has(base)) engines.set(base, open(base));
  return engines.get(base);
}

/** The hits of a search; `take` stops after so many, `abort` gives the signal after so many. */
async function search({ query, options = {}, take = Infinity, abort = Infinity }, found) {
  const control = new AbortController(), hits = [];
  try {
    for await (const hit of found.search(query, { ...options, signal: control.signal })) {
      hits.push(hit);
      if (hits.length >= abort) control.abort();
      if (hits.length >= take) break;
    }
  } catch (error) {
    return { hits, error: error.name };
  }
  return { hits };
}

const answers = {
  search,
  paths: async (question, found) => (await search(question, found)).hits.map(({ path, inKey }) => [path, inKey]),
  count: ({ query, options }, found) => found.count(query, options),
  suggest: ({ text }, found) => found.suggest(text),
  marks: ({ text, query }, found) => found.marks(text, query),
  reason: ({ query }, found) => found.reason(query),
  about: (_, found) => ({ total: found.total, facets: found.facets }),
};

async function answer(question) {
  if (question.ask === "fold") return question.texts.map(normalise);
  if (question.ask === "table") {
    const points = Array.from({ length: 0x110000 }, (_, point) => [point, normalise(String.fromCodePoint(point))]);
    return points.filter(([point, text]) => text !== String.fromCodePoint(point));
  }
  if (question.ask === "gunzip") return Buffer.from(gunzip(Buffer.from(question.data, "base64"))).toString("base64");
  fetched = [];
  const started = performance.now();
  const found = await engine(question);
  const result = await answers[question.ask](question, found);
  if (!question.cost) return result;
  return { result, ms: performance.now() - started, bytes: fetched.reduce((sum, [, size]) => sum + size, 0), fetched };
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = { answer: await answer(JSON.parse(line)) };
  } catch (error) {
    reply = { error: String(error.stack || error) };
  }
  process.stdout.write(JSON.stringify(reply) + "\n");
}
