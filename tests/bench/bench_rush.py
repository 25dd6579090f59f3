"""A rush: 2,000 members on 100 places, through the web door, at once."""

from collections import Counter
from typing import Any

import eventlet
import requests
from sqlalchemy import text

from services.chassis import clock
from services.chassis.database import engine_for
from services.chassis.rights import EVERYWHERE, Actor, Grant, Role
from services.gateway.sessions import Sessions
from services.gateway.settings import GatewaySettings
from tests.bench.ground import add_members, add_offers, city_ground
from tests.support.city import city

CLAIMERS, WISHES = 2000, 100
AT_ONCE = 200


def measure() -> dict[str, Any]:
    """Return how many won, what the others were told, and what the database says."""
    with city_ground() as (settings, folder):
        members = add_members(settings.database_url, CLAIMERS)
        offers = add_offers(settings.database_url, WISHES, places=1)
        sessions = Sessions(settings.session_secret, GatewaySettings())
        answers: Counter[str] = Counter()
        with city(settings, folder, ("directory", "claims", "gateway")):

            def claim(number: int) -> None:
                actor = Actor(member_id=members[number], grants=(Grant(Role.MEMBER, EVERYWHERE),))
                token = sessions.issue(actor, clock.now())[0]
                answer = requests.post(
                    f"http://{settings.address}/api/v1/claims",
                    json={"wish_id": str(offers[number % WISHES])},
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=60,
                )
                won = answer.status_code < 300
                answers["won" if won else answer.json()["error"]["code"]] += 1
                answers["5xx"] += answer.status_code >= 500

            started = clock.now()
            for _ in eventlet.GreenPool(AT_ONCE).imap(claim, range(CLAIMERS)):
                pass
            seconds = (clock.now() - started).total_seconds()
        with engine_for(settings.database_url).connect() as connection:
            kept = connection.execute(text("SELECT count(*) FROM claims.claim")).scalar_one()
    return {"answers": dict(answers), "claims_in_database": kept, "seconds": round(seconds, 2)}
