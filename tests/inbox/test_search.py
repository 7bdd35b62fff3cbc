"""What was written is found by its words, whatever is asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update

from app import clock
from app.inbox import listing, members, search
from app.inbox.views import Filter
from app.models import CommunicationLog, Contact, Conversation, Message
from app.models.database import reading, writing
from tests.bodies import message

if TYPE_CHECKING:
    from tests.office import Office

WORDS = st.text(max_size=500) | st.text(alphabet="'\"\\:*&|!()<>-^#%_ aب🧶\0", max_size=500)


def say(office: Office, *texts: str, person: str = "7001", ago: float = 1) -> None:
    """Let a customer write, a second between two messages, the last so many hours ago."""
    start = clock.now() - timedelta(hours=ago)
    office.take_in(
        *(
            message(f"{person}-{ago}-{n}", one, person=person, at=start + timedelta(seconds=n))
            for n, one in enumerate(texts)
        )
    )


def name(office: Office, person: str, **names: str) -> None:
    with writing(office.engine) as session:
        contact = office.thread(Conversation.identity.has(value=person)).contact_id
        session.execute(update(Contact).where(Contact.id == contact).values(names))


def found(office: Office, asked: str, *where: Any, **page: Any) -> list[str | None]:
    """Return the texts that are found, in their order; None for a person."""
    with reading(office.engine) as session:
        hits = search.search(session, office.workspace_id, asked, *where, **page).hits
    return [hit.message.text if hit.message else None for hit in hits]


@pytest.mark.parametrize(
    "asked",
    [
        "walnut",
        "WALNUT",
        "shelf walnut",
        "wal",
        "the walnut she",
        "walnut!",
        '"walnut" -shelf',
        "w",
    ],
)
def test_all_words_are_found_the_last_by_its_beginning(office: Office, asked: str) -> None:
    say(office, "Is the Walnut shelf back?")

    assert found(office, asked) == ["Is the Walnut shelf back?"]


@pytest.mark.parametrize("asked", ["walnut 💙", "💙 walnut", "walnut — she", "“walnut”", "walnut…"])
def test_what_is_no_word_hides_nothing(office: Office, asked: str) -> None:
    say(office, "Is the Walnut shelf back? 💙")

    assert found(office, asked) == ["Is the Walnut shelf back? 💙"]


@pytest.mark.parametrize("asked", ["alnut", "wal shelf", "walnut oak", "walnuts"])
def test_the_middle_of_a_word_is_not_found(office: Office, asked: str) -> None:
    say(office, "Is the Walnut shelf back?")

    assert found(office, asked) == []


@pytest.mark.parametrize("asked", ["", " ", "💙", "'", '""', "-", "\0", "%"])
def test_without_a_word_nothing_is_found(office: Office, asked: str) -> None:
    say(office, "Is the Walnut shelf back? 💙")

    assert found(office, asked) == []


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("شكرا جزيلا، وصل الطلب اليوم", "جزيلا"),
        ("pay.example/8H2K", "8h2"),
        ("Größe M", "größe"),
        ("two_words", "words"),
        ("+995 555 01 23", "995"),
        ("привет как дела", "дел"),
    ],
)
def test_every_script_has_words(office: Office, text: str, asked: str) -> None:
    say(office, text)

    assert found(office, asked) == [text]


def test_the_newest_match_comes_first_and_each_conversation_once(office: Office) -> None:
    say(office, "shelf one", "shelf two", person="7001", ago=3)
    say(office, "shelf three", "no more", person="7002", ago=2)

    assert found(office, "shelf") == ["shelf three", "shelf two"]


def test_pages_go_on_where_the_last_ended(office: Office) -> None:
    for n in range(5):
        say(office, f"shelf {n}", person=f"70{n}")
    with reading(office.engine) as session:
        first = search.search(session, office.workspace_id, "shelf", limit=2)
        assert first.next
        second = search.search(session, office.workspace_id, "shelf", before=first.next, limit=2)
        assert second.next
        last = search.search(session, office.workspace_id, "shelf", before=second.next, limit=2)

    texts = [hit.message.text for page in (first, second, last) for hit in page.hits if hit.message]
    assert texts == [f"shelf {n}" for n in (4, 3, 2, 1, 0)]
    assert last.next is None


def test_people_are_found_by_name_and_username_before_what_was_written(office: Office) -> None:
    say(office, "Hello", person="7001")
    say(office, "I am not Leila", person="7002")
    name(office, "7001", name="Leila Mgeladze", username="leila.m")

    assert found(office, "leila") == [None, "I am not Leila"]
    assert found(office, "Mgela") == [None]
    assert found(office, "leila.m") == [None]


def test_a_new_name_replaces_the_old_one(office: Office) -> None:
    say(office, "Hello")
    name(office, "7001", name="Leila")
    name(office, "7001", name="Sandro")

    assert found(office, "leila") == []
    assert found(office, "sandro") == [None]


def test_our_own_words_are_found_too(office: Office) -> None:
    say(office, "Hello")
    office.reply("We keep one for you")

    assert found(office, "keep") == ["We keep one for you"]


def test_what_was_taken_back_is_found_no_more(office: Office) -> None:
    say(office, "A secret", "A mistake")
    with writing(office.engine) as session:
        session.execute(update(Message).where(Message.text == "A secret").values(text=None))
        session.execute(delete(CommunicationLog))
        session.execute(delete(Message).where(Message.text == "A mistake"))

    assert found(office, "secret") == found(office, "mistake") == []


def test_conditions_narrow_what_is_found(office: Office) -> None:
    say(office, "shelf")

    assert found(office, "shelf", Conversation.channel == "instagram") == ["shelf"]
    assert found(office, "shelf", Conversation.channel == "whatsapp") == []


def test_another_workspace_finds_nothing(office: Office) -> None:
    say(office, "shelf")
    name(office, "7001", name="Leila")
    with writing(office.engine) as session:
        elsewhere = members.make_workspace(session, "Elsewhere")

        assert search.search(session, elsewhere.id, "shelf").hits == []
        assert search.search(session, elsewhere.id, "leila").hits == []


def test_an_empty_inbox_is_searched_at_once(office: Office) -> None:
    assert found(office, "shelf") == []


@given(asked=WORDS)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_is_asked_is_answered(office: Office, asked: str) -> None:
    with reading(office.engine) as session:
        page = search.listed(session, office.workspace_id, Filter(), asked)

    assert page.next is None


@given(word=st.text(min_size=1, max_size=60))
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_was_written_is_stored_and_may_be_looked_for(office: Office, word: str) -> None:
    say(office, word, person="7009", ago=clock.now().microsecond / 1e6)

    found(office, word)


@pytest.mark.parametrize("text", ["w" * 3000, "w" * 1500, "wort " * 20_000, "\\ ' \" : * 'a':1B"])
def test_an_enormous_or_odd_text_is_stored(office: Office, text: str) -> None:
    say(office, text)

    assert office.outcomes() == ["applied"]


@pytest.mark.parametrize("text", ["w" * 1500, "wort " * 20_000])
def test_an_enormous_text_is_found_by_its_beginning(office: Office, text: str) -> None:
    say(office, text)

    assert len(found(office, text[:4])) == 1


def test_the_page_around_a_message_shows_it_in_its_middle(office: Office) -> None:
    say(office, *(f"{n}" for n in range(120)))
    wanted = next(one for one in office.messages() if one.text == "30")
    last = office.messages()[-1]

    with reading(office.engine) as session:
        thread = listing.conversation(session, office.workspace_id, wanted.conversation_id)
        before = listing.around(session, thread, wanted.id)
        shown = [one.text for one in listing.messages(session, thread, before=before).rows]
        assert listing.around(session, thread, last.id) is None
        assert listing.around(session, thread, 10**12) is None

    assert shown == [f"{n}" for n in range(5, 55)]
