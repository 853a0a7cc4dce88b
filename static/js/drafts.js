// A draft must not be lost: not with the window, the session or the server, nor to a second window.
// What is entered is kept in this browser until the server has it, and only then handed in.
import { announce } from "./shell.js";

const root = document.querySelector("[data-grading]");
const texts = document.querySelector("[data-drafts]");
const status = document.getElementById("save-status");
const notice = document.getElementById("draft-notice");
const forms = [...root.querySelectorAll("[data-grade-form]")];
const submitForm = document.querySelector("[data-submit]");
const summary = submitForm.querySelector("textarea");
const submitButton = document.querySelector("button[form=submit]");
const RETRY_EVERY = 10_000;
const IDLE_AFTER = 60_000;
const BEAT_EVERY = 30; // Active seconds.
const KEPT_FOR = 14 * 24 * 3600 * 1000;
const OURS = new Set(["csrfmiddlewaretoken", "window", "seen"]);

// Without scripts all criteria are one form; with them each is its own, and saves itself.
for (const field of root.querySelectorAll("[data-criterion] [form=submit]")) {
  for (const name of ["form", "formaction"]) field.removeAttribute(name);
  if (field.matches("button")) continue;
  field.name = field.name.replace(/^c\d+-/, "");
  field.required = field.name === "quote";
}

const token = () => /(?:^|; )(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1];
const fill = (name) => texts.querySelector(`[data-draft-${name}]`).content.cloneNode(true);

// --- what this browser keeps ----------------------------------------------------------------------
const readAll = () => {
  try {
    return JSON.parse(localStorage.getItem(texts.dataset.key)) ?? {};
  } catch {
    return {};
  }
};

function writeAll(kept) {
  try {
    if (Object.keys(kept).length) localStorage.setItem(texts.dataset.key, JSON.stringify(kept));
    else localStorage.removeItem(texts.dataset.key);
  } catch {
    // A browser that keeps nothing: then the server alone has the draft.
  }
}

const nameOf = (form) => form.closest("[data-criterion]")?.id ?? "summary";
const valuesOf = (form) =>
  Object.fromEntries([...new FormData(form)].filter(([name]) => !OURS.has(name)));
const stateOf = (form) => JSON.stringify(valuesOf(form));

const keep = (form) => writeAll({ ...readAll(), [nameOf(form)]: { values: valuesOf(form), at: Date.now() } });

function forget(form) {
  const { [nameOf(form)]: _gone, ...others } = readAll();
  writeAll(others);
}

for (const form of [...forms, submitForm]) {
  form.addEventListener("input", () => keep(form));
}

function putBack(form, values) {
  for (const field of form.querySelectorAll("[name]")) {
    if (OURS.has(field.name)) continue;
    const value = values[field.name] ?? "";
    if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === value;
    else field.value = value;
  }
  // As if it had been entered: it is kept here, marked as unsaved, and saved.
  form.dispatchEvent(new Event("input", { bubbles: true }));
  save(form);
  if (form === submitForm) summary.dispatchEvent(new Event("change", { bubbles: true }));
}

const answerIn = (form) => form.querySelector("input:checked, [data-count]") ?? form.querySelector("textarea");

// An offer stands apart from what is entered meanwhile, and until it is answered.
const offered = new Map();
const offerName = (form) => `offered ${nameOf(form)}`;

function settle(form) {
  form.querySelector("[data-draft-offer]").replaceChildren();
  offered.delete(form);
  const { [offerName(form)]: _settled, ...others } = readAll();
  writeAll(others);
  listUndecided();
  if (unsaved.size || undecided().length) return;
  status.classList.remove("not-saved");
  status.replaceChildren();
}

const levelIn = (form, values) =>
  form
    .querySelector(`input[name=level][value="${CSS.escape(values.level ?? "")}"]`)
    ?.closest("label")
    .querySelector(".level__label")?.textContent ??
  values.count ??
  "";

