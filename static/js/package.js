// The page around a SCORM package: opens the part for this window alone, hands its frame the address, and
// keeps what it says. Nothing that comes from the frame is trusted; the server checks it again.

const stage = document.querySelector("[data-package]");
const frame = stage.querySelector("iframe");
const status = stage.querySelector("[data-package-status]");
const elsewhere = stage.querySelector("[data-package-elsewhere]");
// A token goes out of date when one signs in again in another window; the cookie has the new one. Nobody
// else's record can be written to with it: this window's key belongs to who opened the part.
const token = () =>
  /(?:^|; )(?:__Host-)?csrftoken=([^;]+)/.exec(document.cookie)?.[1] ??
  JSON.parse(document.body.dataset.hxHeaders)["x-csrftoken"];
const { part, origin } = stage.dataset;

const AFTER_CHANGE = 2000;
const AFTER_FAILURE = 5000;
const KEPT_WITHOUT_A_BREAK = 60_000;
const SENT_IN_PASSING = 60_000; // bytes that a browser sends for a page that is going

let key = "";
let latest = null; // { data, hasEnded }, when something waits to be kept
let sequence = 0;
let timer = 0;
let isSending = false;
let isOver = false;

function say(text, isFailure = false) {
  status.textContent = text;
  status.classList.toggle("package__status--failed", isFailure);
}

function post(address, body, more = {}) {
  const isText = typeof body === "string";
  const headers = { "X-CSRFToken": token(), "HX-Request": "true" };
  if (isText) headers["Content-Type"] = "application/json";
  return fetch(address, { method: "POST", headers, body, ...more });
}

function form(entries) {
  const body = new FormData();
  for (const [name, value] of Object.entries(entries)) body.append(name, value);
  return body;
}

async function open(takeOver) {
  elsewhere.hidden = true;
  const asked = takeOver ? { part, take_over: "1" } : { part };
  let response;
  try {
    response = await post(stage.dataset.open, form(asked));
  } catch {
    say(stage.dataset.notOpened, true);
    return;
  }
  if (response.status === 409) {
    elsewhere.hidden = false;
    elsewhere.querySelector("button").focus();
    return;
  }
  if (!response.ok) {
    say(stage.dataset.notOpened, true);
    return;
  }
  const answer = await response.json();
  key = answer.key;
  frame.hidden = false;
  frame.src = answer.address;
  window.setInterval(stay, KEPT_WITHOUT_A_BREAK);
}

async function stay() {
  if (isOver) return;
  try {
    const response = await post(stage.dataset.keep, form({ part, key }));
    if (response.status === 409) lose();
  } catch {
    // The next save says it.
  }
}

function lose() {
  isOver = true;
  latest = null;
  frame.hidden = true;
  frame.src = "about:blank";
  say(stage.dataset.lost, true);
}

function body(leaves) {
  sequence += 1;
  return JSON.stringify({
    part,
    key,
    sequence,
    data: latest.data,
    has_ended: latest.hasEnded,
    leaves,
  });
}

async function send() {
  window.clearTimeout(timer);
  if (!latest || isSending || isOver) return;
  const sent = latest;
  isSending = true;
  say(stage.dataset.saving);
  let response = null;
  try {
    response = await post(stage.dataset.save, body(false));
  } catch {
    // Said below.
  }
  isSending = false;
  const isKept = response?.ok ?? false;
  frame.contentWindow?.postMessage({ evenhand: "kept", isKept }, "*");
  if (response?.status === 409) {
    lose();
    return;
  }
  if (isKept) {
    if (latest === sent) latest = null;
    say(stage.dataset.saved);
    const answer = await response.json();
    stage.querySelector("[data-package-state]").innerHTML = answer.html;
    if (latest) send();
    return;
  }
  if (response?.status === 422) {
    say((await response.json()).problem, true);
    if (latest === sent) latest = null;
    return;
  }
  say(response?.status === 401 || response?.status === 403 ? document.body.dataset.signedOut : stage.dataset.notSaved, true);
  timer = window.setTimeout(send, AFTER_FAILURE);
}

window.addEventListener("message", (event) => {
  const message = event.data;
  if (!key || isOver || event.origin !== origin || message?.key !== key) return;
  if (!["data", "commit", "finish"].includes(message.evenhand)) return;
  if (typeof message.data !== "object" || message.data === null) return;
  latest = { data: message.data, hasEnded: message.hasEnded === true };
  if (message.evenhand === "data") {
    window.clearTimeout(timer);
    timer = window.setTimeout(send, AFTER_CHANGE);
  } else {
    send();
  }
});

window.addEventListener("pagehide", () => {
  if (!key || isOver) return;
  if (latest) {
    const text = body(true);
    post(stage.dataset.save, text, { keepalive: text.length < SENT_IN_PASSING }).catch(() => {});
  } else {
    post(stage.dataset.keep, form({ part, key, leaves: "1" }), { keepalive: true }).catch(() => {});
  }
});

// Coming back by the browser's own memory: the part was given up on leaving.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});

// The package says goodbye in its own pagehide; let it do so before ours.
for (const link of document.querySelectorAll("[data-package-leave]")) {
  link.addEventListener("click", (event) => {
    if (!key || isOver || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    frame.src = "about:blank";
    window.setTimeout(async () => {
      await send();
      window.location.assign(link.href);
    }, 300);
  });
}

elsewhere.querySelector("button").addEventListener("click", () => open(true));
open(false);
