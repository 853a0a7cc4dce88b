// Reading: copy a reply template, print, fold the side navigation on a narrow screen, announce results.

const live = document.getElementById("live");

function prepare(root) {
  for (const button of root.querySelectorAll("[data-copy-button], [data-print]")) button.hidden = false;
}

async function copy(button) {
  const text = button.closest("[data-copy]").querySelector("[data-copy-text]");
  const label = button.querySelector("[data-copy-label]");
  const before = (button.dataset.copyBefore ??= label.textContent);
  let outcome = button.dataset.copyDone;
  try {
    await navigator.clipboard.writeText(text.textContent);
  } catch {
    // No permission, or not a secure origin: leave the text selected for the person's own shortcut.
    getSelection().selectAllChildren(text);
    outcome = button.dataset.copyFailed;
  }
  label.textContent = live.textContent = outcome;
  setTimeout(() => {
    label.textContent = before;
    live.textContent = "";
  }, 2500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy-button]");
  if (button) copy(button);
  if (event.target.closest("[data-print]")) print();
});

document.body.addEventListener("htmx:load", (event) => {
  prepare(event.target);
  const words = event.target.dataset?.announce;
  if (words) live.textContent = words;
});

// Going back brings the results of before; the box has to say what they are results for.
document.body.addEventListener("htmx:historyRestore", () => {
  const box = document.querySelector("[data-search-box]");
  if (box) box.value = new URLSearchParams(location.search).get("q") ?? "";
  prepare(document);
});

if (!matchMedia("(min-width: 64rem)").matches) {
  for (const side of document.querySelectorAll("[data-folds-when-narrow]")) side.open = false;
}

prepare(document);
