// A lesson keeps its place, to the block: what was seen, where somebody reads, where a player stands.
// Without script the lesson reads the same; only the place stays where it was.

import { renewing } from "./renewing.js";

const lesson = document.querySelector("[data-lesson]");
const LITTLE = 1500; // Milliseconds: what only flies past while scrolling has not been seen.
const QUIET = 2000;

if (lesson) {
  const blocks = [...lesson.querySelectorAll("[data-block]")];
  const token = JSON.parse(document.body.dataset.hxHeaders)["x-csrftoken"];
  const bar = document.getElementById("lesson-place");
  const label = document.querySelector("label[for='lesson-place']");
  const seen = new Set();
  const visible = new Map();
  let already = Number(bar?.value ?? 0);
  let unsent = { block: "", seen: [], media: {} };
  let timer = null;

  const send = () => {
    clearTimeout(timer);
    timer = null;
    const { block, media } = unsent;
    if (!block && !unsent.seen.length && !Object.keys(media).length) return;
    const body = new FormData();
    body.set("csrfmiddlewaretoken", token);
    body.set("place", JSON.stringify(unsent));
    unsent = { block: "", seen: [], media: {} };
    // With the window closing too; if it fails, the place is a little older, no more.
    fetch(lesson.dataset.lesson, { method: "POST", body, keepalive: true }).catch(() => {});
  };
  const soon = () => {
    timer ??= setTimeout(send, QUIET);
  };

  function see(element) {
    const id = element.dataset.block;
    if (seen.has(id)) return;
    seen.add(id);
    unsent.seen.push(id);
    if (bar && !known.has(id)) {
      already += 1;
      bar.value = Math.min(already, bar.max);
      label.textContent = label.dataset.seenText.replace("SEEN", String(bar.value));
    }
  }

  const known = new Set((lesson.dataset.seen ?? "").split(" ").filter(Boolean));

  // The place is the first block one can see, once it has stood there for a little. Who only opens the
  // lesson again has not gone back to its beginning.
  let hasMoved = false;
  window.addEventListener("scroll", () => (hasMoved = true), { once: true, passive: true });

  function settle() {
    if (!hasMoved) {
      soon();
      return;
    }
    const first = blocks.find((each) => visible.has(each));
    if (!first) return;
    unsent.block = first.dataset.block;
    soon();
  }

  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting && !visible.has(target)) {
          visible.set(
            target,
            setTimeout(() => {
              see(target);
              settle();
            }, LITTLE),
          );
        } else if (!isIntersecting && visible.has(target)) {
          clearTimeout(visible.get(target));
          visible.delete(target);
        }
      }
    },
    { rootMargin: "-15% 0px -15% 0px" },
  );
  for (const block of blocks) observer.observe(block);

  const kept = JSON.parse(document.getElementById("lesson-media")?.textContent ?? "{}");
  for (const player of lesson.querySelectorAll("[data-media]")) {
    renewing(player);
    const id = player.closest("[data-block]").dataset.block;
    let last = kept[id] ?? 0;
    if (last) {
      const goOn = () => {
        if (last < player.duration - 2) player.currentTime = last;
      };
      if (player.readyState >= 1) goOn();
      else player.addEventListener("loadedmetadata", goOn, { once: true });
    }
    const note = () => {
      last = player.ended ? 0 : Math.floor(player.currentTime);
      unsent.media[id] = last;
      soon();
    };
    player.addEventListener("timeupdate", () => {
      if (!player.paused && Math.abs(player.currentTime - last) >= 5) note();
    });
    player.addEventListener("pause", note);
    player.addEventListener("ended", note);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) send();
  });
  window.addEventListener("pagehide", send);
  lesson.closest("article").addEventListener("submit", send);
}
