/* Opens pages in frames, several at a time, and reads from the parsed documents what came of their texts. */

const AT_ONCE = 6;
const ALLOWED = ["http:", "https:", "mailto:", "tel:"];

/** By address: what one page says, and what should not be in it. */
async function visit(addresses) {
  const waiting = [...addresses];
  const found = {};
  async function work() {
    for (let address; (address = waiting.shift()); ) found[address] = await open(address);
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

/** The same of pages that are parsed and not shown, which is sooner done. */
async function parsed(addresses) {
  const found = {};
  for (const address of addresses) {
    const text = await (await fetch(address)).text();
    found[address] = read(new DOMParser().parseFromString(text, "text/html"));
  }
  return found;
}

async function open(address) {
  const frame = document.createElement("iframe");
  frame.width = frame.height = 800;
  const loaded = new Promise((resolve) => frame.addEventListener("load", resolve, { once: true }));
  frame.src = address;
  document.body.append(frame);
  await loaded;
  const page = frame.contentDocument;
  if (page.querySelector("ol.hits")) await results(page);
  const said = read(page);
  frame.remove();
  return said;
}

/** Waits until the search page shows what it found, or says why not. */
async function results(page) {
  const done = () => page.querySelector(".hits[aria-busy=false]") || page.querySelector(".message").textContent.trim();
  for (let turns = 0; !done() && turns < 500; turns++) await new Promise((resolve) => setTimeout(resolve, 20));
}

function read(page) {
  const texts = (selector) => Array.from(page.querySelectorAll(selector), (element) => element.textContent);
  const box = page.querySelector("main [type=search], form.search [type=search]");
  return {
    title: page.title,
    h1: texts("h1"),
    fields: texts("article.record dt").map((name, at) => [name, texts("article.record dd")[at]]),
    rows: Array.from(page.querySelectorAll("table.rows tbody tr"), (row) => Array.from(row.cells, (cell) => cell.textContent)),
    captions: texts("caption"),
    code: texts("pre code"),
    head: texts(".document-head dd"),
    hits: texts(".hits h3"),
    metas: Array.from(page.querySelectorAll("meta[name]"), (meta) => meta.content),
    box: box ? box.value : "",
    marks: texts("article.record > .mark"),
    wrong: wrong(page),
  };
}

/** Whether a script is JSON-LD, whole and in the head: data that no browser runs. */
function isData(element) {
  if (element.type !== "application/ld+json" || element.src || element.parentNode.localName !== "head") return false;
  try {
    return Array.isArray(JSON.parse(element.textContent)["@graph"]);
  } catch (error) {
    return false;
  }
}

function wrong(page) {
  const found = [];
  for (const element of page.querySelectorAll("*")) {
    const name = element.localName;
    if (name === "script" && !isData(element) && !(element.src || "").startsWith(`${location.origin}/assets/`)) found.push(element.outerHTML);
    if (["iframe", "object", "embed", "base", "math", "style", "frame"].includes(name)) found.push(element.outerHTML);
    if (name === "svg" && !element.matches("aside.qr > svg")) found.push(element.outerHTML);
    for (const attribute of element.attributes) {
      if (/^on/i.test(attribute.name) || attribute.name === "style") found.push(`${name} ${attribute.name}`);
      if (["href", "src", "action", "formaction"].includes(attribute.name)) {
        const target = new URL(attribute.value, page.baseURI);
        if (!ALLOWED.includes(target.protocol)) found.push(`${name} ${attribute.value}`);
      }
    }
  }
  return found;
}
