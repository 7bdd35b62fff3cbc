"""Meta's errors in Meta's shape.

Source: developers.facebook.com/docs/graph-api/guides/error-handling and
developers.facebook.com/documentation/business-messaging/messenger-platform/error-codes.
"""

from dataclasses import dataclass
from typing import Any

from simulator import identifiers


@dataclass(frozen=True)
class Refusal:
    """An answer of the Graph API that says no."""

    code: int
    message: str
    subcode: int | None = None
    status: int = 400
    type: str = "OAuthException"

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"message": self.message, "type": self.type, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        error["is_transient"] = self.code in {1, 2, 4, 613}
        error["fbtrace_id"] = identifiers.trace_id()
        error["sim_unknown_key"] = "clients ignore what they do not know"
        return {"error": error}


class GraphError(Exception):
    """Raised where a check fails; the Graph blueprint answers with its refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def no_token() -> Refusal:
    return Refusal(104, "An access token is required to request this resource.")


def bad_token() -> Refusal:
    return Refusal(190, "Invalid OAuth access token - Cannot parse access token", status=401)


def no_proof() -> Refusal:
    text = "API calls from the server require an appsecret_proof argument"
    return Refusal(100, text, type="GraphMethodException")


def bad_proof() -> Refusal:
    text = "Invalid appsecret_proof provided in the API argument"
    return Refusal(100, text, type="GraphMethodException")


def unknown_object(verb: str, object_id: str) -> Refusal:
    """The object does not exist, or the token may not see it: Meta does not say which."""
    text = (
        f"Unsupported {verb} request. Object with ID '{object_id}' does not exist, cannot be "
        "loaded due to missing permissions, or does not support this operation. Please read the "
        "Graph API documentation at https://developers.facebook.com/docs/graph-api"
    )
    return Refusal(100, text, 33, type="GraphMethodException")


def unknown_path(path: str) -> Refusal:
    return Refusal(2500, f"Unknown path components: /{path}")


def invalid(text: str, subcode: int | None = None) -> Refusal:
    return Refusal(100, f"(#100) {text}", subcode)


def no_such_field(field: str, node: str) -> Refusal:
    return Refusal(100, f"(#100) Tried accessing nonexisting field ({field}) on node type ({node})")


def outside_window() -> Refusal:
    return Refusal(10, "(#10) This message is sent outside of allowed window.", 2534022)


def unavailable() -> Refusal:
    return Refusal(551, "(#551) This person isn't available right now.", 1545041)


def throttled() -> Refusal:
    text = "(#613) Calls to this API have exceeded the rate limit."
    return Refusal(613, text, 2534040)


def sent_although() -> Refusal:
    """The message went out, the answer says it did not."""
    return Refusal(1, "An unknown error occurred", 1357046, status=500)


def no_consent() -> Refusal:
    """The person never wrote to the account."""
    return Refusal(230, "(#230) User consent is required to access user profile", status=403)


def no_instagram_user() -> Refusal:
    return Refusal(9010, "No matching Instagram user", type="IGApiException")
