"""Meta is asked who the people are: once, again after a while, and whatever it answers."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
import time_machine

from app import clock
from app.channels.pictures import Pictures
from app.inbox.profile_queue import MOST_LOOKED_AT
from app.inbox.profiles import MAX_TRIES, Profiles
from app.media_store import MediaStore
from app.models import Contact, Integration, Workspace
from app.models.database import writing
from tests.bodies import CUSTOMER, message

if TYPE_CHECKING:
    from pathlib import Path

    from responses import RequestsMock
    from sqlalchemy import ColumnElement

    from tests.office import Office

PROFILE = f"https://graph.facebook.com/v23.0/{CUSTOMER}"
ANYBODY = re.compile(r"https://graph\.facebook\.com/v23\.0/\d+")
CDN = "https://scontent.xx.fbcdn.net/v/ann.jpg"
JPEG = b"\xff\xd8\xff\xe0 a picture"
ANN = {"name": "Ann", "username": "ann", "follower_count": 12, "id": CUSTOMER}


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


@pytest.fixture
def job(office: Office, store: MediaStore) -> Profiles:
    office.take_in(message("m1", "Hello", at=clock.now()))
    return Profiles(office.engine, office.graph, office.keyring, Pictures(["fbcdn.net"]), store)


def contact(office: Office, *where: ColumnElement[bool]) -> Contact:
    return office.row(Contact, *where)


def refuse(meta: RequestsMock, code: int, status: int = 400, **headers: str) -> None:
    error = {"message": "no", "code": code}
    meta.get(PROFILE, json={"error": error}, status=status, headers=headers)


def write_again(office: Office, mid: str) -> None:
    office.take_in(message(mid, "Hello again", at=clock.now()))


def test_who_wrote_gets_a_name(office: Office, job: Profiles, meta: RequestsMock) -> None:
    meta.get(PROFILE, json=ANN)
    before = office.thread().version, office.row(Workspace).version

    assert job.fetch() == 1

    found = contact(office)
    assert (found.name, found.username, found.follower_count) == ("Ann", "ann", 12)
    assert (office.thread().version, office.row(Workspace).version) > before
    assert job.fetch() == 0


def test_the_picture_is_copied(
    office: Office, job: Profiles, meta: RequestsMock, store: MediaStore
) -> None:
    meta.get(PROFILE, json=ANN | {"profile_pic": CDN})
    meta.get(CDN, body=JPEG)

    job.fetch()

    with store.open(contact(office).picture or "") as file:
        assert file.read() == JPEG


def test_a_new_picture_takes_the_place_of_the_old_one(
    office: Office, job: Profiles, meta: RequestsMock, store: MediaStore
) -> None:
    meta.get(PROFILE, json=ANN | {"profile_pic": CDN})
    meta.get(CDN, body=JPEG)
    job.fetch()
    old = contact(office).picture or ""
    meta.upsert("GET", CDN, body=JPEG + b" of today")

    with time_machine.travel(clock.now() + timedelta(days=8)):
        write_again(office, "m2")
        job.fetch()

    assert contact(office).picture not in (None, old)
    with pytest.raises(FileNotFoundError):
        store.open(old)


def test_a_picture_that_was_taken_away_is_taken_away_here(
    office: Office, job: Profiles, meta: RequestsMock, store: MediaStore
) -> None:
    meta.get(PROFILE, json=ANN | {"profile_pic": CDN})
    meta.get(CDN, body=JPEG)
    job.fetch()
    old = contact(office).picture or ""
    meta.upsert("GET", PROFILE, json=ANN | {"profile_pic": None})

    with time_machine.travel(clock.now() + timedelta(days=8)):
        write_again(office, "m2")
        job.fetch()

    assert contact(office).picture is None
    with pytest.raises(FileNotFoundError):
        store.open(old)


def test_an_unchanged_profile_wakes_nobody(
    office: Office, job: Profiles, meta: RequestsMock
) -> None:
    meta.get(PROFILE, json=ANN)
    job.fetch()

    with time_machine.travel(clock.now() + timedelta(days=8)):
        write_again(office, "m2")
        before = office.thread().version
        assert job.fetch() == 1

    assert office.thread().version == before


@pytest.mark.parametrize(("code", "status"), [(100, 400), (230, 403), (9010, 400)])
def test_a_person_whom_meta_does_not_show_is_left_alone(
    office: Office, job: Profiles, meta: RequestsMock, code: int, status: int
) -> None:
    refuse(meta, code, status)

    job.fetch()

    assert contact(office).name is None
    assert contact(office).profile_due_at is None
    assert job.fetch() == 0


def test_a_nameless_person_who_writes_is_asked_for_again_within_the_hour(
    office: Office, job: Profiles, meta: RequestsMock
) -> None:
    refuse(meta, 230, 403)
    job.fetch()
    write_again(office, "m2")
    assert job.fetch() == 0

    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        assert job.fetch() == 0
        write_again(office, "m3")
        assert job.fetch() == 1


def test_a_known_person_is_asked_for_again_after_a_week(
    office: Office, job: Profiles, meta: RequestsMock
) -> None:
    meta.get(PROFILE, json=ANN)
    job.fetch()
    with time_machine.travel(clock.now() + timedelta(days=6)):
        write_again(office, "m2")
        assert job.fetch() == 0

    with time_machine.travel(clock.now() + timedelta(days=8)):
        write_again(office, "m3")
        assert job.fetch() == 1


def test_an_empty_profile_keeps_what_is_known(
    office: Office, job: Profiles, meta: RequestsMock
) -> None:
    meta.get(PROFILE, json=ANN)
    job.fetch()
    meta.upsert("GET", PROFILE, json={"id": CUSTOMER})

    with time_machine.travel(clock.now() + timedelta(days=8)):
        write_again(office, "m2")
        job.fetch()

    assert contact(office).name == "Ann"


@pytest.mark.parametrize(
    "failure",
    [
        {"body": requests.ConnectionError()},
        {"body": "<html>", "status": 502},
        {"json": {"error": {"message": "slow", "code": 4}}, "status": 400},
    ],
)
def test_what_passes_is_tried_again_after_a_minute_and_then_later(
    office: Office, job: Profiles, meta: RequestsMock, failure: dict[str, Any]
) -> None:
    meta.get(PROFILE, **failure)
    start = clock.now()
    with time_machine.travel(start, tick=False):
        job.fetch()
        assert contact(office).profile_due_at == start + timedelta(minutes=1)
    with time_machine.travel(start + timedelta(seconds=59)):
        assert job.fetch() == 0
    again = start + timedelta(seconds=61)
    with time_machine.travel(again, tick=False):
        assert job.fetch() == 1
        assert contact(office).profile_due_at == again + timedelta(minutes=2)


def test_meta_is_given_the_time_it_asks_for(
    office: Office, job: Profiles, meta: RequestsMock
) -> None:
    refuse(meta, 4, 400, **{"Retry-After": "1800"})
    start = clock.now()

    with time_machine.travel(start, tick=False):
        job.fetch()

    assert contact(office).profile_due_at == start + timedelta(minutes=30)


def test_it_is_given_up_in_the_end(office: Office, job: Profiles, meta: RequestsMock) -> None:
    refuse(meta, 190, 401)

    for day in range(MAX_TRIES):
        with time_machine.travel(clock.now() + timedelta(days=day, minutes=day)):
            assert job.fetch() == 1

    assert contact(office).profile_due_at is None
    assert contact(office).profile_checked_at is not None


def test_one_failure_spares_meta_the_others(
    office: Office, job: Profiles, meta: RequestsMock
) -> None:
    office.take_in(*(message(f"p{n}", person=f"9{n}", at=clock.now()) for n in range(5)))
    meta.get(ANYBODY, body=requests.ConnectionError())

    assert job.fetch() == 6

    assert len(meta.calls) == 1
    assert all(one.profile_due_at for one in office.rows(Contact))


def test_a_picture_that_is_late_is_asked_for_again_and_the_name_is_there(
    office: Office, job: Profiles, meta: RequestsMock
) -> None:
    meta.get(PROFILE, json=ANN | {"profile_pic": CDN})
    meta.get(CDN, body=requests.ReadTimeout())
    start = clock.now()

    with time_machine.travel(start, tick=False):
        job.fetch()

    assert contact(office).name == "Ann"
    assert contact(office).profile_due_at == start + timedelta(minutes=1)


def test_a_picture_that_is_none_changes_nothing(
    office: Office, job: Profiles, meta: RequestsMock
) -> None:
    meta.get(PROFILE, json=ANN | {"profile_pic": "http://169.254.169.254/latest/meta-data"})

    job.fetch()

    assert (contact(office).name, contact(office).picture) == ("Ann", None)
    assert contact(office).profile_due_at is None


@pytest.mark.parametrize("odd", [True, -1, 2**31, 10**40, "12", 1.5, None, []])
def test_an_odd_number_of_followers_is_none(
    office: Office, job: Profiles, meta: RequestsMock, odd: object
) -> None:
    meta.get(PROFILE, json=ANN | {"follower_count": odd})

    job.fetch()

    assert (contact(office).name, contact(office).follower_count) == ("Ann", None)


def change(office: Office, **values: object) -> None:
    with writing(office.engine) as session:
        integration = session.get_one(Integration, office.integration_id)
        for name, value in values.items():
            setattr(integration, name, value)


@pytest.mark.parametrize("lack", [{"access_token": None}, {"is_enabled": False}])
def test_people_of_an_account_that_cannot_be_asked_wait(
    office: Office, job: Profiles, meta: RequestsMock, lack: dict[str, object]
) -> None:
    change(office, **lack)
    assert job.fetch() == 0
    change(office, access_token=office.keyring.vault.encrypt("EAAG"), is_enabled=True)

    with time_machine.travel(clock.now() + timedelta(minutes=31)):
        meta.get(PROFILE, json=ANN)
        assert job.fetch() == 1


def test_people_who_cannot_be_asked_for_stand_in_nobodys_way(
    office: Office, job: Profiles, meta: RequestsMock
) -> None:
    meta.get(PROFILE, json=ANN)
    with writing(office.engine) as session:
        for _ in range(MOST_LOOKED_AT + 1):
            lost = Contact(workspace_id=office.workspace_id, profile_due_at=clock.now())
            session.add(lost)

    assert job.fetch() + job.fetch() == 1
    assert contact(office, Contact.name == "Ann").profile_due_at is None


def test_a_token_under_a_key_that_is_gone_holds_nobody_up(office: Office, job: Profiles) -> None:
    change(office, access_token="stored under a key that is gone")

    assert [job.fetch(), job.fetch()] == [1, 0]
