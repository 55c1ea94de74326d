/* The lists of a collection: filters, order and page of the rows stand in the address, as on the search
   page. As long as nothing is asked, the page stays as it is; without this file it always does. */

import { build, label, tally, tick } from "./search-filters.js";
import { grouped, node } from "./search-nodes.js";
import { isFiltered, isTurn, views } from "./view.js";

const PER_PAGE = 20;
const PATIENCE = 400; // milliseconds before the page says that it is looking
const MOST = 300000; // rows of the files from which a choice can be taken
const ORDERS = {
  listed: "按目录顺序", newest: "日期从新到旧", oldest: "日期从旧到新", most: "金额从高到低", least: "金额从低到高",
};

const place = document.querySelector(".sifter");
const plain = document.querySelector(".plain");
const ways = document.querySelector(".ways");
const root = new URL(place.dataset.root, location.href).href;
const called = document.title;
const base = [place.dataset.name || "", place.dataset.value || ""];
const fixed = base[0] === "month" ? "year" : base[0]; // the facet that this page has settled already

let engine, list, pages; // see start()
let parts; // the elements that this file adds
let asked = 0; // the number of the latest question: later answers to earlier ones are dropped
let found = null; // the latest answer: {key, rows, counts}
let scroll = (history.state && history.state.y) || 0; // how far down a reader was who comes back

const facets = () => list.facets.filter(({ name }) => name !== fixed);
const isPlain = (view) => pages.address(view) === "?";

/* Asking ------------------------------------------------------------------------------------- */

/** Go to a view; `turned` when the reader turns a page of it. */
function go(view, { turned = false } = {}) {
  pages.enter(view);
  return show({ turned });
}

/** Show what the address asks for. */
async function show({ turned = false } = {}) {
  const number = ++asked, view = pages.here();
  fill(view);
  if (isPlain(view)) return rest();
  const slow = setTimeout(() => say("正在筛选…"), PATIENCE);
  parts.results.setAttribute("aria-busy", "true");
  try {
    const answer = await find(view).catch(renewed(view));
    const last = Math.max(1, Math.ceil(answer.rows.length / PER_PAGE));
    const page = Math.min(view.page, last);
    const start = (page - 1) * PER_PAGE;
    const cells = await list.cells(answer.rows.subarray(start, start + PER_PAGE));
    if (number !== asked) return;
    present({ ...view, page }, answer, cells, last, turned);
  } catch (error) {
    if (number === asked) fail(error);
  } finally {
    clearTimeout(slow);
  }
}

/** The rows of a view, and what can be chosen besides. */
async function find({ filters, order }) {
  const key = JSON.stringify([filters, order]);
  if (!found || found.key !== key) found = { key, ...(await list.find({ filters, order, base })) };
  return found;
}

/** When files are missing the site may have been renewed while the page stood open: once more, then. */
const renewed = (view) => async (error) => {
  if (await list.isCurrent()) throw error;
  list = await engine.open(root);
  return find(view);
};

/* Showing ------------------------------------------------------------------------------------ */

/** Nothing is asked: the page as it was made. */
async function rest() {
  clear();
  document.title = called;
  layout(false);
  const answer = base[0] ? found && found.key === "" && found : { rows: { length: list.total }, counts: list.totals() };
  say(answer ? `共 ${amount(answer.rows.length)}` : "");
  if (answer) await count(answer.counts);
}

/** Say before the first choice how many rows each gives, where the page shows some of the rows only. */
async function prepare() {
  if (!base[0] || found || !isPlain(pages.here())) return;
  const number = asked;
  try {
    const answer = await list.find({ base });
    if (number !== asked || found) return;
    found = { key: "", ...answer };
    await rest();
  } catch (error) {
    console.warn(error); // counting is a courtesy: the choices are there all the same
  }
}

function present(view, { rows, counts }, cells, last, turned) {
  clear();
  layout(true);
  count(counts);
  if (!rows.length) return nothing(view);
  say(`共 ${amount(rows.length)}${last > 1 ? `，第 ${view.page} 页，共 ${last} 页` : ""}`);
  const chosen = Object.entries(view.filters).map(([name, values]) =>
    `${facet(name)}：${values.map((value) => label(name, value)).join("、")}`);
  document.title = [...chosen, called].join(" - ");
  parts.results.append(table(cells, view));
  parts.more.append(download(rows));
  if (last > 1) parts.pager.append(...turns(view, last));
  if (scroll) window.scrollTo(0, scroll);
  scroll = 0;
  if (turned) {
    parts.found.scrollIntoView();
    parts.heading.focus({ preventScroll: true });
  }
}

