/** Behind the tick of a message: how it was sent. Without this the tick leads to a page of it. */

const box = document.querySelector("#deliveries");

async function open(link) {
  const answer = await fetch(`${link.pathname}/deliveries`).catch(() => null);
  if (!answer?.ok || answer.redirected) {
    location.assign(link.href);
    return;
  }
  box.querySelector("#deliveries-part").innerHTML = await answer.text();
  box.hidePopover();
  box.showPopover({ source: link });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-deliveries]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  open(link);
});
