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

/** What is selected, as {messageId, start, end} in characters; null unless it is inside one message. */
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
  };
}

/** The whole text of a message as a passage; null where it has none. */
export function wholeMessage(message) {
  const text = message && textOf(message)?.textContent;
  if (!text?.trim()) return null;
  return { messageId: message.dataset.messageId, start: 0, end: [...text].length };
}

/** Mark everything that is listed as evidence in the conversation. */
export function highlightEvidence() {
  if (!CSS.highlights) return;
  const ranges = [];
  for (const item of document.querySelectorAll("[data-evidence]")) {
    const message = document.getElementById(`message-${item.dataset.messageId}`);
    const node = message && textOf(message)?.firstChild;
    if (node?.nodeType !== Node.TEXT_NODE) continue;
    const start = pointsToUnits(node.data, Number(item.dataset.start));
    const end = pointsToUnits(node.data, Number(item.dataset.end));
    if (end > node.length) continue;
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, end);
    ranges.push(range);
  }
  CSS.highlights.set("evidence", new Highlight(...ranges));
}

// A quotation leads to its place.
document.addEventListener("click", (event) => {
  const link = event.target.closest(".evidence__quote");
  const message = link && document.getElementById(link.hash.slice(1));
  if (!message) return;
  event.preventDefault();
  message.scrollIntoView({ block: "center" });
  message.focus({ preventScroll: true });
});
document.body.addEventListener("htmx:afterSettle", highlightEvidence);
highlightEvidence();
