// Asks a search engine questions and says what each answer cost. Files are read from disk in place of
// a server: bytes and requests are those of the network, milliseconds are the engine's own.
//
//   node ask.mjs ours|pagefind|material FOLDER QUESTIONS.json ANSWERS.json
//
// A question is {query, take}: after the first page of 20, go on to `take` hits. Pagefind is asked
// for each word as a phrase of its own, and what all of them find counts: it takes no two at a time.

import { readFile, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import { gzipSync } from "node:zlib";

const PAGE = 20;
const [name, folder, questions, answers] = process.argv.slice(2);
const HOST = "http://bench.invalid/";
let bytes = 0, requests = 0;

globalThis.fetch = async (address) => {
  const path = new URL(address, HOST).pathname;
  try {
    const content = await readFile(join(folder, decodeURI(path)));
    bytes += content.length;
    requests += 1;
    const type = path.endsWith(".wasm") ? "application/wasm" : "application/octet-stream";
    return new Response(content, { headers: { "content-type": type } });
  } catch {
    return new Response("", { status: 404 });
  }
};

const module = (path) => import(pathToFileURL(join(folder, path)));

const engines = {
  async ours() {
    const { open } = await module("assets/search-engine.js");
    return async () => {
      const engine = await open(HOST + "search/");
      return async function* (query) {
        for await (const hit of engine.search(query)) yield hit.path;
      };
    };
  },

  async pagefind() {
    const { createInstance } = await module("pagefind/pagefind.js");
    return async () => {
      const engine = createInstance({ basePath: HOST + "pagefind/", baseUrl: "/" });
      await engine.filters(); // what it loads it loads now
      return async function* (phrases) {
        const found = await Promise.all(phrases.map((phrase) => engine.search(phrase)));
        const others = found.slice(1).map(({ results }) => new Set(results.map(({ id }) => id)));
        const results = found[0].results.filter(({ id }) => others.every((ids) => ids.has(id)));
        for (let n = 0; n < results.length; n += PAGE) {
          const page = await Promise.all(results.slice(n, n + PAGE).map((result) => result.data()));
          for (const { url } of page) yield new URL(url, HOST).pathname.slice(1);
        }
      };
    };
  },

  // The theme's own worker. Everything it needs is loaded once; a query asks for nothing more.
  async material() {
    const scripts = "assets/javascripts/";
    const [worker] = JSON.parse(readFileSync(join(folder, "bench.json"), "utf8")).worker;
    let answer;
    const load = (path) => {
      const content = readFileSync(join(folder, path));
      bytes += gzipSync(content).length;
      requests += 1;
      return content.toString("utf8");
    };
    return async () => {
      const listeners = [];
      const scope = vm.createContext({
        console: { warn() {}, log() {} }, URL,
        addEventListener: (_, listener) => listeners.push(listener),
        postMessage: (message) => answer(message),
        importScripts: (...paths) => paths.forEach((path) => vm.runInContext(load(scripts + path.replace("../", "")), scope)),
      });
      scope.self = scope;
      const send = (message) => new Promise((resolve) => {
        answer = resolve;
        listeners.forEach((listener) => listener({ data: message }));
      });
      vm.runInContext(load(scripts + "workers/" + worker), scope);
      const index = JSON.parse(load("search/search_index.json"));
      await send({ type: 0, data: { ...index, options: { suggest: false } } });
      return async function* (query) {
        const { data } = await send({ type: 2, data: query });
        for (const [first] of data.items) yield first.location.split("#")[0];
      };
    };
  },
};

async function ask(search, { query, take }) {
  bytes = requests = 0;
  const started = performance.now(), paths = [];
  let first;
  const mark = () => (first ??= { ms: performance.now() - started, bytes, requests });
  for await (const path of search(query)) {
    paths.push(path);
    if (paths.length === PAGE) mark();
    if (paths.length >= Math.max(take, PAGE)) break;
  }
  return { ...mark(), paths };
}

const asked = JSON.parse(await readFile(questions, "utf8"));
const open = await engines[name]();
const load = async () => {
  bytes = requests = 0;
  const started = performance.now(), search = await open();
  return [search, { ms: performance.now() - started, bytes, requests }];
};
await load(); // to warm up
const [search, loading] = await load();
const warm = [];
for (const question of asked) warm.push(await ask(search, question));
const fresh = [];
// An index that is loaded whole is no fresher for being loaded again.
if (name !== "material") for (const question of asked) fresh.push(await ask((await load())[0], { ...question, take: 0 }));
await writeFile(answers, JSON.stringify({ load: loading, warm, fresh: fresh.length ? fresh : warm }));
