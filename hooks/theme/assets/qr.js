/* QR codes of addresses (GB/T 18284, ISO/IEC 18004): bytes, correction level M, versions 1 to 10,
   which hold up to 213 bytes. `code(text)` gives the square as rows of true (dark) and false, or
   null when the text is too long. */

// For each version: check codewords of a block, then [blocks, data codewords of each] …
const BLOCKS = [
  , [10, [1, 16]], [16, [1, 28]], [26, [1, 44]], [18, [2, 32]], [24, [2, 43]], [16, [4, 27]],
  [18, [4, 31]], [22, [2, 38], [2, 39]], [22, [3, 36], [2, 37]], [26, [4, 43], [1, 44]],
];
// Where the centres of its alignment patterns lie.
const CENTRES = [
  , [], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46],
  [6, 28, 50],
];
const MASKS = [
  (r, c) => (r + c) % 2 === 0,
  (r) => r % 2 === 0,
  (r, c) => c % 3 === 0,
  (r, c) => (r + c) % 3 === 0,
  (r, c) => ((r >> 1) + Math.floor(c / 3)) % 2 === 0,
  (r, c) => ((r * c) % 2) + ((r * c) % 3) === 0,
  (r, c) => (((r * c) % 2) + ((r * c) % 3)) % 2 === 0,
  (r, c) => (((r + c) % 2) + ((r * c) % 3)) % 2 === 0,
];

// Powers and logarithms of 2 in the field of 256 elements.
const EXP = new Uint8Array(510);
const LOG = new Uint8Array(256);
for (let power = 0, value = 1; power < 255; power++) {
  EXP[power] = EXP[power + 255] = value;
  LOG[value] = power;
  value = (value << 1) ^ (value & 0x80 ? 0x11d : 0);
}

export function code(text) {
  const bytes = new TextEncoder().encode(text);
  const version = BLOCKS.findIndex((blocks, n) => n && bytes.length + (n < 10 ? 2 : 3) <= room(blocks));
  if (version < 0) return null;
  const bits = placed(codewords(bytes, version));
  const best = MASKS.map((mask, number) => square(version, bits, mask, number));
  const costs = best.map(cost);
  return best[costs.indexOf(Math.min(...costs))];
}

/** The square as the path of an SVG with one unit for each module. */
export function path(rows) {
  let drawn = "";
  rows.forEach((row, y) => {
    for (let x = 0, end; x < row.length; x = end + 1) {
      end = row.indexOf(false, x);
      if (end < 0) end = row.length;
      if (end > x) drawn += `M${x} ${y}h${end - x}v1h-${end - x}z`;
    }
  });
  return drawn;
}

function room([, ...blocks]) {
  return blocks.reduce((sum, [count, size]) => sum + count * size, 0);
}

/** The codewords in the order in which they are placed: data and checks of all blocks by turns. */
function codewords(bytes, version) {
  const [checks, ...kinds] = BLOCKS[version];
  const total = room(BLOCKS[version]);
  const bits = [];
  const put = (value, width) => {
    for (let n = width - 1; n >= 0; n--) bits.push((value >> n) & 1);
  };
  put(4, 4); // bytes follow
  put(bytes.length, version < 10 ? 8 : 16);
  bytes.forEach((byte) => put(byte, 8));
  put(0, Math.min(4, total * 8 - bits.length));
  while (bits.length % 8) bits.push(0);
  for (let pad = 0xec; bits.length < total * 8; pad ^= 0xfd) put(pad, 8);
  const data = [];
  for (let n = 0; n < bits.length; n += 8) data.push(parseInt(bits.slice(n, n + 8).join(""), 2));
  const blocks = [];
  let start = 0;
  for (const [count, size] of kinds)
    for (let n = 0; n < count; n++) blocks.push(data.slice(start, (start += size)));
  const remainders = blocks.map((block) => remainder(block, checks));
  return [...turns(blocks), ...turns(remainders)];
}

function turns(blocks) {
  const found = [];
  const longest = Math.max(...blocks.map((block) => block.length));
  for (let n = 0; n < longest; n++)
    for (const block of blocks) if (n < block.length) found.push(block[n]);
  return found;
}

