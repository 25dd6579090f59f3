"""The settings of the gateway: `[services.gateway]` in the settings file."""

from typing import Annotated

import msgspec
from msgspec import Meta

from services.chassis.showing import Shown

Seconds = Annotated[float, Meta(gt=0)]
Bytes = Annotated[int, Meta(gt=0)]


class GatewaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the web door needs to know; every default suits a city, and a laptop too."""

    demo: bool = False  # a demo house shows the SMS it would send at /demo/phone
    hotline: Shown = "12345"  # on every page; 12345 is the national service hotline
    proxies: Annotated[int, Meta(ge=0, le=5)] = 0  # ours, in front, each adding to X-Forwarded-For

    # Sessions
    staff_session_hours: Annotated[int, Meta(ge=1, le=24)] = 12
    member_session_days: Annotated[int, Meta(ge=1, le=90)] = 30
    endings_asked_every: Seconds = 2.0  # how soon a session ends whose account was closed or changed
    endings_known_for: Seconds = 600.0  # while the directory is away; then nobody counts as signed in

    # Sizes: beyond them a request is refused with 413 and its connection closed
    largest_open_body: Bytes = 64 * 1024  # from whoever has not signed in
    largest_push: Bytes = 256 * 1024  # receipts, from providers: Aliyun and Tencent push 100 at once, 40 KiB
    largest_body: Bytes = 1024 * 1024
    largest_upload: Bytes = 10 * 1024 * 1024  # a sheet, from somebody with the right to import it
    uploads_at_once: Annotated[int, Meta(ge=1)] = 4  # held in memory while they are read and passed on

    # Patience with slow clients
    idle_seconds: Seconds = 60.0  # between two requests on one connection
    header_seconds: Seconds = 10.0  # from the request line to the end of the headers
    body_seconds: Seconds = 60.0
    write_seconds: Seconds = 60.0  # for a client to take an answer
    connections: Annotated[int, Meta(ge=10)] = 4000  # at once; idle ones give way first
    backlog: Annotated[int, Meta(ge=1)] = 1024  # connections waiting to be taken in

    # Ending
    drain_notice_seconds: Annotated[float, Meta(ge=0)] = 0.0  # not ready, still open: a balancer notices
    drain_seconds: Seconds = 15.0  # for requests under way to be answered

    # Pages
    board_fresh_seconds: Annotated[float, Meta(ge=0)] = 2.0  # a board is shown on for so long
    page_deadline: Seconds = 3.0  # how long a page waits for a service before it shows what it has
