// Answers questions about lists on disk: each line of input is a question, each line of output its
// answer. Runs the engine as browsers get it, with files in place of a server.

import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

import { records, table } from "../../hooks/theme/assets/list-csv.js";
import { open } from "../../hooks/theme/assets/list-engine.js";

let fetched = [];

globalThis.fetch = async (address) => {
  try {
    const content = await readFile(address);
    fetched.push([address, content.length]);
    return new Response(content);
  } catch {
    return new Response("", { status: 404 });
  }
};

const lists = new Map();

async function list({ root, fresh }) {
  if (fresh || !lists.has(root)) lists.set(root, open(root));
  return lists.get(root);
}

const plain = (counts) => Object.fromEntries([...counts].map(([name, values]) => [name, Object.fromEntries(values)]));

const answers = {
  about: ({ manifest }) => manifest,
  totals: (found) => plain(found.totals()),
  async find(found, { options, cells }) {
    const { rows, counts } = await found.find(options);
    return { n: rows.length, counts: plain(counts), cells: cells === false ? null : await found.cells(rows) };
  },
  async csv(found, { options }) {
    const { rows } = await found.find(options);
    return table(found, rows);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    const question = JSON.parse(line);
    if (question.ask === "records") reply = { answer: records(question.text) };
    else {
      fetched = [];
      const started = performance.now();
      const found = await list(question);
      const answer = await answers[question.ask](found, question);
      reply = { answer, ms: performance.now() - started, fetched };
    }
  } catch (error) {
    reply = { error: String(error.stack || error) };
  }
  process.stdout.write(JSON.stringify(reply) + "\n");
}
