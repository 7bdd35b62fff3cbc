/** The contact beside the conversation: kept up to date with it, and never without what is typed. */

const find = (selector) => document.querySelector(selector);
const note = () => find("#note");
const noteKey = `note:${location.pathname}`;
const isNote = (ctx) => ctx?.sourceElement?.id === "note-form";
const complain = (failed) => { if (find("#note-problem")) find("#note-problem").hidden = !failed; };
let sent = "";

function keepNote() {
  if (note().value) sessionStorage.setItem(noteKey, note().value);
  else sessionStorage.removeItem(noteKey);
}

function clearSent() {
  if (note().value.startsWith(sent)) note().value = note().value.slice(sent.length);
  keepNote();
}

document.addEventListener("input", ({ target }) => target === note() && keepNote());
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (!isNote(ctx)) return;
  sent = note().value;
  complain(false);
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (isNote(ctx)) complain(ctx.response.status >= 400 && ctx.response.status !== 422);
});
document.addEventListener("htmx:error", ({ detail: { ctx } }) => isNote(ctx) && complain(true));

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.swap === "none" || !find("#panel")) return;
  if (isNote(ctx) && ctx.response.status === 200) clearSent();
  const isOwn = ctx.sourceElement?.closest("#panel");
  if (!isOwn && ctx.sourceElement?.id !== "list") htmx.trigger(find("#panel"), "inlet:panel");
});

if (note()) note().value ||= sessionStorage.getItem(noteKey) ?? "";