function offer(form, entry) {
  const { values, at } = entry;
  const note = fill("kept");
  note.querySelector("[data-kept-at]").textContent = new Date(at).toLocaleString(
    document.documentElement.lang,
    { dateStyle: "medium", timeStyle: "short", hour12: false },
  );
  note.querySelector("[data-kept-level]").textContent = levelIn(form, values);
  note.querySelector("[data-kept-comment]").textContent = values.comment ?? values.summary ?? "";
  note.querySelector("[data-kept-restore]").addEventListener("click", () => {
    settle(form);
    putBack(form, values);
    answerIn(form).focus();
  });
  note.querySelector("[data-kept-discard]").addEventListener("click", () => {
    settle(form);
    answerIn(form)?.focus();
  });
  form.querySelector("[data-draft-offer]").replaceChildren(note);
  offered.set(form, entry);
  const { [nameOf(form)]: _moved, ...others } = readAll();
  writeAll({ ...others, [offerName(form)]: entry });
}

// What is of no more use goes, also of other scorecards; the rest is offered.
for (const name of Object.keys(localStorage)) {
  if (!name.startsWith("evenhand.draft.")) continue;
  const newest = Math.max(...Object.values(JSON.parse(localStorage.getItem(name))).map(({ at }) => at));
  if (Date.now() - newest > KEPT_FOR) localStorage.removeItem(name);
}

// --- saving, and trying again -----------------------------------------------------------------------
// A form stands in `unsaved` from its first change until the server has it. What failed is sent again,
// except what the server refused: that waits in `refused` for the reviewer.
const unsaved = new Set();
const refused = new Set();
let isGone = false;

for (const form of forms) {
  for (const name of ["input", "change"]) {
    form.addEventListener(name, () => {
      unsaved.add(form);
      refused.delete(form);
      form.querySelector("[data-form-status]")?.replaceChildren();
      listUndecided();
    });
  }
}

const undecided = () => [...forms, submitForm].filter((form) => offered.has(form) || refused.has(form));
const titleOf = (form) =>
  form.closest("[data-criterion]")?.dataset.title ?? form.querySelector("label").textContent.trim();

/** Show what `form` asks, and be where it is answered. */
function lead(form) {
  form.scrollIntoView({ block: "center" });
  const place = form.querySelector("[data-draft-offer] button, [data-draft-notice] button") ?? answerIn(form);
  place?.focus({ preventScroll: true });
}

function listUndecided() {
  notice.querySelector("[data-undecided]")?.remove();
  const waiting = undecided();
  if (isGone || !waiting.length) return;
  const note = fill("undecided");
  for (const form of waiting) {
    const link = document.createElement("a");
    link.href = `#${form.closest("[data-criterion]")?.id ?? form.id}`;
    link.textContent = titleOf(form);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      lead(form);
    });
    const item = document.createElement("li");
    item.append(link);
    note.querySelector("[data-undecided-list]").append(item);
  }
  notice.append(note);
}

// An empty summary is simply filled in again.
const kept = readAll();
for (const form of [...forms, submitForm]) {
  const entry = kept[nameOf(form)] ?? kept[offerName(form)];
  if (!entry) continue;
  if (JSON.stringify(entry.values) === stateOf(form)) {
    forget(form);
    settle(form);
  } else if (form === submitForm && !summary.value) putBack(form, entry.values);
  else offer(form, entry);
}
if (offered.size) {
  listUndecided();
  document.querySelector("[data-grading-title]").focus();
  announce(notice.textContent.trim());
}

// --- a draft that is no more ----------------------------------------------------------------------
/** All that stands on the page, as one would write it down. */
function everything() {
  const parts = forms.map((form) => {
    const values = valuesOf(form);
    const said = [levelIn(form, values), values.comment].filter(Boolean);
    return said.length ? `${titleOf(form)}: ${said.join("\n")}` : "";
  });
  return [...parts, summary.value].filter(Boolean).join("\n\n");
}

