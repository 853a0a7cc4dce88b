// A quiz saves each answer as it is given (htmx); this says when that is under way and when it failed.

const quiz = document.querySelector("[data-quiz]");

function say(question, text, isFailure) {
  const status = question.querySelector("[data-save-status]");
  status.textContent = text;
  status.classList.toggle("question__status--failed", isFailure);
}

quiz.addEventListener("htmx:beforeRequest", (event) => {
  say(event.target.closest("fieldset"), quiz.dataset.saving, false);
});

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  quiz.addEventListener(name, (event) => {
    say(event.target.closest("fieldset"), quiz.dataset.notSaved, true);
  });
}

// Each save carries every answer that the server has not got yet, so one that gets through heals the rest.
quiz.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  for (const status of quiz.querySelectorAll(".question__status--failed")) {
    say(status.closest("fieldset"), quiz.dataset.saved, false);
  }
});
