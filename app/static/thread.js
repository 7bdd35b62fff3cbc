/** The open conversation: its place in the log, its composer. Nothing here is needed to answer. */

const find = (selector) => document.querySelector(selector);
const AT_BOTTOM = 40; // pixels from the newest message that still count as being there

/* The log: its newest end is at scrollTop 0, older messages are at negative places. */
const isAtBottom = () => find("#log").scrollTop > -AT_BOTTOM;
const newestId = () => Number(find("#live")?.dataset.newest);
let place = null;
let seen = newestId(); // the newest message that the reader had before them

function rememberPlace() {
  if (!find("#log")) return;
  const top = find("#log").getBoundingClientRect().top;
  const shown = [...document.querySelectorAll(".msg")].find(
    (message) => message.getBoundingClientRect().bottom > top,
  );
  place = { isAtBottom: isAtBottom(), shown, at: shown?.getBoundingClientRect().top };
}

function restorePlace() {
  if (!place || !find("#log")) return;
  if (place.isAtBottom) find("#log").scrollTop = 0;
  else if (place.shown?.isConnected) {
    find("#log").scrollTop += place.shown.getBoundingClientRect().top - place.at;
  }
  tellNews();
}

function tellNews() {
  if (isAtBottom()) seen = newestId();
  const news = [...document.querySelectorAll(".msg")].filter(({ id }) => id.slice(1) > seen);
  find("#news").hidden = !news.length;
  find("#news-count").textContent = news.length;
}

document.addEventListener("scroll", (event) => {
  if (event.target.id === "log" && isAtBottom()) tellNews();
}, true);
document.addEventListener("click", ({ target }) => {
  if (target.closest("#news")) find("#log").scrollTop = 0;
  const copied = target.closest("[data-copy]");
  if (copied) navigator.clipboard.writeText(find(`#${copied.dataset.copy} .text`).textContent);
});
document.documentElement.classList.toggle("can-copy", Boolean(navigator.clipboard));

/* The composer: how much is written, and a draft that outlives errors and reloads. */
const draft = () => find("#draft");
const draftKey = () => `draft:${location.pathname}:${draft().form.instead_of?.value ?? ""}`;
const unsent = (why) => {
  find("#unsent").textContent = why ? find("#unsent").dataset[why] : "";
  find("#unsent").hidden = !why;
  find("#unsent").dataset.why = why ?? "";
};
const isCutOff = () => ["network", "server"].includes(find("#unsent")?.dataset.why);
let sent = "";

/* Who is writing learns that somebody else has answered meanwhile: beside the composer's count,
   where it moves nothing. */
function tellAnswered(since) {
  const answers = [...document.querySelectorAll(".msg.out")].filter(({ id }) => id.slice(1) > since);
  if (!answers.length || !draft().value.trim()) return;
  const answer = answers.at(-1);
  const by = ["app", "program"].find((one) => answer.matches(`.from-${one}`)) ?? "person";
  const author = answer.querySelector(".author")?.textContent ?? "";
  find("#answered").textContent = find("#answered").dataset[by].replace("{author}", author);
}

function countDraft() {
  const { limit, unit } = draft().dataset;
  const text = draft().value.trim();
  const count = unit === "bytes" ? new TextEncoder().encode(text).length : [...text].length;
  const isOver = count > limit;
  const words = find("#count").dataset[isOver ? "over" : "words"];
  find("#count").textContent = words.replace("{count}", count).replace("{limit}", limit);
  find("#count").classList.toggle("over", isOver);
  find("#send").disabled = isOver || Boolean(find("#rule[data-blocks]"));
}

function keepDraft() {
  if (draft().value) sessionStorage.setItem(draftKey(), draft().value);
  else {
    sessionStorage.removeItem(draftKey());
    find("#answered").textContent = "";
    unsent(null);
  }
  countDraft();
}

function clearSent(key) {
  sessionStorage.removeItem(key);
  if (draft().value.startsWith(sent)) draft().value = draft().value.slice(sent.length);
  keepDraft();
  if (matchMedia("(pointer: fine)").matches) draft().focus();
  find("#log").scrollTop = 0;
  tellNews();
}

function furnishComposer() {
  if (!draft()) return;
  const isMac = /Mac|iPhone|iPad/.test(navigator.platform);
  find("#hotkey").textContent = isMac ? "⌘ ↵" : "Ctrl ↵";
  find("#hotkey").hidden = !matchMedia("(pointer: fine)").matches;
  draft().value = sessionStorage.getItem(draftKey()) ?? draft().value;
  countDraft();
}

document.addEventListener("input", (event) => {
  if (event.target !== draft()) return;
  find("#refused")?.remove(); // it spoke of the text as it was
  keepDraft();
});
document.addEventListener("keydown", (event) => {
  const isSend = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing;
  if (isSend && event.target === draft() && !find("#send").disabled) draft().form.requestSubmit();
});
document.addEventListener("submit", (event) => {
  if (event.target.id === "composer") unsent(null);
});

/* htmx: polls and forms. */
const isPoll = (ctx) => ctx?.sourceElement?.hasAttribute("hx-ptag");
const isReply = (ctx) => ctx?.request?.action?.includes("/reply");
let sentKey = "";
let isSending = false;
let newestBefore = newestId();

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (isReply(ctx)) [sent, sentKey, isSending] = [draft().value, draftKey(), true];
});

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (isPoll(ctx) && ctx.response.status < 500 && isCutOff() && !isSending) unsent("back");
  if (!isReply(ctx)) return;
  isSending = false;
  if (ctx.response.status >= 500) unsent("server");
  else if ([400, 403, 404, 413, 429].includes(ctx.response.status)) unsent("refused");
});

document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (!isReply(ctx)) return;
  isSending = false;
  unsent("network");
});

/* A button can go with what it was about: a decision, an undo. Who stood on it stays beside it. */
let hadFocus = false;
function keepFocus(target) {
  if (!hadFocus || document.activeElement !== document.body) return;
  const near = target.matches(".msg") && find(`#${target.id} .status`);
  (near || find("#log")).focus({ preventScroll: true });
}

document.addEventListener("htmx:before:swap", () => {
  rememberPlace();
  hadFocus = find("#thread").contains(document.activeElement);
  newestBefore = newestId();
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.swap === "none" || !draft()) return;
  restorePlace();
  countDraft(); // the rule may have changed
  if (ctx.request.method === "POST") find(".menu-box:popover-open")?.hidePopover();
  keepFocus(ctx.target);
  if (isPoll(ctx)) {
    if (!isSending) tellAnswered(newestBefore);
    return;
  }
  if (!isReply(ctx)) return;
  furnishComposer();
  if (ctx.response.status === 200) clearSent(sentKey);
});

/* Behind the tick of a message: how it was sent. Without this the tick leads to a page of it. */
async function showDeliveries(link) {
  const box = find("#deliveries");
  const answer = await fetch(`${link.pathname}/deliveries`).catch(() => null);
  if (!answer?.ok || answer.redirected) {
    location.assign(link.href);
    return;
  }
  box.querySelector("#deliveries-part").innerHTML = await answer.text();
  box.hidePopover();
  const menu = link.closest("[popover]");
  menu?.hidePopover();
  box.showPopover({ source: menu ? find(`[popovertarget="${menu.id}"]`) : link });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-deliveries]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  showDeliveries(link);
});

furnishComposer();
if (matchMedia("(pointer: fine)").matches || draft()?.form.instead_of) {
  draft()?.focus({ preventScroll: true });
  draft()?.setSelectionRange(draft().value.length, draft().value.length);
}
