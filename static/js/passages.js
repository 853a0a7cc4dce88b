// Places in messages. The server counts characters (code points); the DOM counts UTF-16 units. Every
// crossing between the two is here.

const unitsToPoints = (text, units) => [...text.slice(0, units)].length;
const pointsToUnits = (text, points) => [...text].slice(0, points).join("").length;

/** The message a node is in, or null. */
export const messageOf = (node) =>
  (node?.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.("[data-message-id]") ?? null;

const textOf = (message) => message.querySelector("[data-message-text]");

/** Units from the start of `root` to a point inside of it. */
function unitsBefore(root, node, offset) {
  const range = document.createRange();
  range.setStart(root, 0);
  range.setEnd(node, offset);
  return range.toString().length;
}

/** What is selected, as {messageId, start, end, words}, the places in characters; null unless it is
    inside one message. */
export function selectedPassage() {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const message = messageOf(range.startContainer);
  const root = message && textOf(message);
  if (!root || !root.contains(range.startContainer)) return null;
  const text = root.textContent;
  const start = unitsBefore(root, range.startContainer, range.startOffset);
  // A triple click ends at the start of the next block: then the rest of this message is meant.
  const end = root.contains(range.endContainer)
    ? unitsBefore(root, range.endContainer, range.endOffset)
    : text.length;
  if (!root.contains(range.endContainer) && messageOf(range.endContainer) !== message) {
    const next = messageOf(range.endContainer);
    if (next && range.endOffset > 0) return null;
  }
  if (!text.slice(start, end).trim()) return null;
  return {
    messageId: message.dataset.messageId,
    start: unitsToPoints(text, start),
    end: unitsToPoints(text, end),
    words: text.slice(start, end),
  };
}

/** The whole text of a message as a passage; null where it has none. */
export function wholeMessage(message) {
  const text = message && textOf(message)?.textContent;
  if (!text?.trim()) return null;
  return { messageId: message.dataset.messageId, start: 0, end: [...text].length, words: text };
}

/** The text node and the place in it that are `units` into `root`, whose text may be in several. */
function placeAt(root, units) {
  const nodes = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let left = units;
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    if (left <= node.length) return [node, left];
    left -= node.length;
  }
  return null;
}

/** Where a listed quotation stands in the conversation, as a range; null where it no longer does. */
function rangeOf(item) {
  const message = document.getElementById(`message-${item.dataset.messageId}`);
  const root = message && textOf(message);
  if (!root) return null;
  const text = root.textContent;
  const [start, end] = [item.dataset.start, item.dataset.end].map((points) => Number(points));
  const startUnits = pointsToUnits(text, start);
  const endUnits = startUnits + pointsToUnits(text.slice(startUnits), end - start);
  const range = document.createRange();
  const from = placeAt(root, startUnits);
  const to = placeAt(root, endUnits);
  // Too short for it: the words were taken out since.
  if (!from || !to || [...text.slice(startUnits, endUnits)].length < end - start) return null;
  range.setStart(...from);
  range.setEnd(...to);
  return range;
}

/** Open the folded quotations that `range` touches. */
function unfold(range) {
  const message = messageOf(range.startContainer);
  for (const folded of message.querySelectorAll("details:not([open])")) {
    if (range.intersectsNode(folded)) folded.open = true;
  }
}

const unfolded = new WeakSet();

/** Mark everything that is listed as evidence in the conversation, and let none of it be folded away. */
export function highlightEvidence() {
  const ranges = [];
  for (const item of document.querySelectorAll("[data-evidence]")) {
    if ("isRemoved" in item.dataset) continue;
    const range = rangeOf(item);
    if (!range) continue;
    ranges.push(range);
    if (!unfolded.has(item)) unfold(range);
    unfolded.add(item);
  }
  if (CSS.highlights) CSS.highlights.set("evidence", new Highlight(...ranges));
}

// A quotation leads to its place.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".evidence__quote");
  const message = link && document.getElementById(link.hash.slice(1));
  if (!message) return;
  event.preventDefault();
  const item = link.closest("[data-evidence]");
  const range = "isRemoved" in item.dataset ? null : rangeOf(item);
  if (range) unfold(range);
  message.scrollIntoView({ block: "center" });
  message.focus({ preventScroll: true });
  if (range) showInLongMessage(message, range);
});

/** A letter may be higher than the window: then its middle is not where the words are. */
function showInLongMessage(message, range) {
  requestAnimationFrame(() => {
    const place = document.createElement("span");
    const words = range.getBoundingClientRect();
    if (message.getBoundingClientRect().height < innerHeight / 3 || !words.height) return;
    // A range cannot be scrolled to; a short-lived element over it can, and adds no text.
    place.className = "passage-place";
    place.style.top = `${words.top - message.getBoundingClientRect().top}px`;
    message.append(place);
    place.scrollIntoView({ block: "center" });
    place.remove();
  });
}
document.body.addEventListener("htmx:afterSettle", highlightEvidence);
highlightEvidence();
