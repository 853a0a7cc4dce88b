// Following a procedure: keys, moving on without leaving the page, and notes that stay in this browser.

import { copyText } from "./replies.js";

const DAY = 24 * 60 * 60 * 1000;
const root = () => document.querySelector("[data-follow]");
const storageKey = () => `evenhand-${root().dataset.notesKey}`;

function forgetOld() {
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith("evenhand-follow-")) continue;
    try {
      if (Date.now() - JSON.parse(localStorage.getItem(key)).at > DAY) localStorage.removeItem(key);
    } catch {
      localStorage.removeItem(key);
    }
  }
}

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(storageKey()) ?? "null");
    return kept?.started === root().dataset.started ? kept.notes : {};
  } catch {
    return {};
  }
}

function write(notes) {
  try {
    if (Object.keys(notes).length) {
      const kept = { started: root().dataset.started, at: Date.now(), notes };
      localStorage.setItem(storageKey(), JSON.stringify(kept));
    } else {
      localStorage.removeItem(storageKey());
    }
  } catch {
    // A browser that keeps nothing: the notes live as long as the page.
  }
}

let notes = {};

function showNotes() {
  const place = root().querySelector("[data-notes]");
  if (!place) return;
  const written = Object.values(notes).filter((note) => note.text.trim());
  place.hidden = !written.length;
  place.querySelector("[data-notes-text]").textContent = [
    root().dataset.title,
    ...written.map((note) => `${note.title}\n${note.text.trim()}`),
  ].join("\n\n");
}

function prepare({ focus = false } = {}) {
  for (const element of root().querySelectorAll("[data-needs-script]")) element.hidden = false;
  const field = root().querySelector("[data-note]");
  if (field) field.value = notes[field.dataset.note]?.text ?? "";
  showNotes();
  if (focus) {
    const heading = root().querySelector("[data-follow-focus]");
    heading?.focus({ preventScroll: true });
    root().scrollIntoView({ block: "nearest" });
  }
}

document.addEventListener("input", (event) => {
  const key = event.target.dataset?.note;
  if (!key) return;
  if (event.target.value.trim()) notes[key] = { title: event.target.dataset.noteTitle, text: event.target.value };
  else delete notes[key];
  write(notes);
  showNotes();
});

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-notes-copy]");
  if (copy) copyText(root().querySelector("[data-notes-text]"), copy, copy.dataset.copyDone);
  if (event.target.closest("[data-notes-clear]")) {
    notes = {};
    write(notes);
    prepare();
  }
});

let moving = false;

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-follow-form]")) return;
  event.preventDefault();
  if (moving) return;
  moving = true;
  const body = new FormData(form, event.submitter);
  try {
    const response = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (!response.ok && response.status !== 422) throw new Error(response.status);
    if (form.matches("[data-follow-restart]")) {
      notes = {};
      write(notes);
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.querySelector("[data-follow]");
    if (!fresh) throw new Error("no step in the answer"); // Signed out, most likely.
    root().replaceWith(document.adoptNode(fresh));
    if (Object.keys(notes).length) write(notes);
    prepare({ focus: true });
  } catch {
    HTMLFormElement.prototype.submit.call(withChoice(form, event.submitter));
  } finally {
    moving = false;
  }
});

// A form sent by script does not say which of its buttons was pressed.
function withChoice(form, button) {
  if (button?.name) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: button.name, value: button.value });
    form.append(field);
  }
  return form;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  if (event.target.closest("textarea, input, select")) return;
  const isEnter = event.key === "Enter";
  if (isEnter && event.target.closest("a, button, summary")) return;
  let button = null;
  if (isEnter || event.key === "ArrowRight") button = root().querySelector("[data-next]");
  else if (event.key === "ArrowLeft") button = root().querySelector("[data-back]");
  else if (/^[1-9]$/.test(event.key)) button = root().querySelector(`[data-key="${event.key}"]`);
  if (!button) return;
  event.preventDefault();
  button.click();
});

if (root()) {
  forgetOld();
  notes = read();
  prepare();
}
