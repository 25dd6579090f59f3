"""E-mail one by one to a local sink: a release by mail, against a raw smtplib loop on one kept connection."""

import smtplib
from email.message import EmailMessage
from email.policy import SMTP
from time import perf_counter
from typing import Any

import eventlet
from sqlalchemy import text

from services.chassis.database import engine_for
from services.chassis.migrations import metadata_of
from services.chassis.settings import Settings
from services.chassis.work import Workshop
from services.notify import queries, usecases
from services.notify.channels import AddressKind
from services.notify.sender import Sender
from services.notify.settings import NotifySettings
from tests.bench.ground import city_ground
from tests.support.loopback import LOOPBACK
from tests.support.notify import House
from tests.support.notify_sending import a_release, sending, smtp_settings
from tests.support.peers import Peer, peer

MAILS = 3000
LONGEST = 300.0


def measure() -> dict[str, Any]:
    """Return mails a second of ours, of the raw loop before and after it, and the ratio."""
    with city_ground() as (settings, _), peer("smtp") as sink:
        before = _raw(sink)
        ours = _ours(settings, sink)
        after = _raw(sink)
    raw = (before + after) / 2
    return {
        "mails": MAILS,
        "ours_a_second": round(ours),
        "raw_a_second": [round(before), round(after)],
        "ratio": round(ours / raw, 2),
    }


def _ours(settings: Settings, sink: Peer) -> float:
    house = House(Workshop(settings, metadata_of("notify")), {"email": AddressKind.EMAIL})
    _people(settings, house)
    notify = NotifySettings(
        smtp=smtp_settings(sink, concurrency=2, batch=50), plans={"release_digest.member": ("email",)}
    )
    with sending(house, notify) as sender:
        house.hear(a_release(), usecases.tell_of_release)
        sender.nudge()
        began = perf_counter()
        _await_all(house, sender, began + LONGEST)
        return MAILS / (perf_counter() - began)


def _await_all(house: House, sender: Sender, ends_at: float) -> None:
    while perf_counter() < ends_at:
        with house.workshop.open() as work:
            if queries.count_messages(work.session).accepted >= MAILS:
                return
        eventlet.sleep(0.1)
    raise TimeoutError(f"{sender.settings!r}: not all went out")


def _people(settings: Settings, house: House) -> None:
    seals = house.seals
    told = {
        "names": [seals.seal("王淑珍") for _ in range(MAILS)],
        "emails": [seals.seal(f"wang{number}@example.org") for number in range(MAILS)],
        "path": "/zk/ch/",
    }
    with engine_for(settings.database_url).begin() as connection:
        connection.execute(
            text("""
            INSERT INTO notify.recipient
              (id, kind, name, phone, email, language, area_id, area_path, postings, is_active, version)
            SELECT gen_random_uuid(), 'member', person.name, NULL, person.email, 'zh', NULL, :path,
                   '[]', true, 1
            FROM unnest(CAST(:names AS text[]), CAST(:emails AS text[])) AS person (name, email)"""),
            told,
        )


def _raw(sink: Peer) -> float:
    """Return how many mails of the same size a plain loop sends in a second, all on one connection."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "wishes@example.org", "wang@example.org", "微心愿已上树"
    mail.set_content("您好！川汇区十二月的微心愿已经上树，欢迎来看看。" * 4, cte="base64")
    mail.add_alternative("<p>您好！微心愿已经上树，欢迎来看看。</p>" * 8, subtype="html", cte="base64")
    with smtplib.SMTP(LOOPBACK, sink.port) as connection:
        began = perf_counter()
        for number in range(MAILS):
            connection.sendmail("wishes@example.org", f"wang{number}@example.org", mail.as_bytes(policy=SMTP))
        return MAILS / (perf_counter() - began)
