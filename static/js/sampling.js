// A plan shows what the chosen method and quantity use. Without this script all of it is shown, under
// headings that say what it is for.
const form = document.querySelector("main form[method=post]");
const parts = form.querySelectorAll("[data-shown-for]");

for (const heading of form.querySelectorAll("[data-shown-heading]")) heading.hidden = true;

const show = () => {
  const chosen = new FormData(form);
  for (const part of parts) {
    const isUsed = part.dataset.shownValues.split(" ").includes(chosen.get(part.dataset.shownFor));
    part.hidden = !isUsed && !part.querySelector(".field__error");
  }
};

form.addEventListener("change", show);
// The browser cannot point at a field that is hidden.
form.addEventListener(
  "invalid",
  (event) => {
    const part = event.target.closest("[data-shown-for]");
    if (part) part.hidden = false;
  },
  true,
);
// Going back restores the choices after this script has run.
addEventListener("pageshow", show);
show();

for (const chooser of form.querySelectorAll("[data-chooser]")) {
  const filter = chooser.querySelector("[data-chooser-filter]");
  const rows = [...chooser.querySelectorAll("label")].filter((it) => it.querySelector("[type=checkbox]"));
  filter.closest("[hidden]").hidden = false;
  filter.addEventListener("input", () => {
    const wanted = filter.value.trim().toLocaleLowerCase();
    for (const row of rows) {
      // What is ticked stays in sight.
      const isShown = row.querySelector("input").checked || row.textContent.toLocaleLowerCase().includes(wanted);
      (row.closest("#id_agents > *") ?? row).hidden = !isShown;
    }
  });
  filter.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
}
