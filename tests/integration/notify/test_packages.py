"""A channel that somebody else wrote: the package of docs/integrate-channels.md, installed and used."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.chassis.settings import WrongSettings
from services.claims.contracts import ClaimsDueSoon
from services.notify import usecases
from services.notify.channels import brought_channels
from services.notify.models import Attempt, Delivery, Message
from tests.support.notify import House
from tests.support.notify_people import a_member, a_reminder
from tests.support.notify_sending import eventually, numbers, quick_settings, sending
from tests.support.sms_accounts import patience
from tests.support.vendors import Vendor, vendor

GUIDE = Path(__file__).parents[3] / "docs" / "integrate-channels.md"
Told = tuple[str, str, str]
"""State of the delivery, class and code of the attempt."""

FILE = re.compile(r"^`([\w.]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def courier_package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Install the package of the guide as its reader would, into a folder of its own."""
    source, installed = tmp_path_factory.mktemp("courier"), tmp_path_factory.mktemp("installed")
    for name, content in FILE.findall(GUIDE.read_text()):
        (source / name).write_text(content)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    command += ["--disable-pip-version-check", "--no-index", "--target", str(installed), str(source)]
    subprocess.run(command, check=True, timeout=100)
    sys.path.insert(0, str(installed))
    yield installed
    sys.path.remove(str(installed))
    sys.modules.pop("wishtree_courier", None)


@pytest.fixture(scope="module")
def courier_process() -> Iterator[Vendor]:
    with vendor("courier") as running:
        yield running


@pytest.fixture
def courier(courier_process: Vendor) -> Vendor:
    courier_process.reset()
    return courier_process


def described(courier: Vendor, **changes: Any) -> dict[str, Any]:
    return {"url": f"{courier.url}/messages", "token": "of-the-tests", "timeout": 20.0} | changes


def told(house: House, courier: Vendor, phones: list[str], **changes: Any) -> dict[str, Told]:
    """Tell somebody at each number through the package; return what came of it, by number."""
    settings = quick_settings(
        channels={"courier": described(courier, **changes)}, plans={"claim_due_soon.member": ("courier",)}
    )
    members = {phone: a_member(house.seals, phone=phone) for phone in phones}
    with sending(house, settings) as sender:
        house.knows(members=list(members.values()))
        reminders = [a_reminder(member.id, 3) for member in members.values()]
        house.hear(ClaimsDueSoon(claims=reminders), usecases.tell_of_claims_due_soon)
        sender.nudge()
        eventually(lambda: len(attempts(house)) == len(phones))
    return {phone: attempts(house)[member.id] for phone, member in members.items()}


def attempts(house: House) -> dict[Any, Told]:
    with house.workshop.open() as work:
        made = work.session.execute(
            select(Message.recipient_id, Delivery.state, Attempt.outcome, Attempt.code)
            .join(Delivery, Delivery.id == Attempt.delivery_id)
            .join(Message, Message.id == Delivery.message_id)
        )
        return {recipient: (state, outcome, code) for recipient, state, outcome, code in made}


def test_the_package_of_the_guide_sends_and_each_recipient_has_an_outcome(
    house: House, courier: Vendor, courier_package: Path
) -> None:
    fine, gone, blocked, lost = numbers(0, 4)
    courier.behave("code", for_=gone, code="no_such_number")
    courier.behave("code", for_=blocked, code="blocked_by_recipient")
    courier.behave("forget", for_=lost)

    assert told(house, courier, [fine, gone, blocked, lost]) == {
        fine: ("accepted", "accepted", "ok"),
        gone: ("refused", "permanent", "no_such_number"),
        blocked: ("refused", "opted_out", "blocked_by_recipient"),
        lost: ("ambiguous", "ambiguous", "unreadable"),
    }
    assert {call["authorization"] for call in courier.calls()} == {"Bearer of-the-tests"}


@pytest.mark.parametrize(
    ("manner", "outcome"),
    [
        ({"manner": "mute"}, ("ambiguous", "ambiguous", "timeout")),
        ({"manner": "status", "status": 503}, ("failed", "retry", "503")),
        ({"manner": "status", "status": 401}, ("planned", "stop", "401")),
        ({"manner": "status", "status": 429, "headers": {"Retry-After": "30"}}, ("planned", "wait", "429")),
    ],
)
def test_what_the_package_did_not_think_of_is_read_as_it_is_meant(
    house: House, courier: Vendor, courier_package: Path, manner: dict[str, Any], outcome: Any
) -> None:
    courier.behave(**manner)
    (phone,) = numbers(7, 1)

    assert told(house, courier, [phone], **patience(manner)) == {phone: outcome}


def test_a_section_that_the_package_does_not_understand_is_named(courier_package: Path) -> None:
    with pytest.raises(WrongSettings, match=r"channels\.courier\] .*`url`"):
        brought_channels({"courier": {"token": "of-the-tests"}})


def test_two_accounts_of_one_package_are_told_apart(courier: Vendor, courier_package: Path) -> None:
    north, south = brought_channels(
        {"courier": described(courier), "south": described(courier) | {"kind": "courier"}}
    )

    assert (north.provider, south.provider) == ("courier", "south")
    assert north.name == south.name == "courier"


def test_the_secrets_of_a_package_are_not_shown(courier: Vendor, courier_package: Path) -> None:
    (channel,) = brought_channels({"courier": described(courier)})

    assert "of-the-tests" not in repr(vars(channel))
    assert "of-the-tests" not in repr(quick_settings(channels={"courier": described(courier)}))
