/* What pages of data can do besides: copy the citation of a record, filter a list. Without this file they
   are complete all the same. */

const cited = document.querySelector("[data-cite]");
if (cited) citation(cited);

const sifter = document.querySelector(".sifter");
if (sifter) import("./list.js").then(({ start }) => start()).catch(() => sifter.remove());

/** The button that copies how to cite a record: organ, title, number, date, address. */
function citation(place) {
  const link = place.querySelector("a");
  const address = /^https?:/.test(link.textContent) ? link.textContent : link.href;
  const text = `${place.dataset.cite}，${address}`;
  const button = document.createElement("button"), told = document.createElement("span");
  button.type = "button";
  button.className = "cite";
  button.textContent = "复制引用";
  told.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    told.textContent = "";
    try {
      await navigator.clipboard.writeText(text);
      told.textContent = "已复制。";
    } catch (error) {
      offer(place, text); // without permission, or without a secure connection
    }
  });
  place.append(" ", button, " ", told);
}

/** Show the citation, chosen as a whole, for copying by hand. */
function offer(place, text) {
  const shown = place.parentElement.querySelector("textarea") || document.createElement("textarea");
  shown.value = text;
  shown.readOnly = true;
  shown.className = "citation";
  shown.setAttribute("aria-label", "引用文字，请复制");
  place.after(shown);
  shown.focus();
  shown.select();
}
