"""`wishtree notify deliveries`: what became of messages, try by try, with addresses masked."""

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Column, Table

from services.chassis.rights import OPERATOR_AT_THE_CONSOLE
from services.console.place import DEFAULT_HOME, Config, Home, answering_place, settings_at
from services.console.speech import (
    AsJson,
    PageAfter,
    PageLength,
    answering,
    moment,
    out,
    tell,
    tell_of_next_page,
)
from services.notify.contracts import DeliveryList, DeliveryView, GetBurst, ListDeliveries

FOUND_WITHIN = 60.0
"""Seconds to look for the deliveries of a burst of a city."""


def deliveries(
    wish: Annotated[
        UUID | None, typer.Option("--wish", help="About a wish, or another thing: its id.")
    ] = None,
    burst: Annotated[UUID | None, typer.Option("--burst", help="Of a burst: its id in `burst list`.")] = None,
    provider: Annotated[str | None, typer.Option("--provider", help="Carried by a provider.")] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="In a state: planned, accepted, refused, ambiguous, …")
    ] = None,
    limit: PageLength = 20,
    after: PageAfter = None,
    config: Config = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """List deliveries with every attempt: when, by which provider, with which code."""
    by = OPERATOR_AT_THE_CONSOLE
    with answering(as_json), settings_at(home, config) as settings, answering_place(settings) as place:
        told = place.ask(GetBurst(by=by, burst_id=burst), FOUND_WITHIN) if burst else None
        query = ListDeliveries(
            by=by,
            subject_id=wish,
            occasion=told.occasion if told else None,
            topic=told.topic if told else None,
            channel=told.channel if told else None,
            provider=provider,
            state=state,
            limit=limit,
            after=after,
        )
        tell(place.ask(query, FOUND_WITHIN), as_json, _print_deliveries)


def _print_deliveries(found: DeliveryList) -> None:
    if not found.items:
        out.print("没有符合条件的消息 there is no such delivery")
        return
    table = Table(Column("at", no_wrap=True), "topic", "to", "by", Column("state", no_wrap=True), "code")
    for delivery in found.items:
        for row in _rows(delivery):
            table.add_row(*row)
        table.add_section()
    out.print(table)
    tell_of_next_page(found.next)


def _rows(delivery: DeliveryView) -> Iterator[tuple[str, ...]]:
    """Yield a delivery, and below it each of its attempts."""
    to = delivery.address or delivery.channel
    yield (
        moment(delivery.created_at),
        delivery.topic,
        to,
        delivery.channel,
        delivery.state,
        _next_try(delivery),
    )
    for attempt in delivery.attempts:
        yield moment(attempt.at), "", "", attempt.provider, attempt.outcome, attempt.code.replace("[", "\\[")


def _next_try(delivery: DeliveryView) -> str:
    at = delivery.next_try_at
    return f"next {moment(at)}" if at else ""
