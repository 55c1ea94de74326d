/* The search page: what is asked stands in the address, what is found in the page.
   The view {q, filters, order, page} is read from the address and nothing else; every control leads to
   an address, so that links share a view and Back works. The engine finds; this file only shows. */

const PER_PAGE = 20;
const LAST_PAGE = 50; // nobody turns more pages; whoever needs more narrows the search
const PAUSE = 250; // milliseconds without a keystroke before a search starts
const PATIENCE = 400; // milliseconds before the page says that it is searching
const FIRST_VALUES = 8; // choices of a filter shown at once; the others unfold
const CLOSED = ["q", "order", "page"]; // what else the address holds besides filters

const form = document.getElementById("search");
const box = form.elements.q;
const base = form.action; // where this page and the index lie
const root = new URL("../", base);
const siteTitle = document.title;
const part = (selector) => document.querySelector(selector);
const [filters, status, chosen, message, hits, pager, browse] = [
  ".filters", ".status", ".chosen", ".message", ".hits", ".found .pager", ".browse",
].map(part);

let engine;
let search = null; // the search that runs or has run last: see begin()
let timer;

/* The view and its address ------------------------------------------------------------------- */

function read(params) {
  const view = { q: (params.get("q") || "").trim(), filters: {}, order: "relevance", page: 1 };
  if (["newest", "oldest"].includes(params.get("order"))) view.order = params.get("order");
  view.page = Math.min(Math.max(parseInt(params.get("page"), 10) || 1, 1), LAST_PAGE);
  for (const name of new Set(params.keys()))
    if (!CLOSED.includes(name)) view.filters[name] = [...new Set(params.getAll(name))];
  return view;
}

function address(view) {
  const params = new URLSearchParams();
  if (view.q) params.set("q", view.q);
  for (const [name, values] of Object.entries(view.filters))
    for (const value of values) params.append(name, value);
  if (view.order !== "relevance") params.set("order", view.order);
  if (view.page > 1) params.set("page", view.page);
  return `?${params}`;
}

const here = () => read(new URLSearchParams(location.search));
const asked = () => read(new URLSearchParams(new FormData(form)));

/** Go to a view. While one types, the steps on the way leave no trace in the history. */
function go(view, { typing = false } = {}) {
  const target = address(view);
  const same = target === address(here());
  const replace = same || (typing && history.state && history.state.typing);
  history[replace ? "replaceState" : "pushState"]({ typing }, "", target);
  return show();
}

/* Searching ---------------------------------------------------------------------------------- */

