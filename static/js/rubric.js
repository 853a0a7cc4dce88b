// The rubric builder: dragging as an enhancement of the buttons, which do the same without it.
import { announce } from "./shell.js";

const KINDS = { criterion: "[data-criterion-row]", section: "[data-section]" };
let dragged = null;

/** Show the handles; they are hidden where there is no script. */
function prepare(root) {
  for (const handle of root.querySelectorAll("[data-drag-criterion], [data-drag-section]")) {
    handle.hidden = false;
    handle.draggable = true;
  }
}

const kindOf = (handle) => (handle.matches("[data-drag-section]") ? "section" : "criterion");
const itemsOf = (parent, kind) =>
  [...parent.children].filter((child) => child.matches(KINDS[kind]) && child !== dragged?.item);

function clearMarks() {
  for (const marked of document.querySelectorAll(".drop-before, .drop-after, .drop-into")) {
    marked.classList.remove("drop-before", "drop-after", "drop-into");
  }
}

/** Where the dragged item would land at this point: the list, and the place among the others there. */
function landing(event) {
  const kind = dragged.kind;
  const list =
    kind === "section"
      ? event.target.closest("[data-structure]")
      : event.target.closest("[data-section]")?.querySelector("[data-criteria]");
  if (!list) return null;
  const items = itemsOf(list, kind);
  const after = items.findIndex((item) => {
    const box = item.getBoundingClientRect();
    return event.clientY < box.top + box.height / 2;
  });
  return { list, items, place: after === -1 ? items.length : after };
}

document.addEventListener("dragstart", (event) => {
  const handle = event.target.closest?.("[data-drag-criterion], [data-drag-section]");
  if (!handle) return;
  const kind = kindOf(handle);
  dragged = { kind, item: handle.closest(KINDS[kind]) };
  dragged.item.classList.add("is-dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.item.id);
  event.dataTransfer.setDragImage(dragged.item, 10, 10);
});

document.addEventListener("dragover", (event) => {
  if (!dragged) return;
  const target = landing(event);
  clearMarks();
  if (!target) return;
  event.preventDefault();
  if (target.items.length === 0) target.list.classList.add("drop-into");
  else if (target.place < target.items.length) target.items[target.place].classList.add("drop-before");
  else target.items.at(-1).classList.add("drop-after");
});

document.addEventListener("drop", (event) => {
  if (!dragged) return;
  const target = landing(event);
  if (!target) return;
  event.preventDefault();
  const values = { place: target.place };
  if (dragged.kind === "criterion") values.section = target.list.dataset.sectionPk;
  htmx.ajax("POST", dragged.item.dataset.moveUrl, {
    source: dragged.item,
    target: "#structure",
    swap: "outerHTML",
    values,
  });
});

document.addEventListener("dragend", () => {
  dragged?.item.classList.remove("is-dragged");
  dragged = null;
  clearMarks();
});

document.body.addEventListener("htmx:afterSwap", () => {
  prepare(document);
  document.querySelector("[data-focus-first]")?.focus();
});
document.body.addEventListener("evenhand:not-saved", () => {
  const status = document.getElementById("edit-status");
  if (status) status.textContent = document.body.dataset.notSaved;
  announce(document.body.dataset.notSaved);
});
prepare(document);
