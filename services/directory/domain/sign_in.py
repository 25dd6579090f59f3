"""The rules about one-time codes: until when one holds, and which addresses count as neighbours."""

import ipaddress
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from services.chassis.rights import EVERYWHERE, Actor, Grant, Role

CODE_DIGITS = 6


def code_as_typed(text: str) -> str:
    """Return the code that was meant: a Chinese keyboard gives full-width digits and blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def network_of(address: str) -> str | None:
    """Return the neighbourhood of a network address: its /24, or /48 in IPv6; None when it is no address.

    Whoever has one address of a neighbourhood usually has more, so the limits count neighbourhoods.
    """
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None) or found
    return str(ipaddress.ip_network((mapped, 24 if mapped.version == 4 else 48), strict=False))


def next_allowed_at(
    earlier: Iterable[datetime], now: datetime, limits: Iterable[tuple[timedelta, int]]
) -> datetime:
    """Return when one more request passes no limit: `now`, or a later instant.

    A limit is a span of time back from now and how many requests it allows, at least one.
    """
    latest_first = sorted(earlier, reverse=True)
    waits = [latest_first[allowed - 1] + span for span, allowed in limits if allowed <= len(latest_first)]
    return max([now, *waits])


def member_actor(member_id: UUID, unit_id: UUID | None, language: str) -> Actor:
    """Return who a member is once signed in: they may claim anywhere in the city (001: 跨社区、跨单位)."""
    grant = Grant(Role.MEMBER, EVERYWHERE)
    return Actor(member_id=member_id, unit_id=unit_id, grants=(grant,), language=language)
