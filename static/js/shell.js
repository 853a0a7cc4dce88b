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

// An answer that was refused says why in a notice of its own: show it although it is an error.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status >= 400 && xhr.getResponseHeader("HX-Retarget")) event.detail.shouldSwap = true;
});

// A server that cannot be reached or answers with an error must not look like success.
for (const name of ["htmx:responseError", "htmx:sendError"]) {
  document.body.addEventListener(name, (event) => {
    const { xhr, elt } = event.detail;
    if (xhr?.getResponseHeader?.("HX-Retarget")) return;
    const words = { 401: "signedOut", 403: "outdated" }[xhr?.status] ?? "notSaved";
    const text = document.body.dataset[words];
    elt.dispatchEvent(new CustomEvent("evenhand:not-saved", { bubbles: true, detail: { text } }));
    announce(text);
  });
}
