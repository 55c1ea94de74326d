/* The filters of the search page and of lists: one group of checkboxes per facet. They belong to the
   page's form and thereby to the address; this file makes them, ticks them and says how many each gives. */

import { grouped, node } from "./search-nodes.js";

const OPEN = ["type", "year"]; // groups that stand open at first

/** How a value reads. */
export function label(name, value) {
  return name === "year" ? `${value}年` : value;
}

/** Make the groups of a panel. `form` is the id of their form, `open` names those that are open at first. */
export function build(panel, facets, form, open = OPEN) {
  for (const { name, title, values } of facets) {
    if (values.length < 2) continue;
    const choices = values.map(({ value }) => node("label", {},
      node("input", { type: "checkbox", form, name, value }),
      node("span", {}, label(name, value)),
      node("span", { class: "count" })));
    const group = node("details", { class: "facet" },
      node("summary", {}, title),
      node("fieldset", {}, node("legend", { class: "unseen" }, title), ...choices));
    group.open = open.includes(name);
    panel.append(group);
  }
  // They stand open beside the results where there is room, and unfold above them where there is not.
  const wide = window.matchMedia("(min-width: 60em)");
  const fit = () => (panel.open = wide.matches);
  wide.addListener(fit);
  fit();
}

/** Make the checkboxes say what the view says; `unfold` opens the groups in which something is chosen. */
export function tick(panel, filters, { unfold = true } = {}) {
  for (const input of panel.querySelectorAll("input")) {
    input.checked = (filters[input.name] || []).includes(input.value);
    if (input.checked && unfold) input.closest("details").open = true;
  }
  const chosen = Object.values(filters).reduce((sum, values) => sum + values.length, 0);
  panel.querySelector("summary").textContent = chosen ? `筛选（已选 ${chosen} 项）` : "筛选";
}

/** Say how many results each choice gives, and put away those that give none.
 * `count(name, value, isSeen)` gives {n, exact}; while it is not exact, n is the most there can be.
 */
export async function tally(panel, count) {
  const groups = [...panel.querySelectorAll(".facet")];
  const counted = await Promise.all(groups.map((group) => Promise.all(
    [...group.querySelectorAll("input")].map(async (input) =>
      [input, await count(input.name, input.value, panel.open && group.open)]))));
  return () => groups.forEach((group, at) => {
    for (const [input, { n, exact }] of counted[at]) {
      input.parentElement.hidden = !n && !input.checked;
      input.parentElement.lastChild.textContent = exact ? grouped(n) : "";
    }
    group.hidden = counted[at].every(([input]) => input.parentElement.hidden);
  });
}
