// The rubric builder: dragging as an enhancement of the buttons, which do the same without it; and what
// somebody typed is not left behind unsaved without a word.
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

// --- what is not saved yet ---------------------------------------------------------------------------
const guarded = () => [...document.querySelectorAll("form[data-guarded]")];
const controls = (form) => [...form.elements].filter((it) => it.name && it.matches("input, select, textarea"));
const isBox = (it) => it.matches("[type=checkbox], [type=radio]");
const valueOf = (it) => (isBox(it) ? it.checked : it.value);

function differs(it) {
  if (isBox(it)) return it.checked !== it.defaultChecked;
  if (!it.matches("select")) return it.value !== it.defaultValue;
  const saved = [...it.options].findIndex((option) => option.defaultSelected);
  return it.selectedIndex !== Math.max(saved, 0);
}

/** From now on these values are the saved ones; and what was said against the ones before is settled. */
function settle(form, values) {
  for (const [it, value] of values) {
    if (isBox(it)) it.defaultChecked = value;
    else if (it.matches("select")) for (const option of it.options) option.defaultSelected = option.value === value;
    else it.defaultValue = value;
    it.removeAttribute("aria-invalid");
  }
  delete form.dataset.unsaved;
  for (const error of form.querySelectorAll(".field__error")) error.remove();
}

const isUnsaved = (form) => "unsaved" in form.dataset || controls(form).some(differs);

/** Which of the two it is, where a page says so. */
function showState() {
  const form = document.getElementById("criterion-form");
  if (!form) return;
  const unsaved = isUnsaved(form);
  form.querySelector("[data-not-saved-yet]").hidden = !unsaved;
  form.querySelector("[data-as-saved]").hidden = unsaved;
}

const status = document.getElementById("edit-status");
if (status && !status.textContent) status.textContent = status.dataset.hint;

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guarded]");
  if (!form) return;
  showState();
  const waits = isUnsaved(form) && !isBox(event.target) && !form.matches(".edit-add");
  if (status && waits && status.textContent !== status.dataset.typing) status.textContent = status.dataset.typing;
});

const sent = new WeakMap();
document.body.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt.closest("form[data-guarded]");
  if (form) sent.set(event.detail.xhr, { form, values: controls(form).map((it) => [it, valueOf(it)]) });
});
document.body.addEventListener("htmx:beforeOnLoad", ({ detail: { xhr } }) => {
  if (xhr.status >= 400 || !sent.has(xhr)) return;
  const { form, values } = sent.get(xhr);
  settle(form, values);
});
// Without htmx the form goes by itself, and nothing is left behind.
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented && event.target.matches("form[data-guarded]")) {
    settle(
      event.target,
      controls(event.target).map((it) => [it, valueOf(it)]),
    );
  }
});
window.addEventListener("beforeunload", (event) => {
  if (guarded().some(isUnsaved)) event.preventDefault();
});

document.body.addEventListener("htmx:afterSwap", () => {
  prepare(document);
  showState();
  document.querySelector("[data-focus-first]")?.focus();
});
document.body.addEventListener("evenhand:not-saved", () => {
  if (status) status.textContent = document.body.dataset.notSaved;
  announce(document.body.dataset.notSaved);
});
prepare(document);
showState();