/** The ways to other pages: the neighbours, and by number these, the first and the last. */
function turns(view, last) {
  const turn = (page, text, rel = "") => pages.link(view, { page }, text, rel);
  const numbers = node("ol", { class: "numbers", role: "list" });
  for (let page = 1, before = 0; page <= last; page++) {
    if (page !== 1 && page !== last && Math.abs(page - view.page) > 1) continue;
    const link = turn(page, `${page}`);
    link.setAttribute("aria-label", `第 ${page} 页`);
    if (page === view.page) link.setAttribute("aria-current", "page");
    numbers.append(node("li", page - before > 1 ? { class: "gap" } : {}, link));
    before = page;
  }
  return [
    ...(view.page > 1 ? [turn(view.page - 1, "上一页", "prev")] : []),
    numbers,
    ...(view.page < last ? [turn(view.page + 1, "下一页", "next")] : []),
  ];
}

/** A table of rows, as the plain lists have it. */
function table(rows, view) {
  const { columns, title } = list.manifest;
  const kind = ({ kind }) => (kind ? { class: kind } : {});
  const head = columns.map((column, n) => {
    const cell = node("th", { scope: "col", ...(n ? kind(column) : {}) }, column.title);
    return sorted(cell, column, view);
  });
  const lines = rows.map(([path, ...cells]) => node("tr", {}, ...cells.map((text, n) => {
    const column = columns[n], about = { "data-label": column.title };
    if (n) return node("td", { ...about, ...kind(column) }, text);
    const own = column.kind === "num" ? {} : kind(column);
    return node("th", { scope: "row", ...about, ...own }, node("a", { href: `${root}${path}.html` }, text));
  })));
  const made = node("table", { class: "rows" },
    node("caption", {}, `${title}：符合条件的记录`),
    node("thead", {}, node("tr", {}, ...head)),
    node("tbody", {}, ...lines));
  return node("div", { class: "table-wrap" }, made);
}

/** Make the head of a column say how the rows are ordered by it, and lead to the other way round. */
function sorted(cell, { title, orders }, view) {
  const [falling, rising] = orders;
  if (!list.orders.includes(falling)) return cell;
  const state = { [falling]: "descending", [rising]: "ascending" }[view.order];
  cell.removeAttribute("aria-sort");
  if (state) cell.setAttribute("aria-sort", state);
  if (!isTable.matches || document.documentElement.dataset.mode === "simple") return cell; // cards have no heads
  cell.textContent = "";
  cell.append(pages.link(view, { order: view.order === falling ? rising : falling, page: 1 }, title));
  return cell;
}

function nothing(view) {
  say("没有符合条件的记录");
  const clearing = pages.link(view, { filters: {}, page: 1 }, "取消全部筛选");
  parts.message.append(
    node("p", {}, "没有一条记录同时符合所选的全部条件。可以取消上面的一项，或者", clearing, "。"),
    node("p", {}, "公示期满、已经撤回或者依法不公开的记录不在本站，所以查不到不等于从未有过。"));
}

function fail(error) {
  clear();
  place.classList.add("failed"); // the ways that the filters spare come back
  layout(false);
  parts.found.hidden = false; // with the message, above the page as it was made
  say("筛选没有完成");
  const again = node("button", { type: "button" }, "再试一次");
  again.addEventListener("click", () => show());
  const reason = navigator.onLine === false
    ? "您的设备现在没有连接网络。请连接网络以后再试。"
    : "可能是网络不通畅，或者网站刚刚更新。请稍等片刻再试，也可以从下面的目录逐级查找。";
  parts.message.append(node("p", {}, reason), node("p", {}, again));
  console.warn(error);
}

/** Say how many rows each choice gives. */
async function count(counts) {
  const each = (name, value) => ({ n: counts.get(name).get(value) || 0, exact: true });
  (await tally(parts.filters, each))();
}

const amount = (n) => `${grouped(n)} ${list.manifest.unit}`;

function say(text) {
  if (parts.status.textContent !== text) parts.status.textContent = text;
}

function clear() {
  parts.results.setAttribute("aria-busy", "false");
  place.classList.remove("failed");
  for (const element of [parts.message, parts.results, parts.more, parts.pager]) element.textContent = "";
}

/** Either what was found or the plain page. */
function layout(isAsked) {
  parts.found.hidden = !isAsked;
  plain.hidden = isAsked;
  if (ways) ways.hidden = isAsked;
}

/* The chosen rows as a file ------------------------------------------------------------------ */

