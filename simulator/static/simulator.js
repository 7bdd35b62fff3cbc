// Keeps [data-live] parts fresh and sends forms without a reload; everything works without it.
const PAUSE = 1000;
const served = new WeakMap(); // what the server said of a part, whatever was opened in it since
let tag = null;

const log = document.querySelector(".log");
const newer = document.querySelector(".newer");
const done = document.querySelector("#done");
const field = document.querySelector("textarea[data-enter]");
const draft = `draft ${location.pathname}`;

const parts = () => document.querySelectorAll("[data-live]");
const remember = (node) => served.set(node, node.outerHTML);
// The log is laid out from its end: 0 is the newest message.
const atEnd = () => Math.abs(log.scrollTop) < 60;
const toEnd = () => { log.scrollTop = 0; newer.hidden = true; };

// Only what changed is exchanged: focus, open menus, a voice that plays and the scroll stay.
function patch(part, fresh) {
  const old = new Map([...part.children].map((node) => [node.dataset.key, node]));
  const kept = (node) => served.get(old.get(node.dataset.key)) === node.outerHTML;
  const wanted = [...fresh.children].map((node) => (kept(node) ? old.get(node.dataset.key) : node));
  wanted.filter((node) => !part.contains(node)).forEach(remember);
  const arrived = wanted.filter((node) => !old.has(node.dataset.key));
  for (const node of [...part.children]) if (!wanted.includes(node)) node.remove();
  wanted.forEach((node, index) => {
    if (part.children[index] !== node) part.insertBefore(node, part.children[index] ?? null);
  });
  return arrived;
}

function show(page) {
  const follow = log && atEnd();
  document.title = page.title;
  for (const part of parts()) {
    const fresh = page.getElementById(part.id);
    if (!fresh) continue;
    const arrived = patch(part, fresh);
    if (part.id === "log" && !follow && arrived.some((node) => node.matches(".received"))) {
      newer.hidden = false;
    }
  }
  if (follow) toEnd();
  look();
}

async function refresh() {
  const headers = tag ? { "If-None-Match": tag } : {};
  const answer = await fetch(location.href, { headers, cache: "no-store" });
  if (answer.status !== 200) return;
  tag = answer.headers.get("ETag");
  show(new DOMParser().parseFromString(await answer.text(), "text/html"));
}

// Somebody looks at the end of the chat: the customer has seen what stands there.
function look() {
  if (!log || document.hidden || !document.hasFocus() || !atEnd()) return;
  if (log.querySelector(".unseen")) fetch(log.dataset.look, { method: "POST" }).catch(() => {});
}

function say(words) {
  if (done) done.textContent = words;
}

async function send(form, submitter) {
  const body = new URLSearchParams(new FormData(form, submitter));
  const answer = await fetch(form.action, { method: "POST", body });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok) return say(page.querySelector("p")?.textContent ?? "That did not work.");
  form.reset();
  if (field) sessionStorage.setItem(draft, field.value);
  form.closest("details")?.removeAttribute("open");
  say(page.getElementById("done")?.textContent.trim() ?? "");
  show(page);
  tag = null; // a refresh that ended meanwhile may have brought what is newer than this page
  if (log) toEnd();
  field?.focus({ preventScroll: true });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-quiet")) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "yes";
  await send(form, event.submitter).catch(() => say("The simulator does not answer. Not sent."));
  delete form.dataset.busy;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = document.activeElement.closest("details[open]") ?? document.querySelector(".more[open]");
    if (!open) return;
    open.removeAttribute("open");
    open.querySelector("summary").focus();
  }
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.target !== field) return;
  event.preventDefault();
  field.form.requestSubmit();
});

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll(".more[open]")) {
    if (!open.contains(event.target)) open.removeAttribute("open");
  }
});

if (field) {
  field.value ||= sessionStorage.getItem(draft) ?? "";
  field.addEventListener("input", () => sessionStorage.setItem(draft, field.value));
}
if (log) {
  newer.addEventListener("click", () => { toEnd(); look(); });
  log.addEventListener("scroll", () => { if (atEnd()) newer.hidden = true; });
  window.addEventListener("focus", look);
}
for (const part of parts()) [...part.children].forEach(remember);
look();
setInterval(() => document.hidden || refresh().catch(() => {}), PAUSE);
