// A refresher by keys: space shows the answer, 1 to 4 rate it. How long the answer took goes with it.

const card = document.querySelector("[data-refresher]");
const LONGEST = 120; // Seconds: beyond that somebody went for a coffee.

if (card) {
  const form = card.querySelector("form");
  const answer = card.querySelector("[data-answer]");
  let spent = 0;
  let since = document.hidden ? null : performance.now();

  document.addEventListener("visibilitychange", () => {
    if (since !== null) spent += performance.now() - since;
    since = document.hidden ? null : performance.now();
  });

  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const running = since === null ? 0 : performance.now() - since;
    const seconds = Math.min(LONGEST, Math.max(1, Math.round((spent + running) / 1000)));
    form.querySelector("[data-seconds]").value = String(seconds);
  });

  // Back in the history, the form can be sent again; the server refuses what was rated.
  window.addEventListener("pageshow", () => delete form.dataset.sent);

  answer.addEventListener("toggle", () => {
    if (answer.open) answer.querySelector("[data-key='3']").focus({ preventScroll: true });
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if (event.target.closest("input, textarea, select, summary, a, [contenteditable]")) return;
    if (event.key === " " && !answer.open) {
      event.preventDefault();
      answer.open = true;
    } else if (/^[1-4]$/.test(event.key) && answer.open) {
      event.preventDefault();
      answer.querySelector(`[data-key="${event.key}"]`).click();
    }
  });
}
