// Small comforts. Every page works without them.

// Copy an identifier: the button shows only where copying can work.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      const label = button.textContent;
      button.textContent = button.dataset.done;
      setTimeout(() => (button.textContent = label), 2000);
    });
  }
}

// On paper nothing can be unfolded: sources and definitions print open.
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("main details:not([open])")].filter((d) => !d.matches(".explain"));
  for (const details of folded) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of folded) details.open = false;
});

// Find a term of the ontology as you type: terms without those letters go out of the way.
const finder = document.querySelector(".finder");
if (finder) {
  const input = finder.querySelector("input");
  const none = finder.querySelector("[data-none]");
  const terms = [...document.querySelectorAll("[data-find]")];
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const names = terms.map((term) => plain(term.dataset.find));
  finder.hidden = false;
  const filter = () => {
    const letters = plain(input.value.trim());
    terms.forEach((term, i) => (term.hidden = !names[i].includes(letters)));
    for (const group of document.querySelectorAll(".terms, .module")) {
      group.hidden = letters !== "" && !group.querySelector("[data-find]:not([hidden])");
    }
    none.textContent = terms.some((term) => !term.hidden) ? "" : none.dataset.none;
  };
  input.addEventListener("input", filter);
  // A link to a term that is out of the way brings it back.
  document.addEventListener("click", ({ target }) => {
    if (!input.value || !target.closest("a[href^='#']")) return;
    input.value = "";
    filter();
  });
}