/** The search for a view, whichever page of it: its hits are fetched as far as they are needed. */
function begin(view, key) {
  const stop = new AbortController();
  const options = { filters: view.filters, order: view.order, signal: stop.signal };
  const steps = engine.search(view.q, options)[Symbol.asyncIterator]();
  const found = { key, stop, hits: [], complete: false };
  found.reach = async (count) => {
    while (!found.complete && found.hits.length < count) {
      const step = await steps.next();
      if (step.done) found.complete = true;
      else found.hits.push(step.value);
    }
  };
  found.total = async () => {
    if (!found.complete) {
      const total = await engine.count(view.q, options);
      if (!found.complete) return total;
    }
    return { n: found.hits.length, exact: true };
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
  busy(true);
  const slow = setTimeout(() => say("正在搜索…"), PATIENCE);
  try {
    await mine.reach(view.page * PER_PAGE + 1);
    const total = await mine.total();
    if (search === mine && address(here()) === address(view)) present(view, mine, total, turned);
  } catch (error) {
    if (search !== mine) return;
    search = null;
    fail(error);
  } finally {
    clearTimeout(slow);
  }
}

/* What the page says ------------------------------------------------------------------------- */

function present(view, found, total, turned) {
  const start = (view.page - 1) * PER_PAGE;
  const rows = found.hits.slice(start, start + PER_PAGE);
  if (!found.hits.length) return explain(view, "没有找到符合条件的信息", nothing(view));
  if (!rows.length) {
    const last = Math.ceil(found.hits.length / PER_PAGE);
    history.replaceState({}, "", address({ ...view, page: last }));
    return show();
  }
  clear();
  layout({ results: true });
  const last = total.exact ? Math.ceil(total.n / PER_PAGE) : 0;
  const place = last === 1 ? "" : `，第 ${view.page} 页${last ? `，共 ${last} 页` : ""}`;
  say(`${total.exact ? "共" : "约"} ${total.n.toLocaleString("zh-CN")} 条结果${place}`);
  hits.start = start + 1;
  hits.append(...rows.map((hit) => item(hit, view.q)));
  const more = found.hits.length > start + PER_PAGE;
  if (view.page > 1) pager.append(link(view, { page: view.page - 1 }, "上一页", "prev"));
  if (more && view.page < LAST_PAGE)
    pager.append(link(view, { page: view.page + 1 }, "下一页", "next"));
  if (more && view.page === LAST_PAGE)
    message.append(node("p", {}, `最多显示前 ${LAST_PAGE * PER_PAGE} 条。请增加搜索词，或者用筛选缩小范围。`));
  if (turned) {
    part(".found").scrollIntoView();
    part("#found").focus({ preventScroll: true });
  }
}

/** The box is empty: the lists are the way. */
function blank() {
  clear();
  layout({});
  say("");
}

/** Nothing to show: why, and what to do instead. */
function explain(view, headline, paragraphs) {
  clear();
  layout({ results: Object.keys(view.filters).length > 0, browsing: true });
  say(headline);
  message.append(...paragraphs);
}

const short = () => [
  node("p", {}, "只用一个字去找，结果太多，没有办法列出。可以再输入前后的一个字，例如“船”改为“船舶”；也可以从下面的目录逐级查找。"),
];

function nothing(view) {
  const terms = view.q.split(/\s+/).map(normalised).filter(Boolean);
  const filtered = Object.keys(view.filters).length > 0;
  const advice = [
    node("li", {}, "检查有没有错字，或者换一个更短的说法，例如只输入名称中的两三个字；"),
    terms.length > 1 && node("li", {}, "减少搜索词：几个词要在同一条信息里都出现才算找到；"),
    node("li", {}, "从下面的目录逐级查找。"),
  ];
  if (filtered) {
    const all = link(view, { filters: {}, page: 1 }, "取消全部筛选，再找一次");
    advice.unshift(node("li", {}, all, "；"));
  }
  return [
    node("p", {}, "查找的是：", ...terms.map((term) => node("span", { class: "tag" }, term)),
      filtered ? "，并且符合上面的筛选条件。" : "。标点、空格和字母大小写不影响查找。"),
    node("p", {}, "您可以："),
    node("ul", {}, ...advice.filter(Boolean)),
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
    node("p", {}, "多次不成功的，请从下面的目录逐级查找，或者拨打页脚的电话。"),
  );
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
  for (const element of [message, hits, pager]) element.textContent = "";
}

/** Which parts are seen: filters and order with results, the lists where there are none. */
function layout({ results = false, browsing = !results }) {
  part(".search-page").classList.toggle("with-filters", results);
  filters.hidden = !results;
  form.elements.order.parentElement.hidden = !results;
  browse.hidden = !browsing;
}

/* One result --------------------------------------------------------------------------------- */

function item(hit, q) {
  const title = node("a", { href: new URL(hit.path, root).href }, ...marked(hit.title, q));
  const known = (text) => !text || text === hit.date || hit.title.includes(text);
  const fields = hit.fields.filter(([, text]) => !known(text));
  return node("li", {},
    node("h3", {}, title),
    node("p", { class: "origin" },
      node("span", { class: "tag" }, hit.type),
      hit.date && node("time", { datetime: hit.date }, hit.date)),
    fields.length > 0 && node("dl", {}, ...fields.map(([label, text]) =>
      node("div", {}, node("dt", {}, label), node("dd", {}, ...marked(text, q))))),
    hit.excerpt && node("p", { class: "excerpt" }, ...marked(hit.excerpt, q)));
}

/** A text with what matches the query in <mark>. */
function marked(text, q) {
  const pieces = [];
  let end = 0;
  for (const [from, to] of engine.marks(text, q)) {
    pieces.push(text.slice(end, from), node("mark", {}, text.slice(from, to)));
    end = to;
  }
  return [...pieces, text.slice(end)];
}

/* Filters ------------------------------------------------------------------------------------ */

/** One group of checkboxes per facet; they belong to the form and thereby to the address. */
function build() {
  for (const facet of engine.facets) {
    if (facet.values.length < 2) continue;
    const choices = facet.values.map(({ value, count }) => node("label", {},
      node("input", { type: "checkbox", form: "search", name: facet.name, value }),
      node("span", {}, label(facet.name, value)),
      node("span", { class: "count" }, count.toLocaleString("zh-CN"))));
    const rest = choices.splice(FIRST_VALUES + 1 < choices.length ? FIRST_VALUES : choices.length);
    filters.append(node("details", { class: "facet" },
      node("summary", {}, facet.title),
      node("fieldset", {},
        node("legend", { class: "unseen" }, facet.title),
        ...choices,
        rest.length > 0 && node("details", {}, node("summary", {}, `另 ${rest.length} 项`), ...rest))));
  }
}

function label(name, value) {
  return name === "year" && /^\d+$/.test(value) ? `${value}年` : value;
}

/** Make the controls say what the view says. */
function fill(view) {
  if (box.value.trim() !== view.q) box.value = view.q;
  form.elements.order.value = view.order;
  document.title = view.q ? `${view.q} - ${siteTitle}` : siteTitle;
  for (const input of filters.querySelectorAll("input")) {
    input.checked = (view.filters[input.name] || []).includes(input.value);
    if (input.checked) for (let up = input.closest("details"); up !== filters; up = up.parentElement.closest("details")) up.open = true;
  }
  const all = Object.entries(view.filters).flatMap(([name, values]) =>
    values.map((value) => [name, value]));
  filters.querySelector("summary").textContent = all.length ? `筛选（已选 ${all.length} 项）` : "筛选";
  chosen.textContent = "";
  chosen.append(...all.map(([name, value]) => node("li", {}, without(view, name, value))));
  if (all.length > 1) chosen.append(node("li", {}, link(view, { filters: {}, page: 1 }, "取消全部筛选")));
}

/** The link that drops one filter. */
function without(view, name, value) {
  const left = { ...view.filters, [name]: view.filters[name].filter((other) => other !== value) };
  const facet = engine.facets.find((one) => one.name === name);
  const text = `${facet ? facet.title : name}：${label(name, value)}`;
  const drop = link(view, { filters: left, page: 1 }, text);
  drop.setAttribute("aria-label", `取消筛选 ${text}`);
  return drop;
}

/* Making elements ---------------------------------------------------------------------------- */

/** An element; texts become text nodes, so that nothing from the index is ever read as HTML. */
function node(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child || child === 0));
  return element;
}

