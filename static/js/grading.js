// The grading screen: evidence from selected text, the procedure beside it, and the keyboard.
import { announce } from "./shell.js";
import { messageOf, selectedPassage, wholeMessage } from "./passages.js";

const root = document.querySelector("[data-grading]");
const criteria = [...root.querySelectorAll("[data-criterion]")];
const messages = [...root.querySelectorAll("[data-message-id]")];
const pick = document.querySelector("[data-pick-evidence]");
const pickLabel = document.querySelector("[data-pick-evidence-label]");
const ANSWER = "input[type=radio], [data-count]";
const isAnswered = (it) => it.querySelector("input:checked") ?? it.querySelector("[data-count]")?.value;
const shownCriteria = () => criteria.filter((it) => !it.hidden);
let current = shownCriteria().find((it) => !isAnswered(it)) ?? shownCriteria()[0];
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
  const answer = criterion.querySelector("input[type=radio]:checked") ?? criterion.querySelector(ANSWER);
  answer.focus({ preventScroll: true });
  criterion.scrollIntoView({ block: "center" });
}

root.addEventListener("focusin", (event) => choose(event.target.closest("[data-criterion]")));
root.addEventListener("pointerdown", (event) => choose(event.target.closest("[data-criterion]")));
choose(current);

// --- what an answer changes on the screen ---------------------------------------------------------
// The server answers a saved grade with the criteria it shows now; the others wait for an answer.
function showCriteria(pks) {
  for (const criterion of criteria) criterion.hidden = !pks.has(criterion.id.replace("criterion-", ""));
  for (const section of root.querySelectorAll(".rubric-section")) {
    section.hidden = !section.querySelector("[data-criterion]:not([hidden])");
  }
}

document.body.addEventListener("htmx:oobAfterSwap", (event) => {
  const list = document.getElementById("shown-criteria");
  if (event.detail.target?.id !== "shown-criteria" || !list.dataset.shown) return;
  showCriteria(new Set(list.dataset.shown.trim().split(/\s+/)));
});

/** Which band a count falls into, and whether the chosen level asks for a comment. */
function markLevel(criterion) {
  const typed = criterion.querySelector("[data-count]")?.value;
  const count = typed ? Number(typed) : NaN;
  for (const band of criterion.querySelectorAll("[data-count-from]")) {
    const { countFrom, countTo } = band.dataset;
    const isReached = count >= Number(countFrom) && (countTo === "" || count <= Number(countTo));
    band.classList.toggle("band--reached", isReached);
  }
  const chosen = criterion.querySelector("input[data-requires-comment]:checked, .band--reached[data-requires-comment]");
  criterion.classList.toggle("criterion--wants-comment", Boolean(chosen));
}

root.addEventListener("input", (event) => {
  const criterion = event.target.closest("[data-criterion]");
  // A count answers what was "not applicable" a moment ago.
  if (criterion && event.target.matches("[data-count]")) {
    for (const box of criterion.querySelectorAll("input[value=na]")) box.checked = false;
  }
  if (criterion) markLevel(criterion);
});
criteria.forEach(markLevel);

// --- evidence ----------------------------------------------------------------------------------
function showPick() {
  pickLabel.textContent = root.dataset.evidenceText.replace("%s", current.dataset.title);
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
  if (!found) {
    announce(root.dataset.noWordsText);
    return;
  }
  htmx.ajax("POST", current.dataset.evidenceUrl, {
    source: current,
    target: `#${current.id}-evidence`,
    values: { message_id: found.messageId, start: found.start, end: found.end, quote: found.words },
  });
  getSelection().removeAllRanges();
  pick.hidden = true;
  passage = null;
}

// Keep the selection when the button is pressed.
pick.addEventListener("pointerdown", (event) => event.preventDefault());
pick.addEventListener("click", () => quote(passage));
// A quotation taken away takes the focus with it; the list keeps it.
document.body.addEventListener("htmx:afterSwap", (event) => {
  const list = event.detail.target;
  if (!list.matches(".evidence-list") || document.activeElement !== document.body) return;
  (list.querySelector("button") ?? list.closest("[data-criterion]").querySelector("summary")).focus();
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("[data-quote-form]");
  if (form && event.detail.successful) form.reset();
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
  if (opener.dataset.anchor) {
    document.getElementById(`procedure-${opener.dataset.anchor}`)?.scrollIntoView({ block: "start" });
  }
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
  if (!radio.checked || radio.type === "checkbox") radio.click();
}

/** Where everybody sees it and it is read out; but not in place of what was not saved. */
function say(text) {
  const status = document.getElementById("save-status");
  if (status.classList.contains("not-saved")) announce(text);
  else status.textContent = text;
}

function chooseLevel(number) {
  if (!current) return;
  const radio = current.querySelectorAll("input[type=radio]:not([value=na])")[number - 1];
  if (radio) press(radio);
  else say(current.dataset.levelsText);
}

/** From elsewhere on the page first to the criterion one is at. */
function walk(by) {
  goTo(current?.contains(document.activeElement) ? step(shownCriteria(), current, by) : current);
}

const keys = {
  j: () => walk(1),
  k: () => walk(-1),
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
    if (event.target.matches("textarea, input[type=text], input[type=number]")) goTo(current);
    else closeProcedure();
    return;
  }
  if (!toggle.checked || dialog.open || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("textarea, select, input:not([type=radio], [type=checkbox])")) return;
  const action = /^[1-9]$/.test(event.key)
    ? () => chooseLevel(Number(event.key))
    : keys[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

// --- where one begins ------------------------------------------------------------------------------
// At what was refused; where the address points; where a draft was left; or at the top. Nothing scrolls
// away from a message, from where a reload left the page, or under a finger.
function begin() {
  const refusal = document.querySelector("[data-focus-first]");
  if (refusal) {
    refusal.focus();
    return;
  }
  const pointed = criteria.find((it) => `#${it.id}` === location.hash && !it.hidden);
  const isResumed = shownCriteria().some(isAnswered) && shownCriteria().some((it) => !isAnswered(it));
  const isOpened = performance.getEntriesByType("navigation")[0]?.type === "navigate";
  const isQuiet = isOpened && matchMedia("(hover: hover)").matches && !document.querySelector(".messages li");
  if (isQuiet && (pointed || isResumed)) goTo(pointed ?? current);
  else document.querySelector("[data-grading-title]").focus({ preventScroll: true });
}

begin();
