// The grading screen: evidence from selected text, the procedure beside it, and the keyboard.
import { announce } from "./shell.js";
import { messageOf, selectedPassage, wholeMessage } from "./passages.js";

const root = document.querySelector("[data-grading]");
const criteria = [...root.querySelectorAll("[data-criterion]")];
const messages = [...root.querySelectorAll("[data-message-id]")];
const pick = document.querySelector("[data-pick-evidence]");
const pickLabel = document.querySelector("[data-pick-evidence-label]");
const status = document.getElementById("save-status");
let current = criteria.find((it) => !it.querySelector("input[type=radio]:checked")) ?? criteria[0];
let passage = null;

// --- the criterion one is at -----------------------------------------------------------------
function choose(criterion) {
  if (!criterion) return;
  current?.classList.remove("criterion--current");
  current = criterion;
  current.classList.add("criterion--current");
  if (!pick.hidden) showPick();
}

function goTo(criterion) {
  if (!criterion) return;
  choose(criterion);
  const radio =
    criterion.querySelector("input[type=radio]:checked") ??
    criterion.querySelector("input[type=radio]");
  radio.focus({ preventScroll: true });
  criterion.scrollIntoView({ block: "center" });
}

root.addEventListener("focusin", (event) => choose(event.target.closest("[data-criterion]")));
root.addEventListener("pointerdown", (event) => choose(event.target.closest("[data-criterion]")));
choose(current);

// --- evidence ----------------------------------------------------------------------------------
function showPick() {
  pickLabel.textContent = current
    ? root.dataset.evidenceText.replace("%s", current.dataset.title)
    : root.dataset.noCriterionText;
  pick.hidden = false;
}

document.addEventListener("selectionchange", () => {
  const found = selectedPassage();
  if (found) {
    passage = found;
    showPick();
  } else if (document.activeElement !== pick) {
    passage = null;
    pick.hidden = true;
  }
});

function quote(found) {
  if (!found || !current) {
    announce(root.dataset.noCriterionText);
    return;
  }
  htmx.ajax("POST", current.dataset.evidenceUrl, {
    source: current,
    target: `#${current.id}-evidence`,
    values: { message_id: found.messageId, start: found.start, end: found.end, quote: "" },
  });
  getSelection().removeAllRanges();
  pick.hidden = true;
  passage = null;
}

// Keep the selection when the button is pressed.
pick.addEventListener("pointerdown", (event) => event.preventDefault());
pick.addEventListener("click", () => quote(passage));
document.body.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("[data-quote-form]");
  if (form && event.detail.successful) form.reset();
});

// --- what could not be saved ---------------------------------------------------------------------
document.body.addEventListener("evenhand:not-saved", () => {
  status.textContent = root.dataset.notSavedText;
  status.classList.add("not-saved");
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) status.classList.remove("not-saved");
});
// A comment waits a moment before it is saved; leaving the page must not cost it.
addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden") return;
  const box = document.activeElement?.closest?.("[data-grade-form] textarea");
  if (!box) return;
  const form = box.closest("form");
  fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true });
});

// --- the procedure beside it -------------------------------------------------------------------
const panel = document.getElementById("procedure-panel");
let opener = null;

function closeProcedure() {
  if (panel.hidden) return false;
  panel.hidden = true;
  opener?.focus();
  return true;
}

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "procedure-panel-body") return;
  opener = event.detail.requestConfig.elt;
  panel.hidden = false;
  panel.scrollTop = 0;
  panel.focus();
});
panel.querySelector("[data-close-procedure]").addEventListener("click", closeProcedure);

// --- the keyboard --------------------------------------------------------------------------------
const dialog = document.querySelector("[data-shortcuts]");
const toggle = document.querySelector("[data-shortcuts-on]");
const help = document.querySelector("[data-shortcut-help]");
help.hidden = false;
help.addEventListener("click", () => dialog.showModal());
toggle.checked = localStorage.getItem("evenhand.shortcuts") !== "off";
toggle.addEventListener("change", () => {
  localStorage.setItem("evenhand.shortcuts", toggle.checked ? "on" : "off");
});

const step = (list, item, by) => list[Math.min(list.length - 1, Math.max(0, list.indexOf(item) + by))];

function press(radio) {
  if (!radio) return;
  radio.focus();
  if (!radio.checked) radio.click();
}

const keys = {
  j: () => goTo(step(criteria, current, 1)),
  k: () => goTo(step(criteria, current, -1)),
  n: () => press(current?.querySelector("input[value=na]")),
  c: () => current?.querySelector("textarea").focus(),
  e: () => quote(selectedPassage() ?? wholeMessage(messageOf(document.activeElement))),
  p: () => current?.querySelector("[data-procedure]")?.click(),
  s: () => document.querySelector("button[form=submit]").focus(),
  "]": () => step(messages, messageOf(document.activeElement), 1).focus(),
  "[": () => step(messages, messageOf(document.activeElement), -1).focus(),
  "?": () => dialog.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !dialog.open) {
    if (event.target.matches("textarea, input[type=text]")) goTo(current);
    else closeProcedure();
    return;
  }
  if (!toggle.checked || dialog.open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("textarea, select, input:not([type=radio])")) return;
  const action = /^[1-9]$/.test(event.key)
    ? () => press(current?.querySelectorAll("input[type=radio]:not([value=na])")[event.key - 1])
    : keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

document.querySelector("[data-focus-first]")?.focus();

// One submit is enough.
document.querySelector("[data-submit]").addEventListener("submit", (event) => {
  const button = document.querySelector("button[form=submit]");
  if (button.disabled) event.preventDefault();
  button.disabled = true;
});
addEventListener("pageshow", () => {
  document.querySelector("button[form=submit]").disabled = false;
});
