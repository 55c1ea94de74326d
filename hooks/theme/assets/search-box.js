/* The search box of every page: `/` leads to it, and in the header it suggests while one types.
   The engine is loaded when the box is first used. Without this file the box is a plain form. */

const PAUSE = 250; // milliseconds without a keystroke before anything is asked
const box = document.querySelector('[role="search"] [type="search"]');

if (box) {
  document.addEventListener("keydown", shortcut);
  if (box.closest(".masthead")) suggestions(box);
}

/** `/` puts the cursor into the box, but not while one types elsewhere. */
function shortcut(event) {
  const busy = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
  if (event.key !== "/" || busy || event.target.closest("input, select, textarea")) return;
  event.preventDefault();
  box.focus();
  box.select();
}

/** Make the box a combobox whose list suggests names; choosing one searches for it. */
function suggestions(box) {
  const list = document.createElement("ul");
  list.id = "suggestions";
  list.hidden = true;
  attributes(list, { role: "listbox", "aria-label": "建议的搜索词" });
  attributes(box, {
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-controls": list.id,
    "aria-expanded": "false",
  });
  box.form.append(list);

  let engine; // a promise, once the box has been used
  let timer;
  let asked = 0; // the number of the latest question: later answers to earlier ones are dropped
  let active = -1; // which suggestion the arrows have reached

  const load = () => (engine = engine || open(box.form.action).catch(() => (engine = null)));

  async function suggest() {
    const number = ++asked;
    const text = box.value;
    const found = await load();
    let texts = [];
    try {
      if (found && !found.reason(text)) texts = await found.suggest(text);
    } catch (error) {
      texts = []; // suggesting is a courtesy: the form works without it
      engine = null; // the site may have been published anew, with another index
    }
    if (number === asked && document.activeElement === box) show(texts);
  }

  function show(texts) {
    active = -1;
    list.textContent = "";
    list.append(...texts.map(option));
    list.hidden = !texts.length;
    box.setAttribute("aria-expanded", String(!list.hidden));
    box.removeAttribute("aria-activedescendant");
  }

  function option(text, number) {
    const item = document.createElement("li");
    attributes(item, { role: "option", id: `suggestion-${number}`, "aria-selected": "false" });
    item.textContent = text;
    return item;
  }

  function close() {
    clearTimeout(timer);
    asked += 1;
    show([]);
  }

  /** Go to a suggestion; one step past either end is the box itself. */
  function reach(step) {
    const items = list.children;
    if (active >= 0) items[active].setAttribute("aria-selected", "false");
    active = ((active + 1 + step + items.length + 1) % (items.length + 1)) - 1;
    if (active < 0) return box.removeAttribute("aria-activedescendant");
    items[active].setAttribute("aria-selected", "true");
    items[active].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", items[active].id);
  }

  function choose(item) {
    box.value = item.textContent;
    close();
    box.form.submit();
  }

  box.addEventListener("focus", load);
  box.addEventListener("blur", close);
  box.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(suggest, PAUSE);
  });
  box.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, PAUSE);
  });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) reach(steps[event.key]);
    else if (event.key === "Enter" && active >= 0) choose(list.children[active]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  // Before the box loses the cursor, and with it the list.
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    if (event.target.closest("li")) choose(event.target.closest("li"));
  });
}

async function open(base) {
  const engine = await import("./search-engine.js");
  return engine.open(base);
}

function attributes(element, values) {
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
}