async function copy(field, answer) {
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select();
    if (!document.execCommand("copy")) return;
  }
  answer.textContent = answer.dataset.text;
}

function isOfGone({ detail: { xhr, requestConfig } }) {
  return xhr.status === 404 && [...forms, submitForm].some((form) => form.contains(requestConfig.elt));
}

// It says the same in fewer words.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (isOfGone(event)) event.detail.shouldSwap = false;
});

function showGone() {
  if (isGone) return;
  isGone = true;
  const note = fill("gone");
  const words = note.querySelector("[data-gone-words]");
  const answer = note.querySelector("[data-gone-copied]");
  words.value = everything();
  note.querySelector("[data-gone-copy]").addEventListener("click", () => copy(words, answer));
  for (const form of [...forms, submitForm]) {
    form.addEventListener("input", () => {
      words.value = everything();
      answer.replaceChildren();
    });
  }
  notice.replaceChildren(note);
  notSaved(texts.dataset.goneText);
  notice.firstElementChild.focus();
}

function save(form) {
  if (forms.includes(form)) htmx.trigger(form, "save");
}

function notSaved(text) {
  status.textContent = text ?? document.body.dataset.notSaved;
  status.classList.add("not-saved");
}

function signedOut() {
  notice.querySelector("[data-signed-out]")?.remove();
  notice.prepend(fill("signed-out"));
}

function saved(form, sent) {
  if (stateOf(form) === sent) {
    unsaved.delete(form);
    forget(form);
  }
  refused.delete(form);
  if (offered.has(form) && JSON.stringify(offered.get(form).values) === sent) settle(form);
  listUndecided();
  if (unsaved.size || refused.size) return;
  status.classList.remove("not-saved");
  notice.querySelector("[data-signed-out]")?.remove();
}

// A token goes out of date when one signs in again in another window; the cookie has the new one.
document.body.addEventListener("htmx:configRequest", (event) => {
  const fresh = token();
  if (!fresh || event.detail.verb !== "post") return;
  event.detail.headers["x-csrftoken"] = fresh;
  if (event.detail.parameters.csrfmiddlewaretoken) event.detail.parameters.csrfmiddlewaretoken = fresh;
});

const sentState = new WeakMap();
const underWay = new Set();
document.body.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.requestConfig.elt;
  if (!forms.includes(form)) return;
  sentState.set(form, stateOf(form));
  underWay.add(form);
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  const { xhr, requestConfig } = event.detail;
  const form = requestConfig.elt;
  underWay.delete(form);
  if (xhr.status === 401) signedOut();
  if (isOfGone(event)) {
    unsaved.add(form);
    showGone();
    return;
  }
  if (!forms.includes(form)) {
    if (submitForm.contains(form) && xhr.status === 204) forget(submitForm);
  } else if (xhr.status === 200) {
    saved(form, sentState.get(form));
    retry(form);
  } else {
    unsaved.add(form);
    // Its own notice says what to do; sending the same again would not help.
    if (xhr.status === 409 || xhr.status === 422) {
      unsaved.delete(form);
      refused.add(form);
      listUndecided();
    }
  }
});
document.body.addEventListener("evenhand:not-saved", (event) => notSaved(event.detail.text));

/** Send what the server does not have; not what was just answered and is being typed in again. */
function retry(answered) {
  if (isGone) return;
  for (const form of unsaved) if (form !== answered && !underWay.has(form)) save(form);
}
setInterval(() => retry(), RETRY_EVERY);
addEventListener("online", () => retry());
addEventListener("focus", () => retry());

async function send(address, body) {
  body.set("csrfmiddlewaretoken", token() ?? body.get("csrfmiddlewaretoken"));
  try {
    const { ok, status: code } = await fetch(address, {
      method: "POST",
      body,
      headers: { "HX-Request": "true" },
      keepalive: true,
      redirect: "error",
    });
    if (code === 404) showGone();
    return ok;
  } catch {
    return false;
  }
}

