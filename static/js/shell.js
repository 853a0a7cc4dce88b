// What every page needs: menus that close when one clicks elsewhere, and words for screen readers.

const live = document.getElementById("live");

/** Say `text` to people who cannot see the change. */
export function announce(text) {
  live.textContent = "";
  requestAnimationFrame(() => {
    live.textContent = text;
  });
}

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details[data-closes-outside][open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const open of document.querySelectorAll("details[data-closes-outside][open]")) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

// A server that cannot be reached or answers with an error must not look like success.
for (const name of ["htmx:responseError", "htmx:sendError"]) {
  document.body.addEventListener(name, (event) => {
    const target = event.detail.elt.closest("[data-save-status-for]") ?? event.detail.elt;
    target.dispatchEvent(new CustomEvent("evenhand:not-saved", { bubbles: true }));
    announce(document.body.dataset.notSaved ?? "");
  });
}
