// Keeps [data-live] parts fresh and sends forms without a reload; everything works without it.
const PAUSE = 1000;
let tag = null;

const atEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < 80;

function swap(page) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(part.id);
    if (!fresh || fresh.innerHTML === part.innerHTML) continue;
    const follow = atEnd(part);
    part.replaceChildren(...fresh.childNodes);
    if (follow) part.scrollTop = part.scrollHeight;
  }
}

async function refresh() {
  const headers = tag ? { "If-None-Match": tag } : {};
  const answer = await fetch(location.href, { headers, cache: "no-store" });
  if (answer.status !== 200) return;
  tag = answer.headers.get("ETag");
  swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-quiet")) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const answer = await fetch(form.action, { method: "POST", body });
  if (!answer.ok) return;
  form.reset();
  form.closest("details")?.removeAttribute("open");
  const log = document.querySelector(".log");
  if (log) log.scrollTop = log.scrollHeight;
  await refresh();
});

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  if (!field.matches("textarea[data-enter]")) return;
  event.preventDefault();
  field.form.requestSubmit();
});

const log = document.querySelector(".log");
if (log) log.scrollTop = log.scrollHeight;
if (document.querySelector("[data-live]")) {
  setInterval(() => document.hidden || refresh().catch(() => {}), PAUSE);
}
