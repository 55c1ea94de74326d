// Folding: the one form of a text in which searching compares. Written by scripts/folding.py from
// disclosure/site/folding.py, which says why; change it there and run the script.
const DELETED = "0-2f 3a-40 5b-60 7b-a9 ab-b1 b4 b6-b8 bb bf d7 f7 2b9-2df 2e5-36f 2000-206f 20a0-20ff 2190-245f 2500-25ca 25cc-2bff 2e00-2e7f 3000-3004 3008-3020 302a-3030 303d-303f 3099-309c 30a0 30fb fe00-fe6f feff fff0-ffff 1f000-1f0ff 1f300-1faff e0000-e01ef";
const FOLDED = "41-5a aa b2-b3 b5 b9-ba bc-be c0-d6 d8-f6 f8-24f 2b0-2b8 2e0-2e4 370-52f 1e00-1ffe 2070-209c 2100-2189 2460-24ff 2e80-2fd5 3036-303a 3200-32fe 3300-33ff f900-fad9 fb00-fb06 ff01-ffed 1d400-1d7ff 1f100-1f16b 2f800-2fa1d";
const CIRCLE = "25cb>3007";

const hex = (text) => parseInt(text, 16);
const set = (ranges) => ranges.replace(/[0-9a-f]+/g, "\\u{$&}").replace(/ /g, "");
const deleted = new RegExp(`[${set(DELETED)}]`, "gu");
const changed = new RegExp(`[${set(DELETED)}${set(FOLDED)}\\u{${CIRCLE.split(">")[0]}}]`, "gu");
const forms = new Map([CIRCLE.split(">").map((point) => String.fromCodePoint(hex(point)))]);

function form(character) {
  let text = forms.get(character);
  if (text === undefined) {
    text = character.replace(deleted, "");
    if (text) text = text.normalize("NFKD").toLowerCase().replace(deleted, "").normalize("NFC");
    forms.set(character, text);
  }
  return text;
}

/** A text in its comparison form. */
export const normalise = (text) => text.replace(changed, form);
