// Reading: print, fold the side navigation on a narrow screen, announce results. Reply templates are next door.

import "./finding.js";
import { prepareReplies } from "./replies.js";

const live = document.getElementById("live");

function prepare(root) {
  for (const button of root.querySelectorAll("[data-print]")) button.hidden = false;
  prepareReplies(root);
}

document.addEventListener("click", (event) => {
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
