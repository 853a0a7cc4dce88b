// Reply templates: fill in placeholders as one types, and copy the whole. Nothing leaves this window.

const live = document.getElementById("live");
const given = new Map(); // What was typed for a name, so that it is typed once for all templates here.

const fieldsOf = (reply) => [...reply.querySelectorAll("[data-field]")];

function show(reply) {
  let filled = 0;
  const fields = fieldsOf(reply);
  for (const field of fields) {
    const value = field.value.trim();
    if (value) filled += 1;
    const mark = field.closest(".reply__field").querySelector("[data-empty-mark]");
    mark.hidden = Boolean(value);
    for (const place of reply.querySelectorAll(`[data-placeholder="${CSS.escape(field.dataset.field)}"]`)) {
      place.textContent = value || `{${field.dataset.field}}`;
      place.classList.toggle("placeholder--filled", Boolean(value));
    }
  }
  const count = reply.querySelector("[data-reply-count]");
  if (count) count.textContent = count.dataset.replyCount.replace("%1", filled).replace("%2", fields.length);
}

export function prepareReplies(root) {
  for (const reply of root.querySelectorAll("[data-reply]")) {
    reply.querySelector("[data-reply-copy]").hidden = false;
    for (const button of reply.querySelectorAll("[data-without-script]")) button.hidden = true;
    for (const field of fieldsOf(reply)) {
      if (!field.value && given.has(field.dataset.field)) field.value = given.get(field.dataset.field);
    }
    show(reply);
  }
}

document.addEventListener("input", (event) => {
  const name = event.target.dataset?.field;
  if (!name) return;
  const before = given.get(name) ?? "";
  given.set(name, event.target.value);
  for (const reply of document.querySelectorAll("[data-reply]")) {
    for (const field of fieldsOf(reply)) {
      // Only what was taken over from elsewhere follows; what somebody typed here stays.
      if (field.dataset.field === name && field !== event.target && field.value === before) {
        field.value = event.target.value;
      }
    }
    show(reply);
  }
});

document.addEventListener("submit", (event) => {
  if (event.target.matches(".reply__form")) event.preventDefault();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-reply-copy]");
  if (!button) return;
  const reply = button.closest("[data-reply]");
  const text = reply.querySelector("[data-reply-text]");
  const empty = fieldsOf(reply).filter((field) => !field.value.trim());
  let outcome = button.dataset.copyDone;
  if (empty.length) {
    const names = empty.map((field) => field.dataset.label).join(", ");
    outcome = button.dataset.copyUnfilled.replace("%s", names);
  }
  await copyText(text, button, outcome);
});

/** Copy what `element` says; without the permission, select it for the person's own shortcut. */
export async function copyText(element, button, outcome) {
  const label = button.querySelector("[data-copy-label]");
  const before = (button.dataset.copyBefore ??= label.textContent);
  try {
    await navigator.clipboard.writeText(element.textContent);
  } catch {
    getSelection().selectAllChildren(element);
    outcome = button.dataset.copyFailed;
  }
  label.textContent = live.textContent = outcome;
  clearTimeout(button.copyTimer);
  button.copyTimer = setTimeout(() => {
    label.textContent = before;
    live.textContent = "";
  }, 4000);
}
