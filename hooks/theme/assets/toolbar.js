/* The toolbar: size of type, high contrast, a simple large layout, reading aloud, printing, and the
   page's address as a QR code. It is made here, because none of it works without a script; what was
   chosen is kept in this browser and set by reading.js before the next page is painted. */

const root = document.documentElement;
const bar = document.querySelector(".tools");
// What is read aloud.
const READ = [
  "#content h1", "#content .lead", "#content .mark", "#content .fields h2", "#content .fields div",
  "#content .text :is(h2, h3, h4, p, li, tr)", "#content .rows :is(caption, tbody tr)",
].join(",");
const SIZES = { small: "小", medium: "中", large: "大" };

if (bar) {
  bar.setAttribute("role", "region");
  bar.setAttribute("aria-label", "阅读工具");
  const opener = button("阅读工具", () => {
    const open = opener.getAttribute("aria-expanded") !== "true";
    opener.setAttribute("aria-expanded", String(open));
  });
  opener.className = "opener";
  opener.setAttribute("aria-expanded", "false");
  const tools = element("div", { class: "set", id: "tools" });
  opener.setAttribute("aria-controls", tools.id);
  tools.append(
    sizes(),
    toggle("高对比", "contrast", "high"),
    toggle("长者模式", "mode", "simple"),
    button("打印", () => print()),
    ...quick(),
  );
  bar.append(opener, tools);
  if ("speechSynthesis" in window && "SpeechSynthesisUtterance" in window) aloud(tools);
}

/** 字号: one of three is pressed. */
function sizes() {
  const group = element("div", { role: "group", "aria-label": "字号", class: "sizes" });
  const chosen = () => root.dataset.size || "medium";
  const buttons = Object.entries(SIZES).map(([size, label]) =>
    button(label, () => {
      keep("size", size === "medium" ? "" : size);
      show();
    }, `字号${label}`),
  );
  const show = () =>
    Object.keys(SIZES).forEach((size, n) => pressed(buttons[n], size === chosen()));
  show();
  const label = element("span", { "aria-hidden": "true" });
  label.textContent = "字号";
  group.append(label, ...buttons);
  return group;
}

/** A choice that is on or off, kept under `name` as `value`. */
function toggle(text, name, value) {
  const made = button(text, () => {
    keep(name, root.dataset[name] === value ? "" : value);
    pressed(made, root.dataset[name] === value);
  });
  pressed(made, root.dataset[name] === value);
  return made;
}

/** Set or ("") forget a choice. */
function keep(name, value) {
  if (value) root.dataset[name] = value;
  else delete root.dataset[name];
  try {
    if (value) localStorage.setItem(`reading-${name}`, value);
    else localStorage.removeItem(`reading-${name}`);
  } catch (error) {
    // Storage is forbidden here: the choice holds for this page.
  }
}

/** 二维码 of the page's own address, where it has one. */
function quick() {
  const address = (document.querySelector('link[rel="canonical"]') || {}).href;
  if (!address) return [];
  let panel;
  const made = button("二维码", async () => {
    panel = panel || (await drawn(address));
    panel.hidden = !panel.hidden;
    pressed(made, !panel.hidden);
    if (!panel.hidden && !panel.isConnected) bar.append(panel);
  });
  pressed(made, false);
  return [made];
}

async function drawn(address) {
  const panel = element("div", { class: "qr-panel" });
  panel.hidden = true;
  const ready = document.querySelector(".qr svg"); // the build has drawn it for documents
  panel.append(ready ? ready.cloneNode(true) : await drawing(address));
  const text = element("p", {});
  text.textContent = `用手机扫描，打开本页：${address}`;
  panel.append(text);
  return panel;
}

async function drawing(address) {
  const { code, path } = await import("./qr.js");
  const rows = code(address);
  if (!rows) return document.createTextNode("");
  const name = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(name, "svg");
  const room = rows.length + 8; // four modules of quiet on every side
  svg.setAttribute("viewBox", `-4 -4 ${room} ${room}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "本页网址的二维码");
  const line = document.createElementNS(name, "path");
  line.setAttribute("d", path(rows));
  svg.append(line);
  return svg;
}

/** 朗读: title and text, piece by piece; only with a voice that this device has itself. */
function aloud(tools) {
  let reading = 0; // the number of the reading that goes on, 0 when none does
  let last = 0;
  const made = button("朗读", () => (reading ? stop() : read()));
  pressed(made, false);
  const voice = () =>
    speechSynthesis.getVoices().find((one) => one.localService && /^(zh|cmn)/i.test(one.lang));
  const offer = () => voice() && !made.isConnected && tools.append(made);
  offer();
  speechSynthesis.addEventListener("voiceschanged", offer);
  addEventListener("pagehide", stop);

  function read() {
    const mine = (reading = ++last);
    const pieces = [...document.querySelectorAll(READ)].filter((one) => one.offsetParent);
    pressed(made, true);
    const next = () => {
      pieces.forEach((one) => one.classList.remove("aloud"));
      if (reading !== mine) return;
      const piece = pieces.shift();
      if (!piece) return stop();
      const said = new SpeechSynthesisUtterance(piece.innerText.replace(/\s+/g, " "));
      said.lang = "zh-CN";
      said.voice = voice();
      said.onend = said.onerror = () => {
        piece.classList.remove("aloud");
        next();
      };
      piece.classList.add("aloud");
      speechSynthesis.speak(said);
    };
    next();
  }

  function stop() {
    reading = 0;
    speechSynthesis.cancel();
    document.querySelectorAll(".aloud").forEach((one) => one.classList.remove("aloud"));
    pressed(made, false);
  }
}

function button(text, act, label) {
  const made = element("button", { type: "button" });
  made.textContent = text;
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", act);
  return made;
}

function pressed(made, on) {
  made.setAttribute("aria-pressed", String(on));
}

function element(name, attributes) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
