/* How a reader wants to see the site, as chosen with the toolbar before. In the head and not a module,
   so that it is done before anything is painted. Kept in this browser only; nothing is sent. */
(function () {
  var root = document.documentElement;
  root.classList.replace("no-js", "js");
  try {
    ["size", "contrast", "mode"].forEach(function (name) {
      var chosen = localStorage.getItem("reading-" + name);
      if (/^[a-z]+$/.test(chosen || "")) root.setAttribute("data-" + name, chosen);
    });
  } catch (error) {
    /* Storage is forbidden here: everything looks as it comes. */
  }
})();
