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

/* A poll moves no row that can be seen: rows change where they stand, and a bar says that they would
   stand in another order now. Who acts, or was away, gets the order without asking. */
let order = null; // what #rows is to hold, in its order, while that is held back
let told = momentsOf(find("#rows")); // the last message of each row when the order was last shown
let isAway = document.hidden; // and nothing has been touched since

function momentsOf(rows) {
  const all = [...(rows?.querySelectorAll(".row") ?? [])];
  return new Map(all.map((row) => [row.id, row.querySelector("time").dateTime]));
}

const keyOf = ({ id, className }) => id || className;
const byKey = (parts) => new Map([...parts].map((part) => [keyOf(part), part]));

function wouldMove(shown, wanted) {
  const { top, bottom } = find("#rows").getBoundingClientRect();
  return shown.some((row, place) => {
    const at = row.getBoundingClientRect();
    const isSeen = at.bottom > top && at.top < bottom;
    return isSeen && wanted[place] && keyOf(wanted[place]) !== keyOf(row);
  });
}

/* What an empty list says is no row and in no order. */
const rowsIn = (list) => (list?.matches("ol") ? [...list.children] : []);

/* Put the rows that came in the order of those that stand there, unless they may move. */
function holdOrder(coming, isPolled) {
  const shown = rowsIn(find("#rows"));
  const wanted = rowsIn(coming);
  const isHeld = isPolled && !isAway && !document.hidden && wouldMove(shown, wanted);
  const changed = byKey(wanted);
  order = isHeld ? wanted : null;
  if (!isHeld) told = momentsOf(coming);
  else coming.replaceChildren(...shown.map((row) => changed.get(keyOf(row)) ?? row.cloneNode(true)));
  isAway &&= document.hidden;
  tellOrder();
}

function tellOrder() {
  const bar = find("#fresh");
  const wasHidden = bar.hidden;
  bar.hidden = !order;
  if (!order) find("#fresh-said").textContent = "";
  else {
    find("#fresh-words").textContent = newsOf(order);
    if (wasHidden) find("#fresh-said").textContent = newsOf(order); // once, not with every poll
  }
}

/* What is below the last known row came up from the next page, and is no news. */
function newsOf(wanted) {
  const known = wanted.slice(0, wanted.findLastIndex(({ id }) => told.has(id)) + 1);
  const news = known.filter((row) => row.id && told.get(row.id) !== row.querySelector("time").dateTime);
  const isNew = news.every(({ id }) => !told.has(id));
  const { dataset } = find("#fresh");
  const words = { 0: dataset.changed, 1: isNew ? dataset.newOne : dataset.newsOne }[news.length];
  return (words ?? (isNew ? dataset.new : dataset.news)).replace("{count}", news.length);
}

function showOrder() {
  const rows = find("#rows");
  const focused = document.activeElement;
  const here = byKey(rows.children);
  rows.replaceChildren(...order.map((part) => here.get(keyOf(part)) ?? part));
  rows.scrollTop = 0;
  told = momentsOf(rows);
  order = null;
  (focused.id === "fresh" ? rows.querySelector(".row > a") : focused).focus({ preventScroll: true });
  tellOrder();
}

find("#fresh")?.addEventListener("click", showOrder);
["pointerdown", "pointermove", "keydown", "wheel"].forEach((touch) => {
  addEventListener(touch, () => { isAway = false; }, { passive: true });
});

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (isPoll(ctx)) find("#offline").hidden = ctx.response.status < 500;
  if (isPoll(ctx) && ctx.response.status === 304) isAway &&= document.hidden;
});
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (isPoll(ctx)) find("#offline").hidden = false;
});

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  const main = tasks.find((task) => task.type === "main");
  const list = tasks.map(({ fragment }) => fragment.querySelector("#list")).find(Boolean);
  if (ctx.select && ctx.swap !== "none" && !main?.fragment.firstElementChild) {
    event.preventDefault(); // not the page that was asked for: a login
    location.assign(ctx.response.raw.url);
  } else if (list) holdOrder(list.querySelector("#rows"), isPoll(ctx));
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.swap === "none") return;
  const { unread } = find("#list").dataset;
  document.title = `${unread > 0 ? `(${unread}) ` : ""}${document.title.replace(/^\(\d+\)\s*/, "")}`;
  if (!isPoll(ctx)) setTimeout(poll, 800); // what was sent has moved on by then
});

document.addEventListener("visibilitychange", () => {
  if (document.hidden) isAway = true;
  else poll();
});
addEventListener("online", poll);
