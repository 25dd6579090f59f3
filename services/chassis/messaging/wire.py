"""The letters on the wire: nameko's envelope, single or packed, and its replies."""

import math
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from services.chassis.contracts import Event, Request, View
from services.chassis.refusals import Faulted, Malformed, Refusal, RemoteRefusal
from services.chassis.sealing import BrokenSeal, Seals

JSON = "application/json"
PACKED = "wishtree-packed"
PATIENCE = "wishtree-patience"
"""Header: for how many seconds from the sending somebody waits for the answer.

Not an instant: the clocks of two hosts may differ, and the broker itself drops a letter that lay too long.
"""

RPC_EXCHANGE = "nameko-rpc"
_REFUSAL_PATH = "services.chassis.refusals.RemoteRefusal"


def rpc_queue(service: str) -> str:
    """Return the name of the queue on which `service` takes calls (nameko's)."""
    return f"rpc-{service}"


def event_exchange(source: str) -> str:
    """Return the name of the exchange on which `source` tells its events (nameko's)."""
    return f"{source}.events"


def event_queue(event: type[Event], service: str, handler: str) -> str:
    """Return the name of the durable queue of a handler (nameko's): renaming the handler orphans it."""
    return f"evt-{event.source}-{event.name}--{service}.{handler}"


class Call(msgspec.Struct):
    """One call in nameko's envelope; `id` is its correlation id when it travels packed."""

    args: list[Any]
    kwargs: dict[str, Any] = {}
    id: str = ""


class Reply(msgspec.Struct):
    """One reply in nameko's envelope."""

    result: Any = None
    error: dict[str, Any] | None = None
    id: str = ""


@dataclass
class OpenCall:
    """A call that waits for its reply: where to send it, under which id, and until when somebody waits."""

    method: str
    arguments: list[Any]
    reply_to: str
    correlation_id: str
    wants_packed: bool
    ends_at: float = math.inf  # of the monotonic clock

    @property
    def is_stale(self) -> bool:
        """Say whether nobody waits any more; the caller was told so and may ask again with the same key."""
        return time.monotonic() > self.ends_at


_calls = msgspec.json.Decoder(list[Call])
_call = msgspec.json.Decoder(Call)
_replies = msgspec.json.Decoder(list[Reply])
_reply = msgspec.json.Decoder(Reply)
_encoder = msgspec.json.Encoder()


SEALED = "sealed"


def enclose(contract: Request | View | Any, seals: Seals) -> Any:
    """Return `contract` as it may travel: sealed as a whole when it is personal."""
    if getattr(contract, "is_personal", False):
        return {SEALED: seals.seal(contract.to_wire().decode())}
    return contract


def disclose(content: Any, seals: Seals) -> Any:
    """Return what `enclose` was given, still as JSON or plain values."""
    if isinstance(content, dict) and content.keys() == {SEALED}:
        try:
            return seals.open(content[SEALED])
        except BrokenSeal:
            raise Malformed(contract="sealed", problem="the seal does not open with our keys") from None
    return content


def pack_calls(requests: list[tuple[str, Any]]) -> bytes:
    """Return the body of a letter with several calls, each a correlation id and an enclosed request."""
    return _encoder.encode([Call([request], {}, correlation_id) for correlation_id, request in requests])


def single_call(request: Any) -> bytes:
    """Return the body of a letter with one enclosed request, as any nameko client would write it."""
    return _encoder.encode({"args": [request], "kwargs": {}})


def open_calls(
    body: bytes, method: str, reply_to: str, correlation_id: str, is_packed: bool, patience: float = math.inf
) -> list[OpenCall]:
    """Return the calls in a letter whose sender waits so many seconds; raise `Malformed` when it is none."""
    ends_at = time.monotonic() + patience
    try:
        if is_packed:
            calls = _calls.decode(body)
            return [OpenCall(method, call.args, reply_to, call.id, True, ends_at) for call in calls]
        return [OpenCall(method, _call.decode(body).args, reply_to, correlation_id, False, ends_at)]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Malformed(contract="call", problem="not an RPC letter") from None


def patience_in(headers: Any) -> float:
    """Return how long the sender of a letter waits, in seconds; for ever when it does not say."""
    try:
        return float((headers or {}).get(PATIENCE, math.inf))
    except (TypeError, ValueError):
        return math.inf


class _Identified(msgspec.Struct):
    """As much of an event as says which one it is."""

    event_id: UUID


def event_id_in(body: bytes) -> UUID | None:
    """Return the id of the event in a letter, readable otherwise or not; None when it has none."""
    try:
        return msgspec.json.decode(body, type=_Identified).event_id
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def reply_for(call: OpenCall, result: Any, refusal: Refusal | None) -> Reply:
    """Return the reply to `call`; refusals are written so that a nameko client can read them too.

    Result and arguments are encoded here; raises `TypeError` when they cannot be.
    """
    if refusal is None:
        return Reply(msgspec.Raw(_encoder.encode(result)), None, call.correlation_id)
    wire = refusal.to_wire()
    error = {
        "exc_type": type(refusal).__name__,
        "exc_path": _REFUSAL_PATH,
        "exc_args": [wire["code"], wire["kind"], msgspec.Raw(_encoder.encode(wire["arguments"]))],
        "value": wire["code"],
    }
    return Reply(None, error, call.correlation_id)


def write_replies(replies: list[Reply], is_packed: bool) -> bytes:
    """Return the body of a letter of replies."""
    if is_packed:
        return _encoder.encode(replies)
    return _encoder.encode({"result": replies[0].result, "error": replies[0].error})


def read_replies(body: bytes, correlation_id: str, is_packed: bool) -> list[Reply]:
    """Return the replies in a letter."""
    if is_packed:
        return _replies.decode(body)
    reply = _reply.decode(body)
    reply.id = correlation_id
    return [reply]


def refusal_in(reply: Reply) -> Refusal | None:
    """Return the refusal that a reply carries, or None."""
    if reply.error is None:
        return None
    if reply.error.get("exc_path") != _REFUSAL_PATH:
        return Faulted()
    try:
        code, kind, arguments = reply.error["exc_args"]
        return RemoteRefusal(str(code), kind, arguments)
    except (KeyError, TypeError, ValueError):  # of a version that says it otherwise
        return Faulted()
