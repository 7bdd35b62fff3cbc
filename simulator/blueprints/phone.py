"""The customers' phones."""

import re
from collections.abc import Mapping

from flask import Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from simulator import phones, phrases, views
from simulator.blueprints.pages import live, page_blueprint
from simulator.deeds import DEEDS, MENU, REACTIONS, Deed
from simulator.lively import join
from simulator.model import Account, Contact, Customer
from simulator.passed import latest
from simulator.platforms.base import Action
from simulator.platforms.instagram import followers
from simulator.world import current

bp = page_blueprint("phone")

MOST_CUSTOMERS = 300
LONGEST_NAME = 80
USERNAME = re.compile(r"[a-z0-9._]{1,30}")
LATELY = 6


@bp.get("/")
def index() -> Response:
    """What this is, and whose phone to hold."""
    return live("index.html", **_people())


def _people(form: Mapping[str, str] | None = None) -> dict[str, object]:
    """What the list of phones needs; `form`: what was filled in for a new one."""
    world = current()
    return {
        "people": views.people(world),
        "accounts": world.store.accounts(),
        "languages": phrases.LANGUAGES,
        "form": form or {},
    }


@bp.post("/customers")
def add_customer() -> BaseResponse | tuple[str, int]:
    """A new customer; their phone is next."""
    world, form = current(), request.form
    name, username = form.get("name", "").strip(), form.get("username", "").strip().lstrip("@")
    known = {customer.username for _, customer in world.store.customers()}
    problem = _problem(name, username, known)
    if problem:
        return render_template("index.html", **_people(form), problem=problem), 422
    language = form.get("language")
    if username:
        customer = Customer(name=name or None, username=username, language=language)
        key = world.store.put_customer(customer)
    else:
        key = join(world, name, language)
    return redirect(url_for(".first_thread", customer_id=key), 303)


def _problem(name: str, username: str, known: set[str]) -> str | None:
    """What is wrong with a new customer, in words."""
    if not name and not username:
        return "Give the customer a name or a username."
    if len(name) > LONGEST_NAME:
        return f"A name has at most {LONGEST_NAME} characters."
    if username and not USERNAME.fullmatch(username):
        return "A username has at most 30 small letters, digits, dots and underscores."
    if username in known:
        return f"There is a customer @{username} already."
    if len(known) >= MOST_CUSTOMERS:
        return f"There are {MOST_CUSTOMERS} customers already: that is enough for one shop."
    return None


@bp.get("/phone/<int:customer_id>")
def first_thread(customer_id: int) -> BaseResponse:
    accounts = current().store.accounts()
    if not accounts:
        abort(404)
    return redirect(url_for(".phone", customer_id=customer_id, account_id=accounts[0].id))


@bp.get("/phone/<int:customer_id>/<account_id>")
def phone(customer_id: int, account_id: str) -> Response:
    """One customer's chat with one business. `?did=` names the deed that was just done."""
    world = current()
    account, customer, contact = _thread(customer_id, account_id)
    return live(
        "phone.html",
        **_people(),
        account=account,
        customer=customer,
        customer_id=customer_id,
        followers=followers(customer),
        bubbles=views.bubbles(world, contact, request.host_url),
        phrases=phrases.PHRASES[phrases.language_of(customer)],
        menu=MENU,
        deeds=DEEDS,
        reactions=REACTIONS,
        did=DEEDS.get(request.args.get("did", "")),
        lately=latest(world, LATELY),
    )


@bp.post("/phone/<int:customer_id>/<account_id>/send")
def send(customer_id: int, account_id: str) -> BaseResponse:
    """The customer writes."""
    account, _, _ = _thread(customer_id, account_id)
    text = _text()
    if text:
        phones.look(current(), customer_id, account)
        phones.act(current(), customer_id, account, Action(text=text))
    return _back(customer_id, account_id)


@bp.post("/phone/<int:customer_id>/<account_id>/do")
def do(customer_id: int, account_id: str) -> BaseResponse:
    """The customer does something else than writing: `what` is a key of DEEDS."""
    account, _, _ = _thread(customer_id, account_id)
    deed = DEEDS.get(request.form.get("what", ""))
    if deed is None:
        abort(400)
    try:
        phones.act(current(), customer_id, account, _action(deed))
    except phones.CannotDoError as error:
        abort(409, str(error))
    return _back(customer_id, account_id, did=deed.key)


def _action(deed: Deed) -> Action:
    stamp, mid = current().clock.now_ms(), request.form.get("mid") or None
    action = deed.as_action(request.host_url, stamp, mid)
    if deed.key == "reaction":
        emoji = request.form.get("emoji", "❤️")
        word = REACTIONS.get(emoji, "other")
        return action.model_copy(update={"emoji": emoji[:16], "reaction": word})
    return action.model_copy(update={"text": _text()}) if _text() else action


@bp.post("/phone/<int:customer_id>/<account_id>/look")
def look(customer_id: int, account_id: str) -> BaseResponse:
    """The chat is open and somebody looks at it."""
    account, _, _ = _thread(customer_id, account_id)
    phones.look(current(), customer_id, account)
    return Response(status=204)


@bp.post("/phone/<int:customer_id>/<account_id>/colleague")
def colleague(customer_id: int, account_id: str) -> BaseResponse:
    """Somebody of the business answers in the phone app, past the inbox."""
    account, _, _ = _thread(customer_id, account_id)
    message = {"text": "Hello, this is the owner, answering on my own phone."}
    phones.colleague(current(), customer_id, account, message)
    return _back(customer_id, account_id)


def _text() -> str:
    return request.form.get("text", "").replace("\r\n", "\n").strip()


def _thread(customer_id: int, account_id: str) -> tuple[Account, Customer, Contact]:
    world = current()
    account, customer = world.store.account(account_id), world.store.customer(customer_id)
    if account is None or customer is None:
        abort(404)
    return account, customer, phones.contact_for(world, customer_id, account)


def _back(customer_id: int, account_id: str, did: str | None = None) -> BaseResponse:
    return redirect(url_for(".phone", customer_id=customer_id, account_id=account_id, did=did), 303)
