// Finding in the manual by keyboard, and telling which page was really read.

// "/" goes to the search box, arrow keys through the results and back, Enter opens as with any link.
const boxes = () => [...document.querySelectorAll("[data-search-box]")];
const links = () => [...document.querySelectorAll("[data-hit]")];

function goToSearch() {
  const box = boxes().find((each) => each.checkVisibility?.() ?? true) ?? boxes()[0];
  if (!box) return false;
  const folded = box.closest("details:not([open])");
  if (folded) folded.open = true;
  box.focus();
  box.select();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
  const { target, key } = event;
  if (key === "/" && !target.closest("input, textarea, select, [contenteditable]")) {
    if (goToSearch()) event.preventDefault();
    return;
  }
  if (key !== "ArrowDown" && key !== "ArrowUp") return;
  const found = links();
  const at = found.indexOf(target);
  const isBox = target.matches("[data-search-box]");
  if (!found.length || (at < 0 && !(isBox && key === "ArrowDown"))) return;
  event.preventDefault();
  const next = isBox ? 0 : at + (key === "ArrowDown" ? 1 : -1);
  if (next < 0) goToSearch();
  else found[Math.min(next, found.length - 1)].focus();
});

// A page that stays open for a moment is one of those used last.
const OPEN_FOR = 2000;
const opened = document.querySelector("[data-opened]");

async function tell() {
  const headers = JSON.parse(document.body.dataset.hxHeaders ?? "{}");
  try {
    await fetch(opened.dataset.opened, { method: "POST", headers, keepalive: true });
  } catch {
    // It is a convenience; nobody waits for it.
  }
}

function startTelling() {
  const timer = setTimeout(tell, OPEN_FOR);
  addEventListener("pagehide", () => clearTimeout(timer), { once: true });
}

if (opened) {
  if (document.visibilityState === "visible") startTelling();
  else document.addEventListener("visibilitychange", startTelling, { once: true });
}
