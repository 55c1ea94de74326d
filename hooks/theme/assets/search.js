/* The search page: what is asked stands in the address, what is found in the page.
   The view {q, filters, order, page} is read from the address and nothing else; every control leads to
   an address, so that links share a view and Back works. The engine finds; this file only shows. */

import { build, label, tally, tick } from "./search-filters.js";
import { grouped, node, result } from "./search-nodes.js";
import { isFiltered, isTurn, views } from "./view.js";

const PER_PAGE = 20;
const LAST_PAGE = 50; // nobody turns more pages; whoever needs more narrows the search
const FEW = 100; // so many hits are fetched in any case, to count them exactly
const MANY = 32768; // documents up to which the lists of facet values are small enough to count with
const PAUSE = 250; // milliseconds without a keystroke before a search starts
const PATIENCE = 400; // milliseconds before the page says that it is searching

const form = document.getElementById("search");
const box = form.elements.q;
const base = form.action; // where this page and the index lie
const siteTitle = document.title;
const part = (selector) => document.querySelector(selector);
const [page, filters, status, chosen, message, hits, pager, browse] = [
  ".search-page", ".filters", ".status", ".chosen", ".message", ".hits", ".found .pager", ".browse",
].map(part);

let engine = null;
let open, normalise; // of the engine's module, once it is there
let search = null; // the search that runs or has run last: see begin()
let timer;
let place = (history.state && history.state.y) || 0; // how far down a reader was who comes back

/* The view and its address ------------------------------------------------------------------- */

const { read, address, here, enter, link, chosen: choose } = views({
  orders: ["relevance", "newest", "oldest"], last: LAST_PAGE,
});
const asked = () => read(new URLSearchParams(new FormData(form)));

/** Go to a view. While one types, the steps on the way leave no trace in the history. */
function go(view, { typing = false, turned = false } = {}) {
  const isStep = typing && Boolean(history.state && history.state.typing);
  enter(view, { replace: isStep, state: { typing } });
  return show({ turned });
}

/* Searching ---------------------------------------------------------------------------------- */

/** The search for a view, whichever page of it: its hits are fetched as far as they are needed. */
function begin(view, key) {
  const stop = new AbortController();
  const options = { filters: view.filters, order: view.order, signal: stop.signal };
  const steps = engine.search(view.q, options)[Symbol.asyncIterator]();
  const found = { key, stop, hits: [], complete: false, settled: false };
  found.reach = async (count) => {
    while (!found.complete && found.hits.length < count) {
      const step = await steps.next();
      if (step.done) found.complete = true;
      else found.hits.push(step.value);
    }
  };
  /** How many hits there are: {n, exact}; while not exact, n is the most there can be. */
  found.total = async () => {
    const total = found.complete ? null : await engine.count(view.q, options);
    if (total && !total.exact && total.n <= FEW) await found.reach(FEW + 1);
    return found.complete ? { n: found.hits.length, exact: true } : total;
  };
  return found;
}

/** Show what the address asks for. */
async function show({ turned = false } = {}) {
  if (!engine) return; // start() will call again
  const view = here();
  const key = address({ ...view, page: 1 });
  clearTimeout(timer);
  fill(view);
  if (!search || search.key !== key) {
    if (search) search.stop.abort();
    search = null;
  }
  if (!view.q) return blank();
  if (engine.reason(view.q)) return explain(view, "请至少输入连续的两个字", short());
  const mine = (search = search || begin(view, key));
  const isCurrent = () => search === mine && address(here()) === address(view);
  busy(true);
  const slow = setTimeout(() => say("正在搜索…"), PATIENCE);
  try {
    await mine.reach(view.page * PER_PAGE + 1);
    clearTimeout(slow);
    if (isCurrent()) present(view, mine, turned);
    const total = await mine.total();
    if (isCurrent()) summarise(view, mine, total);
  } catch (error) {
    if (search !== mine) return; // called off, because something else is asked now
    search = null;
    return (await isRenewed()) ? show({ turned }) : fail(error);
  } finally {
    clearTimeout(slow);
  }
  mine.settled = true;
  if (isCurrent()) recount();
}

