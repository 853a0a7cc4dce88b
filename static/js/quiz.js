// A quiz saves each answer as it is given (htmx); this says when that is under way and when it failed,
// moves items by buttons, and counts the time down. Everything works without it too.
import { announce } from "./shell.js";

const quiz = document.querySelector("[data-quiz]");
const PAUSE_IN_TYPING = 1200;

// A token goes out of date when one signs in again in another window; the cookie has the new one. Nobody
// else's attempt can be written to with it.
const token = () => /(?:^|; )(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1];
let signedOutAt = null;

function refresh() {
  const field = quiz.elements.csrfmiddlewaretoken;
  field.value = token() ?? field.value;
}

quiz.addEventListener("htmx:configRequest", (event) => {
  refresh();
  const { value } = quiz.elements.csrfmiddlewaretoken;
  event.detail.headers["x-csrftoken"] = value;
  if (event.detail.parameters.csrfmiddlewaretoken) event.detail.parameters.csrfmiddlewaretoken = value;
});

function say(question, text, isFailure) {
  const status = question.querySelector("[data-save-status]");
  status.textContent = text;
  status.classList.toggle("question__status--failed", isFailure);
}

quiz.addEventListener("htmx:beforeRequest", (event) => {
  say(event.target.closest("fieldset"), quiz.dataset.saving, false);
});

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  quiz.addEventListener(name, (event) => {
    // Another window's answer is shown with its own words.
    if (event.detail.xhr?.getResponseHeader?.("HX-Retarget")) return;
    const question = event.target.closest("fieldset");
    signedOutAt = event.detail.xhr?.status === 401 ? question : null;
    say(question, signedOutAt ? document.body.dataset.signedOut : quiz.dataset.notSaved, true);
  });
}

// Each save carries every answer that the server has not got yet, so one that gets through heals the rest.
quiz.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  signedOutAt = null;
  for (const status of quiz.querySelectorAll(".question__status--failed[data-save-status]")) {
    say(status.closest("fieldset"), quiz.dataset.saved, false);
  }
});

// Handing in while signed out would lead away from what is not saved: try to save it first, and stay.
quiz.addEventListener("submit", (event) => {
  refresh();
  if (!signedOutAt) return;
  event.preventDefault();
  signedOutAt.scrollIntoView({ block: "center" });
  htmx.trigger(signedOutAt, "answered");
});

// What is typed is saved in a pause, not only on leaving the field.
const typing = new WeakMap();
quiz.addEventListener("input", (event) => {
  if (!event.target.matches(".question__typed")) return;
  const question = event.target.closest("fieldset");
  clearTimeout(typing.get(question));
  typing.set(
    question,
    setTimeout(() => htmx.trigger(question, "answered"), PAUSE_IN_TYPING),
  );
});
quiz.addEventListener("change", (event) => clearTimeout(typing.get(event.target.closest("fieldset"))));

// --- items in order -------------------------------------------------------------------------------
function number(list) {
  [...list.children].forEach((item, index) => {
    item.querySelector("select").value = String(index + 1);
  });
}

function move(button) {
  const item = button.closest("[data-ordering-item]");
  const list = item.parentElement;
  const isUp = button.dataset.orderingMove === "-1";
  const other = isUp ? item.previousElementSibling : item.nextElementSibling;
  if (other) other[isUp ? "before" : "after"](item);
  number(list);
  button.focus();
  const place = [...list.children].indexOf(item) + 1;
  const text = item.querySelector("[data-ordering-text]").textContent;
  announce(quiz.dataset.moved.replace("{item}", text).replace("{place}", place));
  htmx.trigger(list.closest("fieldset"), "answered");
}

for (const buttons of quiz.querySelectorAll("[data-ordering-buttons]")) buttons.hidden = false;
quiz.addEventListener("click", (event) => {
  const button = event.target.closest("[data-ordering-move]");
  if (button) move(button);
});

// --- the clock ------------------------------------------------------------------------------------
// The server decides when time is up; this only shows it, by its own clock from when the page came.
const clock = document.querySelector("[data-countdown]");
const SAID_AT = [300, 60, 10];

function inWords(seconds) {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const parts = hours ? [hours, minutes, seconds % 60] : [minutes, seconds % 60];
  return parts.map((part, index) => (index ? String(part).padStart(2, "0") : part)).join(":");
}

function handIn() {
  const anyway = document.createElement("input");
  Object.assign(anyway, { type: "hidden", name: "anyway", value: "1" });
  quiz.append(anyway);
  announce(clock.dataset.up);
  refresh();
  quiz.submit();
}

if (clock) {
  const end = performance.now() + Number(clock.dataset.countdown) * 1000;
  const shown = clock.querySelector("[data-countdown-shown]");
  let before = Infinity;
  const timer = setInterval(tick, 500);
  function tick() {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    if (left === before) return;
    const text = clock.dataset.left.replace("{time}", inWords(left));
    shown.textContent = left ? text : clock.dataset.up;
    clock.classList.toggle("quiz__clock--short", left <= 60);
    if (SAID_AT.some((second) => left <= second && before > second && before !== Infinity)) announce(text);
    before = left;
    if (left) return;
    clearInterval(timer);
    handIn();
  }
  tick();
}
