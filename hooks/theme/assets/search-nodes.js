/* Making elements for the search page. Texts become text nodes, so that nothing from the index or the
   address is ever read as HTML. */

/** An element with its attributes and children; children that are empty or false are left out. */
export function node(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter(Boolean));
  return element;
}

/** One result of a search. `marks(text)` gives the parts of a text that match. */
export function result(hit, address, marks) {
  const marked = (text) => pieces(text, marks(text));
  const known = (text) => text === hit.date || hit.title.includes(text);
  const fields = hit.fields.filter(([, text]) => text && !known(text));
  if (hit.excerpt) fields.push([hit.label, hit.excerpt]);
  return node("li", {},
    node("h3", {}, node("a", { href: address }, ...marked(hit.title))),
    node("p", { class: "origin" },
      node("span", { class: "tag" }, hit.type),
      hit.date && node("time", { datetime: hit.date }, hit.date)),
    fields.length > 0 && node("dl", {}, ...fields.map(([label, text]) =>
      node("div", {}, label && node("dt", {}, label), node("dd", {}, ...marked(text))))));
}

/** A text with the parts [start, end] in <mark>. */
function pieces(text, parts) {
  const found = [];
  let end = 0;
  for (const [from, to] of parts) {
    found.push(text.slice(end, from), node("mark", {}, text.slice(from, to)));
    end = to;
  }
  return [...found, text.slice(end)];
}

/** A whole number as people read it: 12,345. Its digits are grouped by hand, because the browser's own way
    to do it fetches the customs of all languages first, which takes longer than the search. */
export const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
