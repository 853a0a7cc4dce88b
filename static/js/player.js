// A recording and its transcript, kept together: the line that is spoken is marked, a click on a line's
// time plays from there. The audio element does everything else by itself, also from the keyboard.

import { renewing } from "./renewing.js";

const player = document.querySelector("[data-player]");
const audio = player.querySelector("audio");
const follow = player.querySelector("[data-player-follow]");
const waves = player.querySelector("[data-player-waves]");
const played = [...player.querySelectorAll("[data-player-played]")];
const LATE = 0.05; // Seconds: a seek may end a little before the time that was asked for.

const lines = [...document.querySelectorAll("[data-seek]")]
  .map((link) => ({ link, from: Number(link.dataset.seek), message: link.closest("[data-message-id]") }))
  .sort((one, other) => one.from - other.from);
let current = null;

/** The last line that has begun at `time`, or null before the first. */
function lineAt(time) {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lines[middle].from <= time + LATE) low = middle + 1;
    else high = middle;
  }
  return lines[low - 1] ?? null;
}

/** What scrolls the conversation: a part of the page, or the page. */
function scrollerOf(element) {
  for (let it = element.parentElement; it; it = it.parentElement) {
    const { overflowY } = getComputedStyle(it);
    if (overflowY !== "visible" && it.scrollHeight > it.clientHeight) return it;
  }
  return document.documentElement;
}

function keepInView(message) {
  const scroller = scrollerOf(message);
  scroller.style.scrollPaddingTop = `${player.offsetHeight}px`;
  const isPage = scroller === document.documentElement || scroller === document.body;
  const frame = isPage ? { top: 0, bottom: innerHeight } : scroller.getBoundingClientRect();
  const top = Math.max(frame.top, player.getBoundingClientRect().bottom);
  const box = message.getBoundingClientRect();
  if (box.top >= top && box.bottom <= Math.min(frame.bottom, innerHeight)) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  message.scrollIntoView({ block: "center", behavior: calm ? "instant" : "smooth" });
}

function show() {
  const share = audio.duration > 0 ? audio.currentTime / audio.duration : 0;
  for (const bar of played) bar.setAttribute("width", `${share * 100}%`);
  const line = audio.currentTime > 0 || !audio.paused ? lineAt(audio.currentTime) : null;
  if (line === current) return;
  current?.message.classList.remove("message--spoken");
  current?.message.removeAttribute("aria-current");
  current = line;
  if (!current) return;
  current.message.classList.add("message--spoken");
  current.message.setAttribute("aria-current", "true");
  stopAt(current.link);
  if (follow.checked && !audio.paused) keepInView(current.message);
}

for (const name of ["timeupdate", "seeked", "loadedmetadata", "play"]) audio.addEventListener(name, show);

function playFrom(seconds) {
  audio.currentTime = seconds;
  // Refused when the file is missing; the error event says so.
  audio.play().catch(() => {});
}

// Among two thousand times only one is a stop for the Tab key; the arrows lead to the others.
let stop = null;
function stopAt(link) {
  if (stop) stop.tabIndex = -1;
  stop = link;
  if (stop) stop.tabIndex = 0;
}
for (const { link } of lines) link.tabIndex = -1;
stopAt(lines[0]?.link);

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-seek]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  stopAt(link);
  playFrom(Number(link.dataset.seek));
});

document.addEventListener("keydown", (event) => {
  if (!event.target.matches("[data-seek]") || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const index = lines.findIndex(({ link }) => link === event.target);
  const next = lines[index + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  stopAt(next.link);
  next.link.focus();
});

waves?.addEventListener("click", (event) => {
  // Beside the outlines stand the words that say whose they are.
  const box = waves.querySelector("svg").getBoundingClientRect();
  const share = Math.max(0, event.clientX - box.left) / box.width;
  if (audio.duration > 0) playFrom(audio.duration * share);
});

function sayMissing() {
  const place = player.querySelector("[data-player-error]");
  place.textContent = place.dataset.text;
}
renewing(audio, sayMissing);
