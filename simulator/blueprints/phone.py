"""The pages: customers' phones and the switches panel. All forms work without JavaScript."""

from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from pydantic import ValidationError
from werkzeug.wrappers import Response as BaseResponse

from simulator import phones, views
from simulator.conditions import WORDS
from simulator.model import Account, Contact
from simulator.pictures import png
from simulator.platforms.base import Action
from simulator.switches import Switches
from simulator.world import current

bp = Blueprint("phone", __name__)

QUICK: dict[str, dict[str, Any]] = {
    "ice_breaker": {"kind": "ice_breaker"},
    "photo": {"kind": "attachment", "type": "image"},
    "like": {"kind": "like"},
    "unsupported": {"kind": "unsupported"},
    "seen": {"kind": "seen"},
    "reaction": {"kind": "reaction"},
    "unreact": {"kind": "unreact"},
    "unsend": {"kind": "unsend"},
}


@bp.context_processor
def _everywhere() -> dict[str, Any]:
    app = current().store.app()
    parts = urlsplit(app.callback_url or "")
    origin = f"{parts.scheme}://{parts.netloc}/" if parts.netloc else None
    return {"inbox_url": app.inbox_url or origin}


@bp.get("/")
def index() -> Response:
    """Pick a phone."""
    world = current()
    people = views.people(world)
    return _live("index.html", people=people, accounts=world.store.accounts())


@bp.get("/phone/<int:customer_id>")
def first_thread(customer_id: int) -> BaseResponse:
    accounts = current().store.accounts()
    if not accounts:
        abort(404)
    return redirect(url_for(".phone", customer_id=customer_id, account_id=accounts[0].id))


@bp.get("/phone/<int:customer_id>/<account_id>")
def phone(customer_id: int, account_id: str) -> Response:
    """One customer's chat with one business."""
    world = current()
    account, contact = _thread(customer_id, account_id)
    return _live(
        "phone.html",
        people=views.people(world),
        accounts=world.store.accounts(),
        account=account,
        customer=world.store.customer(customer_id),
        customer_id=customer_id,
        bubbles=views.bubbles(world, contact, request.host_url),
    )


@bp.post("/phone/<int:customer_id>/<account_id>/send")
def send(customer_id: int, account_id: str) -> BaseResponse:
    """The customer writes."""
    account, _ = _thread(customer_id, account_id)
    text = request.form.get("text", "").replace("\r\n", "\n").strip()
    if text:
        phones.act(current(), customer_id, account, Action(text=text))
    return _back(customer_id, account_id)


@bp.post("/phone/<int:customer_id>/<account_id>/do")
def do(customer_id: int, account_id: str) -> BaseResponse:
    """The customer does something else than writing: `what` is a key of QUICK."""
    account, _ = _thread(customer_id, account_id)
    quick = QUICK.get(request.form.get("what", ""))
    if quick is None:
        abort(400)
    photo = url_for(".picture", name=f"photo-{current().clock.now_ms()}", _external=True)
    action = Action(**quick, url=photo, mid=request.form.get("mid") or None)
    try:
        phones.act(current(), customer_id, account, action)
    except phones.CannotDoError as error:
        abort(409, str(error))
    return _back(customer_id, account_id)


@bp.get("/switches")
def switches() -> str:
    return _panel()


@bp.post("/switches")
def set_switches() -> tuple[str, int] | BaseResponse:
    """The whole panel at once: what is not ticked is off."""
    try:
        current().board.update(views.switches_from(request.form))
    except ValidationError as error:
        problem = error.errors()[0]
        return _panel(f"{problem['loc'][0]}: {problem['msg']}"), 422
    return redirect(url_for(".switches"), 303)


@bp.post("/switches/rest")
def rest() -> BaseResponse:
    current().board.reset()
    return redirect(url_for(".switches"), 303)


@bp.post("/switches/account/<account_id>")
def set_account(account_id: str) -> BaseResponse:
    """What is wrong with an account."""
    if current().store.account(account_id) is None:
        abort(404)
    chosen = [name for name in WORDS if name in request.form]
    human = "human_agent" in request.form
    patch = {"instagram_id": account_id, "conditions": chosen, "human_agent": human}
    current().merge_account(patch)
    return redirect(url_for(".switches"), 303)


@bp.post("/switches/clock")
def set_clock() -> BaseResponse:
    """Move time by whole hours."""
    hours = request.form.get("hours", type=float)
    if hours is None:
        abort(400)
    world = current()
    world.store.put_clock_offset(hours * 3600)
    world.clock.offset_seconds = hours * 3600
    return redirect(url_for(".switches"), 303)


@bp.post("/switches/deliveries")
def move_deliveries() -> BaseResponse:
    """Send what was collected and try what is pending, now."""
    current().engine.flush()
    current().engine.hurry()
    return redirect(url_for(".switches"), 303)


@bp.get("/cdn/<name>.png")
def picture(name: str) -> Response:
    response = Response(png(name), content_type="image/png")
    response.cache_control.max_age = 86400
    return response


def _panel(problem: str | None = None) -> str:
    world = current()
    return render_template(
        "switches.html",
        switches=world.board.now,
        rest=Switches(),
        accounts=world.store.accounts(),
        words=WORDS,
        clock=world.clock,
        counts=world.engine.deliveries.counts(),
        problem=problem,
    )


def _thread(customer_id: int, account_id: str) -> tuple[Account, Contact]:
    world = current()
    account = world.store.account(account_id)
    if account is None or world.store.customer(customer_id) is None:
        abort(404)
    return account, phones.contact_for(world, customer_id, account)


def _back(customer_id: int, account_id: str) -> BaseResponse:
    return redirect(url_for(".phone", customer_id=customer_id, account_id=account_id), 303)


def _live(template: str, **values: object) -> Response:
    """A page that the script asks for again and again: unchanged is an empty 304."""
    tag = f"{current().store.version}"
    if request.if_none_match.contains(tag):
        return Response(status=304)
    response = make_response(render_template(template, **values))
    response.set_etag(tag)
    response.cache_control.no_cache = True
    return response
