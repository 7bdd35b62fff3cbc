"""The switches in plain words: what each plays, and what one should see in the inbox then."""

from dataclasses import dataclass
from typing import Any, Literal

from simulator.conditions import ERRORS, WORDS
from simulator.switches import ErrorSwitch, Switches
from simulator.world import World


@dataclass(frozen=True)
class Control:
    """One switch on the panel; `name` is its key in Switches, `options` are (value, words)."""

    name: str
    label: str
    plays: str
    see: str
    kind: Literal["tick", "number", "choice"] = "tick"
    options: tuple[tuple[str, str], ...] = ()

    def words(self, value: object) -> str:
        """The switch as it stands, for a line of text."""
        if self.kind == "tick":
            return self.label
        chosen = dict(self.options).get(str(value), str(value))
        return f"{self.label}: {chosen}"


def _milliseconds(*choices: tuple[int, str]) -> tuple[tuple[str, str], ...]:
    return tuple((str(value), words) for value, words in choices)


ON_THE_WAY = (
    Control(
        "paused",
        "Webhooks stopped",
        "Meta delivers nothing until this is off again; then all that waited comes at once.",
        "Nothing arrives, then everything, in the right order.",
    ),
    Control(
        "delay_ms",
        "Late",
        "Each webhook leaves so long after the message was written.",
        "It arrives late, but stands at the time it was written, and the time to reply counts from "
        "there.",
        "choice",
        _milliseconds(
            (0, "not at all"),
            (5000, "by 5 seconds"),
            (60_000, "by a minute"),
            (300_000, "by 5 minutes"),
            (1_800_000, "by half an hour"),
        ),
    ),
    Control(
        "duplicate",
        "Sent again",
        "Meta promises at least once, not once.",
        "Each message once; the log of events counts the copies.",
        "choice",
        (("0", "no"), ("1", "every webhook twice"), ("4", "every webhook five times")),
    ),
    Control(
        "reorder",
        "Out of order",
        "Collected for two seconds, then sent newest first.",
        "The conversation reads in the order it was written.",
    ),
    Control(
        "batch",
        "Several in one webhook",
        "Collected until there are as many, or nothing came for two seconds.",
        "All of them, each in its conversation.",
        "choice",
        (("1", "no"), ("5", "5"), ("20", "20"), ("100", "100")),
    ),
    Control(
        "concurrent",
        "At the same moment",
        "Webhooks of one conversation overtake each other.",
        "No difference.",
    ),
    Control(
        "drop",
        "The next so many get lost",
        "They never leave. Meta keeps no history to fetch them from.",
        "They are missing; the phone says so at the message.",
        "number",
    ),
    Control(
        "wrong_secret",
        "Signed with a wrong secret",
        "Like a forged webhook, or like a secret that was changed in Meta's dashboard.",
        "Nothing arrives, and Health counts refused signatures. Switched off, the repeats arrive.",
    ),
    Control("no_signature", "Not signed at all", "Like a forged webhook.", "As above."),
    Control(
        "format",
        "Wrapped as",
        "Other wrappings that Meta uses.",
        "The same messages; with “standby” another app has the conversation.",
        "choice",
        (
            ("messaging", "usual messages"),
            ("changes", "changes, as the Test button"),
            ("standby", "standby"),
        ),
    ),
)
ECHOES = (
    Control(
        "echo",
        "The echo comes",
        "Meta tells the inbox what the business itself sent.",
        "Each answer stands there once, whatever the echo does.",
        "choice",
        (
            ("late", "after the answer"),
            ("early", "before the answer"),
            ("never", "never"),
            ("twice", "twice"),
        ),
    ),
    Control(
        "long_mids",
        "Very long message ids",
        "312 characters instead of 164.",
        "No difference.",
    ),
)
ANSWERS = (
    Control(
        "latency_ms",
        "Meta answers slowly",
        "Every answer of the Graph API takes so long.",
        "The message waits with a clock; nobody has to wait for it, and nothing is sent twice.",
        "choice",
        _milliseconds((0, "no"), (1000, "1 second"), (3000, "3 seconds"), (10_000, "10 seconds")),
    ),
    Control(
        "timeout_after_accept",
        "Next sends: on the phone, but never answered",
        "Meta took the message; its answer gets lost.",
        "“Not confirmed”, until the echo proves it. Never sent twice.",
        "number",
    ),
    Control(
        "timeout_before_accept",
        "Next sends: neither taken nor answered",
        "The call hangs and ends in an error.",
        "“Not confirmed”, and then a person decides.",
        "number",
    ),
    Control(
        "error_1357046",
        "Next sends: on the phone, but answered with an error",
        "Meta's error 1/1357046: the message went out although it says otherwise.",
        "“Not confirmed”, until the echo proves it.",
        "number",
    ),
    Control(
        "html_500",
        "Next sends: an error page instead of an answer",
        "A 500 in HTML; the message was not taken.",
        "“Not confirmed”, and then a person decides.",
        "number",
    ),
    Control(
        "ok_with_error",
        "Next sends: “200 OK” with an error inside",
        "Some of Meta's failures look like success.",
        "Not taken for sent; tried again.",
        "number",
    ),
    Control(
        "rate_per_second",
        "Calls allowed a second",
        "More are refused with 613, per account.",
        "Answers wait their turn, none is lost.",
        "choice",
        (("100", "100, as usual"), ("5", "5"), ("1", "1"), ("0", "as many as it likes")),
    ),
    Control(
        "profile_refused",
        "Profiles refused",
        "Asked for a customer's name and picture, Meta answers 230: no consent.",
        "The message is there at once, under a placeholder instead of a name.",
    ),
)
GROUPS: dict[str, tuple[Control, ...]] = {
    "Messages on their way to the inbox": ON_THE_WAY,
    "Echoes": ECHOES,
    "When the inbox sends or asks": ANSWERS,
}


