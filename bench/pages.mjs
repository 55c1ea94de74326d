// Looks at pages as Lighthouse does, and counts what a visit fetches.
//
//   node pages.mjs NODE_MODULES CHROMIUM RUNS
//
// Standard input is a list of {kind, form, address, skipped, counted}; for each a line of JSON comes out:
// what every run said, and, where it is asked for, requests and bytes of two visits.

import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, program, runs] = process.argv.slice(2);
const entry = createRequire(join(folder, "_")).resolve("lighthouse");
const { default: lighthouse, desktopConfig } = await import(pathToFileURL(entry));
const { default: puppeteer } = await import(pathToFileURL(createRequire(entry).resolve("puppeteer-core")));

const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const TIMES = { lcp: "largest-contentful-paint", tbt: "total-blocking-time", cls: "cumulative-layout-shift" };
const QUIET = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
  // What the browser draws for its own address bar would take the processor while pages load.
  "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
];
const PATIENCE = 120_000;

let text = "";
for await (const piece of process.stdin) text += piece;
for (const { kind, form, address, skipped, counted } of JSON.parse(text)) {
  const browser = await puppeteer.launch({ executablePath: program, args: QUIET, protocolTimeout: 3 * PATIENCE });
  const looks = [];
  for (let run = 0; run < Number(runs); run += 1) looks.push(await look(browser, address, form, skipped));
  const visits = counted ? await visited(browser, address) : [];
  await browser.close();
  process.stdout.write(`${JSON.stringify({ kind, form, looks, visits })}\n`);
}

/** One run: scores from 0 to 1, times in milliseconds, the audits that count and are not passed. */
async function look(browser, address, form, skipped) {
  const context = await browser.createBrowserContext();
  const flags = {
    onlyCategories: CATEGORIES, skipAudits: skipped, disableFullPageScreenshot: true, logLevel: "error",
    maxWaitForLoad: PATIENCE,
  };
  const config = form === "desktop" ? desktopConfig : undefined;
  const { lhr } = await lighthouse(address, flags, config, await context.newPage());
  await context.close();
  if (lhr.runtimeError) throw new Error(`${address}: ${lhr.runtimeError.message}`);
  const complaints = CATEGORIES.flatMap((name) =>
    lhr.categories[name].auditRefs
      .filter(({ id, weight }) => weight && (lhr.audits[id].scoreDisplayMode === "error" || failed(name, lhr.audits[id].score)))
      .map(({ id }) => ({ id, told: lhr.audits[id].displayValue ?? "", nodes: places(lhr.audits[id]) })),
  );
  return {
    version: lhr.lighthouseVersion,
    scores: CATEGORIES.map((name) => lhr.categories[name].score),
    times: Object.fromEntries(Object.entries(TIMES).map(([key, id]) => [key, lhr.audits[id].numericValue ?? null])),
    complaints,
  };
}

/** A time is good from nine tenths on, by Lighthouse's own colours; everything else is passed or not. */
function failed(category, score) {
  return score !== null && score < (category === "performance" ? 0.9 : 1);
}

function places({ details }) {
  return (details?.items ?? []).slice(0, 5).map((item) => item.node?.snippet ?? item.url ?? "");
}

/** Requests and bytes with the headers of the answers: with nothing kept by the browser, then of another page
    that has the same styles and scripts. */
async function visited(browser, address) {
  const context = await browser.createBrowserContext();
  const visits = [];
  for (const one of [address, `${address}${address.includes("?") ? "&" : "?"}next`]) {
    const page = await context.newPage();
    const session = await page.createCDPSession();
    const wire = new Map();
    session.on("Network.responseReceived", ({ requestId, response }) => {
      if (/^http/.test(response.url) && !response.fromDiskCache) wire.set(requestId, 0);
    });
    session.on("Network.requestServedFromCache", ({ requestId }) => wire.delete(requestId));
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      if (wire.has(requestId)) wire.set(requestId, encodedDataLength);
    });
    await session.send("Network.enable");
    await page.goto(one, { waitUntil: "networkidle0", timeout: PATIENCE });
    visits.push({ requests: wire.size, bytes: [...wire.values()].reduce((a, b) => a + b, 0) });
    await page.close();
  }
  await context.close();
  return visits;
}
