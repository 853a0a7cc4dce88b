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
    values: { message_id: found.messageId, start: found.start, end: found.end, quote: "" },
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

// --- what is not saved yet -----------------------------------------------------------------------
// A form stands here from its first change until the server has it. What failed is sent again with
// the next answer that succeeds, and before the scorecard is handed in.
const unsaved = new Set();
const SAVES = "[data-grade-form]";

for (const name of ["input", "change"]) {
  root.addEventListener(name, (event) => {
    const form = event.target.closest(SAVES);
    if (!form) return;
    unsaved.add(form);
    form.querySelector("[data-form-status]")?.replaceChildren();
  });
}
document.body.addEventListener("evenhand:not-saved", (event) => {
  status.textContent = event.detail.text;
  status.classList.add("not-saved");
});
document.body.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target.closest?.(SAVES);
  if (form) form.dataset.sent = new URLSearchParams(new FormData(form)).toString();
});
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  const form = event.target.closest?.(SAVES);
  // What was typed while the answer was under way is not in it.
  if (form && form.dataset.sent === new URLSearchParams(new FormData(form)).toString()) {
    unsaved.delete(form);
  }
  if (form && !unsaved.size) status.classList.remove("not-saved");
  if (form) for (const other of unsaved) if (other !== form) htmx.trigger(other, "save");
});

/** Send everything that is unsaved; resolves to whether the server has it all. */
async function flush() {
  const forms = [...unsaved];
  const done = await Promise.all(
    forms.map(async (form) => {
      const body = new FormData(form);
      try {
        const answer = await fetch(form.action, {
          method: "POST",
          body,
          headers: { "HX-Request": "true" },
          redirect: "error",
        });
        if (answer.ok) unsaved.delete(form);
        return answer.ok;
      } catch {
        return false;
      }
    }),
  );
  return done.every(Boolean);
}
// A comment waits a moment before it is saved; leaving the page must not cost it.
addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden") return;
  for (const form of unsaved) {
    fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true });
  }
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

// One submit is enough, and not before everything said so far is with the server.
const submitForm = document.querySelector("[data-submit]");
submitForm.addEventListener("submit", async (event) => {
  const button = document.querySelector("button[form=submit]");
  event.preventDefault();
  if (button.disabled) return;
  button.disabled = true;
  if (await flush()) {
    submitForm.submit();
    return;
  }
  button.disabled = false;
  status.textContent = document.body.dataset.notSaved;
  status.classList.add("not-saved");
  announce(status.textContent);
});
addEventListener("pageshow", () => {
  document.querySelector("button[form=submit]").disabled = false;
});
