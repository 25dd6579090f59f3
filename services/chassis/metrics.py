"""What a process counts, for `/metrics`: calls, events, setbacks; never a name, phone or address."""

from prometheus_client import Counter, Gauge, Histogram

from services.chassis.refusals import Refusal

CALLS = Counter("wishtree_calls_total", "Calls answered.", ["service", "method", "outcome"])
EVENTS = Counter("wishtree_events_total", "Events handled.", ["service", "handler", "outcome"])
SETBACKS = Counter("wishtree_event_setbacks_total", "Events that failed.", ["service", "handler", "kind"])
RELAYED = Counter("wishtree_relayed_total", "Events handed to the broker.", ["service"])
UNSENT = Gauge("wishtree_outbox_unsent", "Events not yet handed to the broker.", ["service"])
REQUESTS = Histogram("wishtree_http_seconds", "HTTP requests.", ["route", "status"])


def count_call(service: str, method: str, refusal: Refusal | None) -> None:
    """Count one answered call by its outcome: ok, or the code of the refusal."""
    CALLS.labels(service, method, refusal.code if refusal else "ok").inc()


def count_event(service: str, handler: str, is_handled: bool) -> None:
    """Count one handled event."""
    EVENTS.labels(service, handler, "ok" if is_handled else "failed").inc()


def count_setback(service: str, handler: str, *, is_parked: bool) -> None:
    """Count one setback."""
    SETBACKS.labels(service, handler, "parked" if is_parked else "delayed").inc()
