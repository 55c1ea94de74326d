// Texts as people see them, by the folded words of a query: which parts match, and what stands around.

import { normalise } from "./search-fold.js";

const BEFORE = 30, AFTER = 70; // characters of an excerpt on either side of the match

/** The folded words of a query. */
export const words = (query) => query.trim().split(/\s+/).map(normalise).filter(Boolean);

/** A folded text, and where in the text each of its units begins and ends. */
function positions(text) {
  const folded = { text: "", starts: [], ends: [] };
  let at = 0;
  for (const character of text) {
    const form = normalise(character), end = at + character.length;
    for (let n = 0; n < form.length; n++) {
      folded.starts.push(at);
      folded.ends.push(end);
    }
    folded.text += form;
    at = end;
  }
  return folded;
}

/** The parts [start, end] of a text that match one of some words or all of them joined, in order and apart. */
export function marks(text, asked) {
  const folded = positions(text), found = [], apart = [];
  for (const word of new Set([...asked, asked.join("")])) {
    for (let at = folded.text.indexOf(word); word && at >= 0; at = folded.text.indexOf(word, at + 1)) {
      found.push([folded.starts[at], folded.ends[at + word.length - 1]]);
    }
  }
  for (const [start, end] of found.sort((one, other) => one[0] - other[0])) {
    const last = apart[apart.length - 1];
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else apart.push([start, end]);
  }
  return apart;
}

/** A line of a text around the first place that matches a word. */
export function excerpt(text, word) {
  const folded = positions(text);
  const start = folded.starts[folded.text.indexOf(word)];
  const before = Array.from(text.slice(0, start)), after = Array.from(text.slice(start));
  const size = word.length + AFTER;
  return (
    (before.length > BEFORE ? "…" : "") +
    [...before.slice(-BEFORE), ...after.slice(0, size)].join("").replace(/\s+/g, " ") +
    (after.length > size ? "…" : "")
  );
}