/** The button that saves the rows found. */
function download(rows) {
  const button = node("button", { type: "button" }, `下载所选（${amount(rows.length)}，CSV）`);
  const told = node("span", { class: "told", role: "status" });
  button.addEventListener("click", async () => {
    const files = [...list.lines(rows).values()];
    if (files.reduce((sum, { of }) => sum + of, 0) > MOST) {
      told.textContent = "所选的记录分布太广。请先选定年份，或者用本栏目首页的按年下载。";
      return;
    }
    button.disabled = true;
    try {
      const { table } = await import("./list-csv.js");
      const text = await table(list, rows, (done, of) => {
        told.textContent = of > 1 ? `正在准备：${done} / ${of}` : "正在准备…";
      });
      told.textContent = text === null ? "网站刚刚更新，请刷新本页再下载。" : "";
      if (text !== null) save(text, `${list.manifest.title}（所选${rows.length}${list.manifest.unit}）.csv`);
    } catch (error) {
      told.textContent = "没有下载成功。请检查网络，稍后再试。";
      console.warn(error);
    }
    button.disabled = false;
  });
  return node("p", { class: "save" }, button, told);
}

function save(text, name) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = node("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60000);
}

/* Controls ----------------------------------------------------------------------------------- */

/** Make the controls say what the view says. */
function fill(view) {
  parts.order.value = view.order;
  tick(parts.filters, view.filters, { unfold: false });
  pages.chosen(parts.chosen, view, facet, label);
  for (const group of groups()) {
    const chosen = group.querySelectorAll(":checked").length;
    group.querySelector(".picked").textContent = chosen ? `已选${chosen}` : "";
  }
}

/** What a facet is called. */
const facet = (name) => (list.facets.find((one) => one.name === name) || { title: name }).title;

/** The elements around the rows. */
function furnish() {
  const order = node("select", { name: "order" },
    ...list.orders.map((name) => node("option", { value: name }, ORDERS[name])));
  const made = {
    form: node("form", { id: "sift", class: "sift", "aria-label": "筛选本栏目" }),
    filters: node("details", { class: "filters" }, node("summary", {}, "筛选")),
    order,
    status: node("p", { class: "status", role: "status" }),
    chosen: node("ul", { class: "chosen", role: "list", "aria-label": "已选的筛选条件" }),
    found: node("section", { class: "found", "aria-labelledby": "sifted" }),
    heading: node("h2", { class: "unseen", id: "sifted", tabindex: "-1" }, "筛选结果"),
    message: node("div", { class: "message md-typeset" }),
    results: node("div", { class: "sifted" }),
    more: node("div", {}),
    pager: node("nav", { class: "pager", "aria-label": "分页" }),
  };
  made.form.append(made.filters);
  if (list.orders.length > 1) made.form.append(node("label", { class: "order" }, node("span", {}, "排序"), order));
  made.found.append(made.heading, made.message, made.more, made.results, made.pager);
  made.found.hidden = true;
  place.append(made.form, made.status, made.chosen, made.found);
  return made;
}

function listen() {
  parts.form.addEventListener("submit", (event) => event.preventDefault());
  parts.form.addEventListener("change", () => go(pages.read(new URLSearchParams(new FormData(parts.form)))));
  parts.filters.addEventListener("toggle", (event) => {
    prepare();
    if (!event.target.open || event.target === parts.filters || !isWide.matches) return;
    for (const other of groups()) if (other !== event.target) other.open = false;
  }, true);
  window.addEventListener("popstate", () => show());
  for (const part of [place, plain]) part.addEventListener("click", (event) => {
    const target = isTurn(event);
    if (!target) return;
    event.preventDefault();
    go(pages.read(new URL(target.href).searchParams), { turned: Boolean(target.closest(".pager")) });
  });
  document.addEventListener("click", (event) => isWide.matches && !parts.filters.contains(event.target) && close());
  document.addEventListener("keydown", (event) => {
    const open = groups().find((group) => group.open && group.contains(document.activeElement));
    if (event.key !== "Escape" || !open || !isWide.matches) return;
    close();
    open.querySelector("summary").focus();
  });
  // A reader who comes back from a record finds the place again.
  window.addEventListener("pagehide", () =>
    history.replaceState({ ...history.state, y: window.scrollY }, ""));
}

const isWide = window.matchMedia("(min-width: 60em)"); // groups of choices lie over the rows
const isTable = window.matchMedia("(min-width: 45em)"); // below, rows are cards
const groups = () => [...parts.filters.querySelectorAll(".facet")];

function close() {
  for (const group of groups()) group.open = false;
}

/** Put filters before the rows. Where there is nothing to choose, the page remains what it is. */
export async function start() {
  engine = await import("./list-engine.js");
  list = await engine.open(root);
  if (!list.total || !(facets().length || list.orders.length > 1)) return place.remove();
  pages = views({ orders: list.orders });
  parts = furnish();
  build(parts.filters, facets(), parts.form.id, []);
  for (const group of groups()) group.querySelector("summary").append(node("span", { class: "picked" }));
  for (const cell of plain.querySelectorAll("table.rows > thead th")) {
    const column = list.manifest.columns.find(({ title }) => title === cell.textContent);
    if (column) sorted(cell, column, pages.read(new URLSearchParams()));
  }
  parts.filters.hidden = !facets().length;
  listen();
  await show();
}