@dataclass(frozen=True)
class Refusal:
    """An error to choose on the panel: Meta's code, subcode and words, and the class of it."""

    code: int
    subcode: int | None
    label: str
    message: str
    http_status: int = 400

    @property
    def key(self) -> str:
        return f"{self.code}/{self.subcode or ''}".rstrip("/")


REFUSALS = (
    Refusal(190, None, "The token is no longer valid", "Error validating access token.", 401),
    Refusal(10, 2534022, "The reply window is closed", "(#10) Sent outside of allowed window."),
    Refusal(10, 2018278, "The same, in Messenger's words", "(#10) Sent outside of allowed window."),
    Refusal(3, None, "The app lacks the capability", ERRORS["capability_missing"].message, 403),
    Refusal(100, 2018001, "User not found", "(#100) User not found"),
    Refusal(551, 1545041, "The person is not available", "(#551) This person isn't available."),
    Refusal(4, None, "The app sends too much", "(#4) Application request limit reached"),
    Refusal(613, 2534040, "The account sends too much", "(#613) Rate limit exceeded."),
    Refusal(2, None, "A short trouble at Meta", "Service temporarily unavailable", 500),
    Refusal(368, None, "Blocked for a breach of policy", "(#368) Temporarily blocked.", 403),
    Refusal(100, 2534015, "The content is refused", "(#100) Invalid message data"),
    Refusal(200, 2534041, "Access to messages switched off", "(#200) No access to messages.", 403),
)
"""Source: developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes.
"""
REFUSED = {refusal.key: refusal for refusal in REFUSALS}


def preset_of(error: ErrorSwitch | None) -> str | None:
    """The key of the chosen refusal, if the switch stands at one of them."""
    key = f"{error.code}/{error.subcode or ''}".rstrip("/") if error else ""
    return key if key in REFUSED else None


def error_from(preset: str, times: int | None) -> dict[str, Any] | None:
    """What the error switch is set to for a refusal of the panel."""
    refusal = REFUSED.get(preset)
    if refusal is None:
        return None
    return {
        "code": refusal.code,
        "subcode": refusal.subcode,
        "message": refusal.message,
        "http_status": refusal.http_status,
        "times": times,
    }


def is_on(name: str, now: Switches, rest: Switches) -> bool:
    return bool(getattr(now, name) != getattr(rest, name))


def active(world: World) -> list[str]:
    """Everything that is not as on a good day, in words."""
    now, rest = world.board.now, world.board.rest
    found = [
        control.words(getattr(now, control.name))
        for controls in GROUPS.values()
        for control in controls
        if is_on(control.name, now, rest)
    ]
    if now.error:
        preset = preset_of(now.error)
        label = REFUSED[preset].label if preset else "an error of your own"
        found.append(f"Meta refuses: {label} ({now.error.code})")
    for account in world.store.accounts():
        found += [f"{account.name}: {WORDS[one]}" for one in account.conditions]
    hours = world.clock.offset_seconds / 3600
    if hours:
        found.append(f"Meta's clock is {hours:+.4g} h off")
    return found
