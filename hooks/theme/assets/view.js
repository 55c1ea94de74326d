/* Views: what is asked of a page of rows or results stands in its address: {q, filters, order, page}.
   Every control leads to an address, so that links share a view and Back works. */

import { node } from "./search-nodes.js";

const RESERVED = ["q", "order", "page"]; // what an address holds besides filters

/** The views of one page. The first of `orders` goes without saying; `last` is the last page there is. */
export function views({ orders, last = Infinity }) {
  function read(params) {
    const view = { q: (params.get("q") || "").trim(), filters: {}, order: orders[0], page: 1 };
    if (orders.includes(params.get("order"))) view.order = params.get("order");
    view.page = Math.min(Math.max(parseInt(params.get("page"), 10) || 1, 1), last);
    for (const name of new Set(params.keys()))
      if (!RESERVED.includes(name)) view.filters[name] = [...new Set(params.getAll(name))];
    return view;
  }

  function address(view) {
    const params = new URLSearchParams();
    if (view.q) params.set("q", view.q);
    for (const [name, values] of Object.entries(view.filters))
      for (const value of values) params.append(name, value);
    if (view.order !== orders[0]) params.set("order", view.order);
    if (view.page > 1) params.set("page", view.page);
    return `?${params}`;
  }

  const here = () => read(new URLSearchParams(location.search));

  /** Go to a view in the address; `replace` leaves no step in the history. */
  function enter(view, { replace = false, state = {} } = {}) {
    const target = address(view);
    const isSame = target === address(here());
    history[isSame || replace ? "replaceState" : "pushState"](state, "", target === "?" ? location.pathname : target);
  }

  /** A link to a view with some changes. */
  function link(view, changes, text, rel = "") {
    return node("a", { href: address({ ...view, ...changes }), ...(rel && { rel }) }, text);
  }

  /** Fill a list with the chosen values, each a link that drops it. `title(name)` is a facet's. */
  function chosen(list, view, title, label) {
    list.textContent = "";
    for (const [name, values] of Object.entries(view.filters))
      for (const value of values) {
        const left = { ...view.filters, [name]: values.filter((other) => other !== value) };
        const text = `${title(name)}：${label(name, value)}`;
        const drop = link(view, { filters: left, page: 1 }, text);
        drop.setAttribute("aria-label", `取消筛选 ${text}`);
        list.append(node("li", {}, drop));
      }
    if (list.children.length > 1)
      list.append(node("li", {}, link(view, { filters: {}, page: 1 }, "取消全部筛选")));
  }

  return { read, address, here, enter, link, chosen };
}

export const isFiltered = (view) => Object.keys(view.filters).length > 0;

/** Whether a click asks for another view of this page, and not for a new tab or window. */
export function isTurn(event) {
  const target = event.target.closest('a[href^="?"]');
  return target && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) ? target : null;
}