/** Open the index again; whether it is another one, because the site was published anew meanwhile:
 *  of the former one, which may name what was withdrawn, nothing is left. */
async function isRenewed() {
  const other = await open(base).catch(() => null);
  if (!other || other.index === engine.index) return false;
  engine = other;
  return true;
}

/** Say how many results each filter gives; for a wide search only those in sight, as it takes files. */
async function recount() {
  const view = here(), mine = search;
  if (!mine || !mine.settled) return;
  const counted = await tally(filters, (...value) => count(view, mine, ...value));
  if (search === mine && address(here()) === address(view)) counted();
}

/** How many results there would be if this value were the only choice of its facet: {n, exact}. */
function count(view, found, name, value, isSeen) {
  const chosen = view.filters[name];
  if (found.complete && (!chosen || chosen.includes(value))) {
    const n = found.hits.filter(({ facets }) => (facets[name] || []).includes(value)).length;
    return { n, exact: true };
  }
  const unknown = { n: Infinity, exact: false };
  if (!isSeen || engine.total > MANY) return unknown;
  // Counting is a courtesy: should it fail, the results are there all the same.
  return engine.count(view.q, { filters: { ...view.filters, [name]: [value] } }).catch(() => unknown);
}

/* What the page says ------------------------------------------------------------------------- */

function present(view, found, turned) {
  const start = (view.page - 1) * PER_PAGE;
  const rows = found.hits.slice(start, start + PER_PAGE);
  if (!rows.length && found.hits.length) {
    const last = Math.ceil(found.hits.length / PER_PAGE);
    history.replaceState({}, "", address({ ...view, page: last }));
    return show();
  }
  if (!rows.length) return explain(view, "没有找到符合条件的信息", nothing(view));
  clear();
  layout({ results: true });
  hits.start = start + 1;
  const target = (hit) => new URL(`../${hit.path}`, base).href;
  hits.append(...rows.map((hit) => result(hit, target(hit), (text) => engine.marks(text, view.q))));
  const more = found.hits.length > start + PER_PAGE;
  if (view.page > 1) pager.append(link(view, { page: view.page - 1 }, "上一页", "prev"));
  if (more && view.page < LAST_PAGE)
    pager.append(link(view, { page: view.page + 1 }, "下一页", "next"));
  if (more && view.page === LAST_PAGE)
    message.append(node("p", {}, `最多显示前 ${LAST_PAGE * PER_PAGE} 条。请增加搜索词，或者用筛选缩小范围。`));
  if (place) window.scrollTo(0, place);
  place = 0;
  if (turned) {
    part(".found").scrollIntoView();
    part("#found").focus({ preventScroll: true });
  }
}

/** How much was found, and which part of it is shown. */
function summarise(view, found, { n, exact }) {
  if (!found.hits.length) return;
  const pages = Math.ceil(n / PER_PAGE);
  const all = exact ? `，共 ${pages} 页` : "";
  const where = found.hits.length > PER_PAGE ? `，第 ${view.page} 页${all}` : "";
  say(`${exact ? "共" : "不超过"} ${grouped(n)} 条结果${where}`);
}

/** The box is empty: the lists are the way. */
function blank() {
  clear();
  layout({});
}

/** Nothing to show: why, and what to do instead. */
function explain(view, headline, paragraphs) {
  clear();
  layout({ results: isFiltered(view), browsing: true });
  say(headline);
  message.append(...paragraphs);
}

const short = () => [
  node("p", {}, "只用一个字去找，结果太多，没有办法列出。可以再输入前后的一个字，例如“船”改为“船舶”；也可以从下面的目录逐级查找。"),
];

