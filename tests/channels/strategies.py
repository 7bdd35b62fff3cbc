"""Anything JSON can say, and webhooks with anything in the places that are read."""

from __future__ import annotations

from hypothesis import strategies as st

texts = st.text(st.characters())
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def _object(**members: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Objects with any of ``members``, each as it should be or odd; or something else."""
    odd = {name: member | json_values for name, member in members.items()}
    return st.fixed_dictionaries({}, optional=odd) | json_values


_ids = st.sampled_from(["17841400000000001", "1233445566778899", "0", 5, "x" * 1001])
_flags = st.just(True)
_attachment = _object(
    type=st.sampled_from(["image", "share", "story_mention", "like_heart", "template", "new"]),
    payload=_object(url=texts, title=texts, generic=_object(elements=st.lists(json_values))),
)
_message = _object(
    mid=_ids,
    text=texts,
    is_echo=_flags,
    is_self=_flags,
    is_deleted=_flags,
    is_unsupported=_flags,
    attachments=st.lists(_attachment, max_size=2),
    reply_to=_object(mid=_ids, story=_object(url=texts)),
    referral=json_values,
)
_item = _object(
    sender=_object(id=_ids),
    recipient=_object(id=_ids),
    timestamp=st.integers(min_value=10**9, max_value=5 * 10**12),
    message=_message,
    postback=_object(mid=_ids, title=texts, payload=texts),
    reaction=_object(action=st.just("unreact")),
    read=json_values,
)
_change = _object(field=st.sampled_from(["messages", "comments"]), value=_item)
_entry = _object(
    id=_ids,
    time=json_values,
    messaging=st.lists(_item, max_size=3),
    standby=st.lists(_item, max_size=2),
    changes=st.lists(_change, max_size=2),
)
webhooks = st.fixed_dictionaries(
    {"object": st.just("instagram"), "entry": st.lists(_entry, max_size=3) | json_values}
)