/** The Reed-Solomon check codewords of a block. */
function remainder(block, size) {
  let divisor = [1];
  for (let n = 0; n < size; n++) {
    const next = [...divisor, 0];
    divisor.forEach((factor, i) => (next[i + 1] ^= times(factor, EXP[n])));
    divisor = next;
  }
  const rest = [...block, ...new Array(size).fill(0)];
  for (let n = 0; n < block.length; n++) {
    const lead = rest[n];
    if (lead) divisor.forEach((factor, i) => (rest[n + i] ^= times(factor, lead)));
  }
  return rest.slice(block.length);
}

function times(a, b) {
  return a && b ? EXP[LOG[a] + LOG[b]] : 0;
}

function placed(words) {
  return words.flatMap((word) => [7, 6, 5, 4, 3, 2, 1, 0].map((n) => (word >> n) & 1));
}

/** The whole square under one mask. */
function square(version, bits, mask, number) {
  const size = 17 + 4 * version;
  const rows = Array.from({ length: size }, () => new Array(size).fill(null));
  const set = (r, c, dark) => {
    if (r >= 0 && c >= 0 && r < size && c < size) rows[r][c] = dark;
  };
  for (const [top, left] of [[0, 0], [0, size - 7], [size - 7, 0]])
    for (let r = -1; r < 8; r++)
      for (let c = -1; c < 8; c++) {
        const ring = Math.max(Math.abs(r - 3), Math.abs(c - 3));
        set(top + r, left + c, ring !== 2 && ring !== 4);
      }
  for (let n = 8; n < size - 8; n++) rows[6][n] = rows[n][6] = n % 2 === 0;
  for (const y of CENTRES[version])
    for (const x of CENTRES[version])
      if (inside(y, x, size))
        for (let r = -2; r < 3; r++)
          for (let c = -2; c < 3; c++) set(y + r, x + c, Math.max(Math.abs(r), Math.abs(c)) !== 1);
  information(rows, size, number, version);
  let next = 0;
  for (let right = size - 1, up = true; right > 0; right -= 2, up = !up) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step++)
      for (const c of [right, right - 1]) {
        const r = up ? size - 1 - step : step;
        if (rows[r][c] === null) rows[r][c] = Boolean(bits[next++]) !== mask(r, c);
      }
  }
  return rows;
}

/** Whether an alignment pattern keeps clear of the three corners. */
function inside(y, x, size) {
  const low = (n) => n < 9;
  const high = (n) => n > size - 9;
  return !((low(y) && low(x)) || (low(y) && high(x)) || (high(y) && low(x)));
}

/** Correction level, mask and version, each with its own check bits. */
function information(rows, size, number, version) {
  const format = checked(number, 10, 0x537) ^ 0x5412; // level M is 00
  for (let n = 0; n < 15; n++) {
    const dark = ((format >> n) & 1) === 1;
    rows[n < 6 ? n : n < 8 ? n + 1 : size - 15 + n][8] = dark;
    rows[8][n < 8 ? size - 1 - n : n < 9 ? 7 : 14 - n] = dark;
  }
  rows[size - 8][8] = true;
  if (version < 7) return;
  const told = checked(version, 12, 0x1f25);
  for (let n = 0; n < 18; n++) {
    const [a, b] = [Math.floor(n / 3), size - 11 + (n % 3)];
    rows[a][b] = rows[b][a] = ((told >> n) & 1) === 1;
  }
}

function checked(value, width, divisor) {
  let rest = value << width;
  const length = (number) => 32 - Math.clz32(number);
  while (length(rest) >= length(divisor)) rest ^= divisor << (length(rest) - length(divisor));
  return (value << width) | rest;
}

/** How hard a square is to read, by the four rules of the standard. */
function cost(rows) {
  const size = rows.length;
  const columns = rows.map((_, n) => rows.map((row) => row[n]));
  let sum = 0;
  for (const line of [...rows, ...columns]) {
    const text = line.map(Number).join("");
    for (const run of text.match(/0{5,}|1{5,}/g) || []) sum += run.length - 2;
    sum += 40 * (text.match(/(?=10111010000|00001011101)/g) || []).length;
  }
  for (let r = 1; r < size; r++)
    for (let c = 1; c < size; c++) {
      const dark = rows[r][c];
      if (rows[r - 1][c] === dark && rows[r][c - 1] === dark && rows[r - 1][c - 1] === dark) sum += 3;
    }
  const share = rows.reduce((n, row) => n + row.filter(Boolean).length, 0) / (size * size);
  return sum + 10 * Math.floor(Math.abs(share - 0.5) * 20);
}
