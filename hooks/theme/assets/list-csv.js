// The lines of chosen rows as one CSV file, taken as they are from the files of all rows: the same
// columns, the same escaping, the same byte order mark.

const QUOTE = 34, RETURN = 13, LINE = 10;

/** The records of a CSV text, head first, each without its line break. A quoted cell may hold breaks. */
export function records(text) {
  const found = [];
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0, isQuoted = false;
  for (let at = start; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) isQuoted = !isQuoted;
    else if (unit === LINE && !isQuoted) {
      found.push(text.slice(start, text.charCodeAt(at - 1) === RETURN ? at - 1 : at));
      start = at + 1;
    }
  }
  if (start < text.length) found.push(text.slice(start));
  return found;
}

/**
 * The text of a CSV file with some rows of a list, in their order; null when the files are not those
 * of the list any more, because the site was renewed meanwhile. `told(done, of)` hears how far it is.
 */
export async function table(list, rows, told = () => {}) {
  const files = list.lines(rows), texts = new Map();
  let head = "", done = 0;
  for (const [file, { rows: some, lines, of }] of files) {
    told(done++, files.size);
    const response = await fetch(file, { cache: "no-cache" });
    if (!response.ok) return null;
    const [first, ...all] = records(await response.text());
    if (all.length !== of) return null;
    head = first;
    some.forEach((row, at) => texts.set(row, all[lines[at]]));
  }
  if (!(await list.isCurrent())) return null;
  return `\ufeff${[head, ...[...rows].map((row) => texts.get(row))].join("\r\n")}\r\n`;
}
