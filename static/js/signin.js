// Passwords that can be looked at while they are typed, and words for what a passkey's browser refuses.

for (const field of document.querySelectorAll('input[type="password"]')) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--small button--quiet";
  button.setAttribute("aria-controls", field.id);
  const { showPassword = "Show", hidePassword = "Hide" } = document.body.dataset;
  const say = () => {
    button.textContent = field.type === "password" ? showPassword : hidePassword;
  };
  button.addEventListener("click", () => {
    field.type = field.type === "password" ? "text" : "password";
    say();
    field.focus();
  });
  // A password manager would keep it as plain text otherwise.
  field.form?.addEventListener("submit", () => {
    field.type = "password";
    say();
  });
  say();
  const box = document.createElement("span");
  box.className = "password-box";
  field.replaceWith(box);
  box.append(field, button);
}

const trouble = document.querySelector("[data-passkey-trouble]");
document.addEventListener("allauth.error", (event) => {
  if (!trouble) return;
  event.preventDefault();
  const { name } = event.detail.exception ?? {};
  const words = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known" };
  trouble.textContent = trouble.dataset[words[name] ?? "unknown"];
  trouble.hidden = false;
});
