"""The pages beside the phones: the switches, a busy day, and what passed."""

from flask import Response, abort, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.wrappers import Response as BaseResponse

from simulator import panel, phones, phrases, views
from simulator.blueprints.pages import live, page_blueprint
from simulator.conditions import WORDS
from simulator.lively import LivelyRequest, current_lively, join
from simulator.model import Account
from simulator.passed import latest
from simulator.platforms.base import Action
from simulator.switches import Switches
from simulator.world import current

bp = page_blueprint("switchboard")

LOG_LINES = 100
AGES = {
    "20.5": "20½ hours: ending soon",
    "23.75": "23 h 45 min: a quarter of an hour left",
    "25": "25 hours: closed for ordinary answers",
    "72": "3 days: only with the Human Agent feature",
    "192": "8 days: closed for everybody",
}


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
    """One switch back to normal, or everything where none is named."""
    name = request.form.get("switch")
    if name is None:
        current().calm()
    elif name in Switches.model_fields:
        current().board.reset(name)
    else:
        abort(400)
    return _return(url_for(".switches"))


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
    """Move Meta's time by hours."""
    hours = request.form.get("hours", type=float)
    if hours is None or not abs(hours) < 24 * 365:
        abort(400)
    current().move_clock(hours * 3600)
    return redirect(url_for(".switches"), 303)


@bp.post("/switches/aged")
def write_aged() -> BaseResponse:
    """Somebody wrote hours ago, and the webhook comes now."""
    world, age = current(), request.form.get("age", "")
    account = world.store.account(request.form.get("account", "")) or _first_account()
    who = request.form.get("customer", type=int)
    if age not in AGES or (who is not None and world.store.customer(who) is None):
        abort(400)
    customer = _somebody_new() if who is None else who
    at_ms = world.clock.now_ms() - round(float(age) * 3_600_000)
    words = Action(text="Hello, do you still have the large bowl?", at_ms=at_ms)
    phones.act(world, customer, account, words)
    return redirect(url_for("phone.phone", customer_id=customer, account_id=account.id), 303)


def _first_account() -> Account:
    accounts = current().store.accounts()
    if not accounts:
        abort(409, "There is no business to write to yet.")
    return accounts[0]


def _somebody_new() -> int:
    """The next of the made-up people who never wrote, or one with a number."""
    known = {customer.name for _, customer in current().store.customers()}
    for name, language in reversed(phrases.NAMES):
        if name not in known:
            return join(current(), name, language)
    return join(current(), f"Customer {len(known) + 1}")


@bp.post("/switches/deliveries")
def move_deliveries() -> BaseResponse:
    """Send what was collected and try what is pending, now."""
    current().engine.flush()
    current().engine.hurry()
    return redirect(url_for(".switches"), 303)


@bp.get("/lively")
def lively() -> Response:
    """A busy day, and how it goes."""
    state = current_lively().state()
    also = f"{state['written']}-{state['seconds_left']}"
    return live("lively.html", also, asked=LivelyRequest(), most=len(phrases.NAMES))


@bp.post("/lively")
def set_lively() -> BaseResponse | tuple[str, int]:
    """Begin a busy day, or end it."""
    if "stop" in request.form:
        current_lively().stop()
        return _return(url_for(".lively"))
    given = {key: request.form[key] for key in LivelyRequest.model_fields if request.form.get(key)}
    try:
        asked = LivelyRequest.model_validate(given)
    except ValidationError as error:
        problem = error.errors()[0]
        text = f"{problem['loc'][0]}: {problem['msg']}"
        asked, most = LivelyRequest(), len(phrases.NAMES)
        return render_template("lively.html", asked=asked, most=most, problem=text), 422
    current_lively().start(asked, [_first_account()], request.host_url)
    return redirect(url_for(".lively"), 303)


@bp.get("/passed")
def passed() -> Response:
    """Webhooks and Graph calls, newest first."""
    world = current()
    return live("passed.html", lines=latest(world, LOG_LINES), counts=_counts())


def _counts() -> dict[str, int]:
    return current().engine.deliveries.counts()


def _return(otherwise: str) -> BaseResponse:
    """Back to the page of ours on which the button was pressed."""
    came_from = request.form.get("back", "")
    ours = came_from.startswith("/") and not came_from.startswith(("//", "/\\"))
    return redirect(came_from if ours else otherwise, 303)


def _panel(problem: str | None = None) -> str:
    world = current()
    now, resting = world.board.now, world.board.rest
    return render_template(
        "switches.html",
        switches=now,
        groups=panel.GROUPS,
        on={name for name in Switches.model_fields if panel.is_on(name, now, resting)},
        refusals=panel.REFUSALS,
        preset=panel.preset_of(now.error),
        accounts=world.store.accounts(),
        people=views.people(world),
        ages=AGES,
        words=WORDS,
        clock=world.clock,
        counts=_counts(),
        problem=problem,
    )
