// Rows that can be picked for a form: one box for all of the page, and how many are picked.
for (const form of document.querySelectorAll("form[data-selection]")) {
  const boxes = [...form.elements].filter((it) => it.type === "checkbox" && it.name && !("selectMatching" in it.dataset));
  const matching = [...form.elements].find((it) => it.matches("[data-select-matching]"));
  const all = [...form.elements].find((it) => it.matches("[data-select-all]"));
  const text = form.querySelector("[data-selection-text]");
  const buttons = form.querySelectorAll("button[type=submit]");
  const nothing = text.textContent;

  const show = () => {
    const isAll = Boolean(matching?.checked);
    for (const box of boxes) box.disabled = isAll;
    all.disabled = isAll;
    const ticked = boxes.filter((box) => box.checked).length;
    const picked = isAll ? Number(matching.dataset.selectMatching) : ticked;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
    text.textContent = picked ? text.dataset.selectionText.replace("%s", picked) : nothing;
    for (const button of buttons) button.disabled = picked === 0;
  };

  all.hidden = false;
  all.addEventListener("change", () => {
    for (const box of boxes) box.checked = all.checked;
    show();
  });
  for (const box of boxes) box.addEventListener("change", show);
  matching?.addEventListener("change", show);
  // Going back restores the boxes after this script has run.
  addEventListener("pageshow", show);
  show();
}