async function sendForm(form) {
  const sent = stateOf(form);
  const isSaved = await send(form.action, new FormData(form));
  if (isSaved) saved(form, sent);
  return isSaved;
}

// One submit is enough, and not before everything said so far is with the server.
submitForm.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (submitButton.disabled) return;
  if (isGone) {
    notice.firstElementChild.focus();
    return;
  }
  submitButton.disabled = true;
  const waiting = [...unsaved];
  const isSaved = await Promise.all(waiting.map(sendForm));
  const asked = undecided();
  const [problem] = [...asked, ...waiting.filter((_form, index) => !isSaved[index])];
  if (!problem) {
    const field = submitForm.querySelector("[name=csrfmiddlewaretoken]");
    field.value = token() ?? field.value;
    submitForm.submit();
    return;
  }
  submitButton.disabled = false;
  if (isGone) return;
  notSaved(asked.length ? texts.dataset.decideText : undefined);
  announce(status.textContent);
  lead(problem);
  // What sent it before showed no answer: this way its notice appears.
  if (!asked.length) save(problem);
});
addEventListener("pageshow", () => {
  submitButton.disabled = false;
});

// A comment waits a moment before it is saved; leaving the page must not cost it.
function saveOnLeaving() {
  for (const form of unsaved) sendForm(form);
}

// --- two windows ------------------------------------------------------------------------------------
function setSeen(form, value) {
  form.querySelector("[name=seen]").value = value;
}

root.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-conflict]");
  const form = choice?.closest("[data-grade-form]");
  if (!form) return;
  const { seen, level, count, comment } = choice.dataset;
  if (event.target.closest("[data-conflict-mine]")) {
    setSeen(form, seen);
    refused.delete(form);
    unsaved.add(form);
    listUndecided();
    save(form);
    answerIn(form).focus();
  } else if (event.target.closest("[data-conflict-theirs]")) {
    setSeen(form, seen);
    choice.parentElement.replaceChildren();
    putBack(form, { level, count, comment });
    answerIn(form).focus();
  }
});

const channel = new BroadcastChannel(texts.dataset.key);
function tellOfTheOther() {
  if (notice.querySelector("[data-two-windows]")) return;
  const note = fill("two-windows");
  note.firstElementChild.dataset.twoWindows = "";
  announce(note.textContent.trim());
  notice.append(note);
}
channel.addEventListener("message", ({ data }) => {
  if (data === "opened") channel.postMessage("here");
  tellOfTheOther();
});
channel.postMessage("opened");

// --- time spent -------------------------------------------------------------------------------------
let active = 0;
let lastSign = Date.now();
for (const name of ["pointerdown", "pointermove", "keydown", "wheel", "touchmove"]) {
  addEventListener(name, () => (lastSign = Date.now()), { passive: true, capture: true });
}

const isListening = () => [...document.querySelectorAll("audio")].some((audio) => !audio.paused);
const isAtWork = () =>
  document.visibilityState === "visible" &&
  document.hasFocus() &&
  (Date.now() - lastSign < IDLE_AFTER || isListening());

function beat() {
  if (!active) return;
  const seconds = Math.min(active, 60);
  active -= seconds;
  const body = new FormData();
  body.set("seconds", seconds);
  body.set("csrfmiddlewaretoken", submitForm.querySelector("[name=csrfmiddlewaretoken]").value);
  send(texts.dataset.timeUrl, body).then((isCounted) => {
    if (!isCounted) active += seconds;
  });
}

setInterval(() => {
  if (!isAtWork() || isGone) return;
  active += 1;
  if (active % BEAT_EVERY === 0) beat();
}, 1000);

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden") return;
  saveOnLeaving();
  beat();
});
