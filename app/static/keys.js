/** Keyboard shortcuts of the inbox. All they do can be done with links, buttons and Tab too. */

const find = (selector) => document.querySelector(selector);
const dialog = find("#keys");
const isOn = () => localStorage.getItem("keys") !== "off";
const isField = (element) => element.matches("input, textarea, select, [contenteditable]");

/* The place of the open conversation in the list: who resolves it goes on from there. */
const links = () => [...document.querySelectorAll(".row > a")];
const openPlace = () => links().findIndex((row) => row.ariaCurrent === "true");
let gap = 0;
document.addEventListener("htmx:before:swap", () => {
  if (openPlace() >= 0) gap = openPlace();
});

/* J and K: the next and the previous conversation, from the open or the focused one on. */
function step(by) {
  const rows = links();
  const here = rows.indexOf(document.activeElement);
  const from = here < 0 ? openPlace() : here;
  const next = rows[from < 0 ? Math.max(0, by > 0 ? gap : gap - 1) : from + by];
  if (!next) return;
  sessionStorage.setItem("keys:moved", "1");
  next.click();
}

/* Who came with J or K goes on with them: the reply takes no focus, R gives it. */
addEventListener("load", () => {
  if (!sessionStorage.getItem("keys:moved")) return;
  sessionStorage.removeItem("keys:moved");
  find(".row.open > a")?.focus();
});

function submit(form) {
  find(form)?.requestSubmit();
}

const keys = {
  j: () => step(1),
  k: () => step(-1),
  r: () => find("#draft")?.focus(),
  e: () => submit("#resolve-form"),
  u: () => submit("#unread-form"),
  ".": () => find("#fresh:not([hidden])")?.click(),
  "/": () => find("#search").select(),
  "?": () => dialog.showModal(),
};

/* Esc closes what is open (the browser does that), leaves a field, then the conversation. */
function escape() {
  if (document.activeElement && isField(document.activeElement)) document.activeElement.blur();
  else if (document.body.classList.contains("at-thread")) find(".back")?.click();
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.isComposing || dialog.open || find("#rail:popover-open, [popover]:popover-open")) return;
  if (key === "Escape") escape();
  else if (isOn() && !isField(target) && Object.hasOwn(keys, key.toLowerCase())) {
    event.preventDefault();
    keys[key.toLowerCase()]();
  }
});

find("[data-keys]").addEventListener("click", () => {
  if (find("#rail").matches(":popover-open")) find("#rail").hidePopover();
  dialog.showModal();
});
dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
