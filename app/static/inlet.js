/** What every page of the inbox does beyond links, forms and htmx: nothing here is needed to read. */

const find = (selector) => document.querySelector(selector);

/* The server writes times in the reader's time zone. */
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;

/* The list keeps its place when another conversation is opened. */
const listKey = `list:${new URLSearchParams(location.search)}`;
find("#rows")?.scrollTo(0, Number(sessionStorage.getItem(listKey)));
addEventListener("pagehide", () => {
  if (find("#rows")?.offsetParent) sessionStorage.setItem(listKey, find("#rows").scrollTop);
});

/* htmx: polls and forms. */
const isPoll = (ctx) => ctx?.sourceElement?.hasAttribute("hx-ptag");
const poll = () => ["#list", "#live"].forEach((part) => find(part) && htmx.trigger(part, "inlet:poll"));

/* Rows stay where they are while a mouse moves over them, so that nobody opens another than meant. */
const AIMING = 3000; // milliseconds after the last movement
let movedAt = -AIMING;
document.addEventListener("pointermove", ({ pointerType, target, timeStamp }) => {
  if (pointerType === "mouse") movedAt = target.closest("#rows") ? timeStamp : -AIMING;
});
document.addEventListener("htmx:before:request", (event) => {
  const isAiming = performance.now() - movedAt < AIMING;
  if (isAiming && event.detail.ctx.sourceElement?.id === "list") event.preventDefault();
});

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (isPoll(ctx)) find("#offline").hidden = ctx.response.status < 500;
});
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (isPoll(ctx)) find("#offline").hidden = false;
});

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  const main = tasks.find((task) => task.type === "main");
  if (ctx.select && ctx.swap !== "none" && !main?.fragment.firstElementChild) {
    event.preventDefault(); // not the page that was asked for: a login
    location.assign(ctx.response.raw.url);
  }
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.swap === "none") return;
  const { unread } = find("#list").dataset;
  document.title = `${unread > 0 ? `(${unread}) ` : ""}${document.title.replace(/^\(\d+\)\s*/, "")}`;
  if (!isPoll(ctx)) setTimeout(poll, 800); // what was sent has moved on by then
});

document.addEventListener("visibilitychange", () => document.hidden || poll());
addEventListener("online", poll);
