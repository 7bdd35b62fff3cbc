// Settings: what only a script can do. Everything else works without it.

function copyField(button) {
  const field = button.parentElement.querySelector("input");
  field.select();
  navigator.clipboard.writeText(field.value).then(() => {
    button.textContent = button.dataset.done;
  }, () => {});
}

/** A second click on a button whose form is under way would do the same thing twice. */
function holdSecondClick(event) {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
}

function offerShortcuts(form) {
  const box = form.querySelector("input");
  box.checked = localStorage.getItem("keys") !== "off";
  box.addEventListener("change", () => {
    if (box.checked) localStorage.removeItem("keys");
    else localStorage.setItem("keys", "off");
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", () => copyField(button));
}
for (const field of document.querySelectorAll("[data-secret]")) {
  field.addEventListener("focus", () => field.select());
}
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", holdSecondClick);
}
document.querySelector(".sections [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
for (const form of document.querySelectorAll("[data-shortcuts]")) offerShortcuts(form);
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