function nothing(view) {
  const terms = view.q.split(/\s+/).map(normalise).filter(Boolean);
  const looked = terms.map((term) => node("span", { class: "tag" }, term));
  const all = link(view, { filters: {}, page: 1 }, "取消全部筛选，再找一次");
  return [
    node("p", {}, "查找的是：", ...looked, isFiltered(view)
      ? "，并且符合上面的筛选条件。" : "。标点、空格和字母大小写不影响查找。"),
    node("p", {}, "您可以："),
    node("ul", {},
      isFiltered(view) && node("li", {}, all, "；"),
      node("li", {}, "检查有没有错字，或者换一个更短的说法，例如只输入名称中的两三个字；"),
      terms.length > 1 && node("li", {}, "减少搜索词：几个词要在同一条信息里都出现才算找到；"),
      node("li", {}, "从下面的目录逐级查找。")),
    node("p", {}, "公示期满、已经撤回或者依法不公开的信息不在本站，所以查不到不等于从未有过。"),
  ];
}

function fail(error) {
  clear();
  layout({ browsing: true });
  say("搜索没有完成");
  const again = node("button", { type: "button" }, "再试一次");
  again.addEventListener("click", () => location.reload());
  const reason = navigator.onLine === false
    ? "您的设备现在没有连接网络。请连接网络以后再试。"
    : "可能是网络不通畅，或者网站刚刚更新。请稍等片刻再试。";
  message.append(
    node("p", {}, reason),
    node("p", {}, again),
    node("p", {}, "多次不成功的，请从下面的目录逐级查找，或者拨打页脚的电话。"));
  console.warn(error);
}

function say(text) {
  if (status.textContent !== text) status.textContent = text;
}

function busy(yes) {
  hits.setAttribute("aria-busy", String(yes));
}

function clear() {
  busy(false);
  for (const element of [status, message, hits, pager]) element.textContent = "";
}

/** Which parts are seen: filters and order with results, the lists where there are none. */
function layout({ results = false, browsing = !results }) {
  page.classList.toggle("with-filters", results);
  filters.hidden = !results;
  form.elements.order.parentElement.hidden = !results;
  browse.hidden = !browsing;
}

/* Controls ----------------------------------------------------------------------------------- */

/** Make the controls say what the view says. */
function fill(view) {
  if (box.value.trim() !== view.q) box.value = view.q;
  form.elements.order.value = view.order;
  document.title = view.q ? `${view.q} - ${siteTitle}` : siteTitle;
  tick(filters, view.filters);
  const title = (name) => (engine.facets.find((one) => one.name === name) || { title: name }).title;
  choose(chosen, view, title, label);
}

/** Search for what has been typed, if that is anything new. */
function typed() {
  clearTimeout(timer);
  return box.value.trim() !== here().q && go(asked(), { typing: true });
}

function listen() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (window.matchMedia("(pointer: coarse)").matches) box.blur(); // its keyboard hides the results
    go(asked());
  });
  for (const name of ["input", "compositionend"])
    box.addEventListener(name, (event) => {
      clearTimeout(timer);
      if (!event.isComposing) timer = setTimeout(typed, PAUSE);
    });
  document.addEventListener("change", (event) => {
    if (event.target.form === form && event.target !== box) go(asked());
  });
  window.addEventListener("popstate", () => show());
  filters.addEventListener("toggle", recount, true);
  // Links to other views of this page need no new page.
  part(".found").addEventListener("click", (event) => {
    const target = isTurn(event);
    if (!target) return;
    event.preventDefault();
    go(read(new URL(target.href).searchParams), { turned: true });
  });
  document.addEventListener("keydown", arrows);
  // A reader who comes back from a record finds the place again.
  window.addEventListener("pagehide", () =>
    history.replaceState({ ...history.state, y: window.scrollY }, ""));
}

/** Up and down lead from the box through the results and back; Enter is the link's own. */
function arrows(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const stops = [box, ...hits.querySelectorAll("h3 a")];
  const at = stops.indexOf(document.activeElement);
  if (at < 0 || !stops[at + step]) return;
  event.preventDefault();
  if (at > 0 || !typed()) stops[at + step].focus();
}

async function start() {
  box.value = here().q || box.value;
  if (box.value) say("正在打开搜索…");
  listen();
  try {
    ({ open, normalise } = await import("./search-engine.js"));
    engine = await open(base);
  } catch (error) {
    return fail(error);
  }
  build(filters, engine.facets, form.id);
  await (typed() || show()); // what was typed meanwhile counts
}

start();
