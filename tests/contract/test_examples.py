"""Every event has an example that must always decode: a letter written yesterday is read tomorrow."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from services.chassis.contracts import Event
from services.chassis.messaging import wire
from tests.structure.census import events

EXAMPLES = Path(__file__).with_name("examples")
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def example_of(event: type[Event]) -> Path:
    """Return the file of an event's example."""
    return EXAMPLES / f"{event.source}.{event.name}.json"


def content_of(event: type[Event]) -> dict[str, Any]:
    """Return what the example says."""
    content: dict[str, Any] = json.loads(example_of(event).read_text(encoding="utf-8"))
    return content


EACH = pytest.mark.parametrize("event", events(), ids=lambda event: f"{event.source}.{event.name}")


@EACH
def test_the_example_of_an_event_decodes_and_loses_nothing(event: type[Event]) -> None:
    body = example_of(event).read_bytes()
    decoded = event.from_wire(body)
    assert wire.event_id_in(body) == decoded.event_id
    assert event.from_wire(decoded.to_wire()) == decoded
    assert set(content_of(event)) <= set(event.__struct_fields__), "fields that the event does not know"


@EACH
def test_an_event_of_next_year_with_a_field_more_still_decodes(event: type[Event]) -> None:
    more = content_of(event) | {"field_of_next_year": {"anything": [1, "two"]}}
    assert event.from_wire(json.dumps(more)) == event.from_wire(example_of(event).read_bytes())


@EACH
def test_an_example_holds_no_telephone_number(event: type[Event]) -> None:
    assert not MOBILE.search(example_of(event).read_text(encoding="utf-8"))


def test_there_is_no_example_without_an_event() -> None:
    assert {file.name for file in EXAMPLES.iterdir()} == {example_of(event).name for event in events()}
