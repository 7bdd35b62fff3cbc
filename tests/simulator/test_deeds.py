"""The menu of the phone says truly what the inbox makes of each thing."""

import pytest

from app.channels.events import Unknown
from app.channels.instagram import Instagram as Inlet
from simulator.deeds import ABOUT_A_MESSAGE, DEEDS, HIDDEN, MENU, UNSUPPORTED
from simulator.model import Account, Contact
from simulator.platforms import PLATFORMS

ACCOUNT = Account(name="Harbour", username="harbour")
CONTACT = Contact(igsid="1233445566778899", customer_id=1, account_id=ACCOUNT.id)


@pytest.mark.parametrize("key", DEEDS)
def test_the_note_beside_a_button(key: str) -> None:
    platform, deed = PLATFORMS["instagram"], DEEDS[key]
    action = deed.as_action("http://127.0.0.1/", 1, "aWdf").model_copy(update={"text": "words"})
    item = platform.addressed(ACCOUNT, CONTACT, platform.item(action, "aWdfNew"), 1763779999876)
    body = platform.body([(ACCOUNT, [item])], 1763780000123, "messaging")
    (parsed,) = Inlet().parse(body)
    event = parsed.event
    if not isinstance(event, Unknown):
        assert deed.note == ""
    else:
        assert deed.note == (UNSUPPORTED if event.visible else HIDDEN)


def test_every_kind_can_be_done_on_the_phone() -> None:
    shown = {deed.action.get("kind", key) for key, deed in DEEDS.items()}
    by_hand = {"text", "raw", "postback"}
    assert shown | by_hand == set(PLATFORMS["instagram"].kinds())
    assert len(DEEDS) == sum(map(len, MENU.values())) + len(ABOUT_A_MESSAGE)
