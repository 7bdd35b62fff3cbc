"""What Meta tells about an Instagram token: whom it speaks for, how long, and what it may do.

Source: developers.facebook.com/docs/facebook-login/guides/access-tokens/debugging,
developers.facebook.com/docs/graph-api/reference/page/subscribed_apps,
developers.facebook.com/documentation/instagram-platform/instagram-api-with-instagram-login.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from app.channels.base import Named, Standing
from app.channels.faults import Permanent, SendError
from app.channels.values import identifier, mapping, mappings, moment, words

if TYPE_CHECKING:
    from app.channels.base import Credentials
    from app.channels.graph import Graph

SCOPES = {
    "facebook": frozenset(
        {
            "instagram_basic",
            "instagram_manage_messages",
            "pages_messaging",
            "pages_manage_metadata",
        }
    ),
    "instagram": frozenset({"instagram_business_basic", "instagram_business_manage_messages"}),
}
"""What a token needs to read and answer messages, by login."""

FIELDS = frozenset({"messages"})
"""Without these in the webhook subscription of the account no message is delivered."""

ME = {
    "facebook": "id,name,instagram_business_account{id,username}",
    "instagram": "user_id,id,username",
}
PAGES = "id,name,instagram_business_account{id,username}"
NO_SUCH_FIELD = 100


class PersonsToken(Permanent):
    """The token is a person's, not a Page's; the fault names the Pages of that person."""


def standing(graph: Graph, who: Credentials) -> Standing:
    """Return how the token in ``who`` stands with Meta.

    Raises a :class:`SendError` where the token is refused or Meta cannot be asked. What Meta
    refuses to tell beside that is left open.
    """
    if who.login == "instagram":
        return _of_instagram(graph, who)
    return _of_page(graph, who)


def _of_instagram(graph: Graph, who: Credentials) -> Standing:
    """Meta tells neither scopes nor expiry of such a token: debug_token does not take it."""
    me = graph.call("GET", "me", who, params={"fields": ME["instagram"]})
    ids = {known for name in ("user_id", "id") if (known := identifier(me.get(name)))}
    account = identifier(me.get("user_id")) or identifier(me.get("id"))
    fields = _subscribed(graph, who, "me", app_id=None)
    return Standing(
        account_ids=frozenset(ids),
        account=Named(account, words(me.get("username"))) if account else None,
        fields=fields,
        missing_fields=_missing(FIELDS, fields),
    )


def _of_page(graph: Graph, who: Credentials) -> Standing:
    me = _page(graph, who)
    page, linked = _named(me, "name"), _named(mapping(me.get("instagram_business_account")))
    facts = _facts(graph, who)
    scopes = _scopes(facts)
    fields = _subscribed(graph, who, page.id, identifier(facts.get("app_id"))) if page else None
    return Standing(
        account_ids=frozenset(one.id for one in (page, linked) if one),
        account=linked,
        page=page,
        expires_at=moment(facts.get("expires_at")),
        never_expires=facts.get("expires_at") == 0,
        scopes=scopes,
        missing_scopes=_missing(SCOPES["facebook"], scopes),
        fields=fields,
        missing_fields=_missing(FIELDS, fields),
    )


def _page(graph: Graph, who: Credentials) -> dict[str, Any]:
    try:
        return graph.call("GET", "me", who, params={"fields": ME["facebook"]})
    except Permanent as refused:
        if refused.fault.code != NO_SUCH_FIELD:
            raise
        raise _persons_token(graph, who, refused) from None


def _persons_token(graph: Graph, who: Credentials, refused: Permanent) -> SendError:
    """Return what to say where "me" has no Instagram account: mostly it is a person then."""
    answer = _asked(graph, who, "me/accounts", {"fields": PAGES})
    if answer is None:
        return refused
    pages = (_named(one, "name") for one in mappings(answer.get("data")))
    names = ", ".join(f"{one.name or '?'} ({one.id})" for one in pages if one)
    return PersonsToken(replace(refused.fault, message=names or refused.fault.message))


def _facts(graph: Graph, who: Credentials) -> dict[str, Any]:
    answer = _asked(graph, who, "debug_token", {"input_token": who.access_token})
    return mapping((answer or {}).get("data"))


def _scopes(facts: dict[str, Any]) -> frozenset[str] | None:
    given = facts.get("scopes")
    return frozenset(map(str, given)) if isinstance(given, list) else None


def _subscribed(
    graph: Graph, who: Credentials, asset: str, app_id: str | None
) -> frozenset[str] | None:
    """Return the fields of the asset's subscription to the app; of any app where it is unknown."""
    answer = _asked(graph, who, f"{asset}/subscribed_apps", {})
    if answer is None or not isinstance(answer.get("data"), list):
        return None
    apps = [one for one in mappings(answer["data"]) if app_id in {None, identifier(one.get("id"))}]
    fields = [one.get("subscribed_fields") for one in apps]
    return frozenset(str(field) for given in fields if isinstance(given, list) for field in given)


def _asked(
    graph: Graph, who: Credentials, path: str, params: dict[str, str]
) -> dict[str, Any] | None:
    """Return what Meta answers, or None where it refuses; where it is away the caller hears."""
    try:
        return graph.call("GET", path, who, params=params)
    except SendError as error:
        if error.fault.http_status is None:
            raise
        return None


def _named(found: dict[str, Any], name: str = "username") -> Named | None:
    known = identifier(found.get("id"))
    return Named(known, words(found.get(name))) if known else None


def _missing(needed: frozenset[str], given: frozenset[str] | None) -> frozenset[str]:
    return frozenset() if given is None else needed - given
