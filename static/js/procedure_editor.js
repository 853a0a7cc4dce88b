// In the page editor: where an answer leads is chosen from the page's own steps and escalation levels.

const form = () => document.querySelector("#page-edit-form, form[data-edit-form]");

/** The steps as they stand in the form now: `[block id, title]`. A new step gets its id here. */
function steps() {
  const found = [];
  for (const field of document.querySelectorAll('input[name^="steps-"][name$="-id"]')) {
    const match = /^steps-(\d+)-id$/.exec(field.name);
    if (!match || document.querySelector(`[name="steps-${match[1]}-deleted"]`)?.value) continue;
    field.value ||= crypto.randomUUID();
    const order = Number(document.querySelector(`[name="steps-${match[1]}-order"]`)?.value ?? match[1]);
    const title = document.querySelector(`[name="steps-${match[1]}-value-title"]`)?.value ?? "";
    found.push({ order, id: field.value, title });
  }
  return found.sort((one, other) => one.order - other.order);
}

/** The escalation levels as they stand in the form now, in their order. `giveKeys` to those without. */
function levels({ giveKeys = false } = {}) {
  const found = [];
  for (const contact of document.querySelectorAll('input[name^="escalation_levels-"][name$="-contact"]')) {
    const field = (name) => document.querySelector(`[name="${contact.name.replace(/contact$/, name)}"]`);
    const deleted = field("DELETE");
    if (!contact.value.trim() || deleted?.checked || (deleted?.type === "hidden" && deleted.value)) continue;
    if (giveKeys) field("key").value ||= crypto.randomUUID();
    found.push({
      order: Number(field("ORDER")?.value || found.length + 1),
      key: field("key").value || contact.value.trim(),
      contact: contact.value.trim(),
      when: field("when").value.trim(),
    });
  }
  return found.sort((one, other) => one.order - other.order);
}

/** What is offered for where an answer leads: `[value, label]`. */
function choices(words, offered) {
  return [
    ["next", words.labelNext],
    ...steps().map((step, place) => [`step:${step.id}`, `${words.labelStep} ${place + 1}: ${step.title}`]),
    ...offered.map((level) => [
      `level:${level.key}`,
      `${words.labelLevel} ${level.contact}${level.when ? ` (${level.when})` : ""}`,
    ]),
    ["procedure", words.labelProcedure],
    ["done", words.labelDone],
  ];
}

function fill(select, input, { giveKeys = false } = {}) {
  const words = input.dataset;
  const offered = levels({ giveKeys });
  const options = choices(words, offered);
  // Written by hand or imported, it may name the contact instead.
  const named = offered.find((level) => `level:${level.contact}` === input.value);
  const value = named ? `level:${named.key}` : input.value || "next";
  if (!options.some(([each]) => each === value)) options.unshift([value, words.labelGone]);
  select.replaceChildren(...options.map(([each, label]) => new Option(label, each, false, each === value)));
}

function prepare(input) {
  if (input.dataset.isPrepared) return;
  input.dataset.isPrepared = "1";
  const select = document.createElement("select");
  select.id = `${input.id}-choice`;
  const label = document.querySelector(`label[for="${CSS.escape(input.id)}"]`);
  if (label) label.htmlFor = select.id;
  input.type = "hidden";
  input.after(select);
  fill(select, input);
  // Steps are renamed, moved and added while the list is closed. What is only looked at stays unchanged.
  for (const name of ["focus", "pointerdown"]) {
    select.addEventListener(name, () => fill(select, input, { giveKeys: true }));
  }
  select.addEventListener("change", () => {
    input.value = select.value;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

function prepareAll() {
  for (const input of document.querySelectorAll("input[data-branch-target]")) prepare(input);
}

if (form()) {
  prepareAll();
  new MutationObserver(prepareAll).observe(form(), { childList: true, subtree: true });
}