function link(view, changes, text, rel = "") {
  return node("a", { href: address({ ...view, ...changes }), ...(rel && { rel }) }, text);
}

let normalised = (text) => text;

/* Events ------------------------------------------------------------------------------------- */

function listen() {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (window.matchMedia("(pointer: coarse)").matches) box.blur(); // the keyboard gives way to the results
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
  // Links to other views of this page need no new page.
  part(".found").addEventListener("click", (event) => {
    const target = event.target.closest('a[href^="?"]');
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const view = read(new URL(target.href).searchParams);
    history.pushState({}, "", address(view));
    show({ turned: true });
  });
  document.addEventListener("keydown", arrows);
  // A reader who comes back from a record finds the place again.
  window.addEventListener("pagehide", () =>
    history.replaceState({ ...history.state, y: window.scrollY }, ""));
}

/** Search for what has been typed, if that is anything new. */
function typed() {
  clearTimeout(timer);
  return box.value.trim() !== here().q && go(asked(), { typing: true });
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

/** Filters stand open beside the results where there is room. */
function unfold() {
  const wide = window.matchMedia("(min-width: 60em)");
  const set = () => (filters.open = wide.matches);
  wide.addListener(set);
  set();
}

async function start() {
  box.value = here().q || box.value;
  if (box.value) say("正在打开搜索…");
  listen();
  try {
    const module = await import("./search-engine.js");
    normalised = module.normalise;
    engine = await module.open(base);
  } catch (error) {
    return fail(error);
  }
  build();
  for (const facet of [...filters.querySelectorAll(".facet")].slice(0, 2)) facet.open = true;
  unfold();
  await (typed() || show()); // what was typed meanwhile counts
  if (history.state && history.state.y) window.scrollTo(0, history.state.y);
}

start();
