"""What must hold on the street of the machine of doubts, after every move and in the end."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.notify import queries
from services.notify.domain import (
    DELIVERY_LIFECYCLE,
    TOPICS,
    DeliveryState,
    Risk,
    Topic,
)
from tests.support.street_life import PRICES, StreetLived
from tests.support.street_moves import Halting, Reporting, Sending
from tests.support.street_providers import Taken

_S = DeliveryState
MOVES = {(move[0], after): move[1] for move, after in DELIVERY_LIFECYCLE.moves.items()}
"""By which action a delivery comes from a state to another."""

UNDER_WAY = ("planned", "sending", "ambiguous")
ROUNDS = 40
"""Of eight hours each, in which everything comes to its end; a release is worth saying for a week."""


class Sound(StreetLived):
    """The invariants, each by its name."""

    def nobody_is_told_twice(self) -> None:
        """Of what would annoy, one copy at most was taken by any provider and did not fail."""
        silent = [str(topic) for topic, rule in TOPICS.items() if rule.in_doubt is Risk.SILENCE]
        asked = "SELECT id FROM notify.message WHERE topic = ANY(:silent)"
        careful = {row.id for row in self.rows(asked, silent=silent)}
        told = Counter(one.message for one in self._taken() if one.how != "failed")
        assert [message for message, times in told.items() if message in careful and times > 1] == []

    def nothing_is_repeated_blindly_for_long(self) -> None:
        assert all(times <= self.policy.repeats for times in self.blind.values())

    def no_message_is_lost_or_counted_as_told_twice(self) -> None:
        """The figures that the audit cries out about; what is rather told twice may be counted so."""
        with self.house.workshop.open() as work:
            figures = queries.count_messages(work.session)
        assert figures.lost == 0
        if all(TOPICS[topic].in_doubt is Risk.SILENCE for topic in self.occasions):
            assert figures.duplicates == 0

    def deliveries_move_as_their_table_says(self) -> None:
        made = {(move.before, move.after) for move in self.moves()}
        assert {move for move in made if move not in MOVES} == set()

    def what_is_called_taken_was_taken(self) -> None:
        """No receipt, forged or of somebody else's message, makes a message of a person's arrive."""
        called = "SELECT id, state FROM notify.delivery WHERE state IN ('accepted', 'delivered')"
        taken = {one.delivery for one in self._taken()}
        assert [row for row in self.rows(called + " AND provider <> 'inbox'") if row.id not in taken] == []

    def a_burst_that_runs_holds_nothing_back(self) -> None:
        held = """SELECT delivery.id FROM notify.burst JOIN notify.message USING (occasion, topic)
            JOIN notify.delivery ON message_id = message.id AND delivery.channel = burst.channel
            WHERE burst.state = 'running' AND delivery.state IN ('planned', 'failed')
                AND due_at = burst.expires_at AND burst.expires_at > :now"""
        assert self.rows(held, now=self.hands.now()) == []

    def what_was_spent_is_what_was_taken_or_in_doubt(self) -> None:
        """Every try that was taken or may have been counts, until its provider says no and asks nothing."""
        (budget,) = self.rows("SELECT spent FROM notify.budget")
        assert budget.spent == self.due(), (budget.spent, self.due())

    def due(self) -> Decimal:
        """Return what the tries so far cost, move by move."""
        counted: dict[UUID, list[str]] = defaultdict(list)
        for move in self.moves():
            tries = counted[move.delivery_id]
            match (move.before, move.after):
                case (_S.SENDING, _S.ACCEPTED | _S.AMBIGUOUS | _S.DELIVERED):
                    tries.append(move.provider)
                case (_S.AMBIGUOUS, _S.PLANNED) if (move.delivery_id, move.tries) in self.disproved:
                    tries.pop()
                case (_S.ACCEPTED | _S.AMBIGUOUS | _S.UNKNOWN, _S.REFUSED) if not _is_due(tries[-1]):
                    tries.pop()
        return sum((_price(name) for tries in counted.values() for name in tries), Decimal(0))

    def moves(self) -> list[Any]:
        """Return the moves of all deliveries, in order."""
        return self.rows("SELECT * FROM street.move ORDER BY id")

    def _taken(self) -> Iterator[Taken]:
        for provider in self.providers.values():
            yield from provider.taken


INVARIANTS = (
    Sound.nobody_is_told_twice,
    Sound.nothing_is_repeated_blindly_for_long,
    Sound.no_message_is_lost_or_counted_as_told_twice,
    Sound.deliveries_move_as_their_table_says,
    Sound.what_is_called_taken_was_taken,
    Sound.a_burst_that_runs_holds_nothing_back,
    Sound.what_was_spent_is_what_was_taken_or_in_doubt,
)


class Ending(Sound, Sending, Reporting, Halting):
    """The end, to which everything comes with time."""

    def ends(self) -> None:
        """Check that with the time everything comes to its end, and that no figure says otherwise."""
        self.resume()
        while self.write_piece():
            pass
        for _ in range(ROUNDS):
            self.lease_ends()
            self.ask()
            self.take("accepted")
            if self._is_over():
                break
            self.pass_time(28_800)
        assert self._is_over()
        self.receipt("arrived")
        assert self.rows("SELECT FROM notify.delivery WHERE state = 'accepted'") == []
        with self.house.workshop.open() as work:
            figures = queries.count_messages(work.session)
        assert (figures.in_doubt, figures.under_way) == (0, 0)
        assert figures.accepted + figures.failed + figures.unknown == figures.due
        self._everybody_was_considered()

    def _is_over(self) -> bool:
        open_ = "SELECT FROM notify.delivery WHERE state = ANY(:open) OR state <> 'accepted' AND due_at > :at"
        return not self.rows(open_, open=list(UNDER_WAY), at=self.began_at)

    def _everybody_was_considered(self) -> None:
        """Check that everybody was told of everything, once, or that their message says why not."""
        whom = {topic: 3 if topic is Topic.RELEASE_DIGEST else 1 for topic in self.occasions}
        written = self.rows("SELECT recipient_id, topic, occasion FROM notify.message")
        assert len(written) == sum(whom[topic] for topic in self.occasions)
        assert self.rows("SELECT FROM notify.broadcast") == []


def _is_due(provider: str) -> bool:
    return provider in PRICES.of and PRICES.of[provider].is_due_when_failed


def _price(provider: str) -> Decimal:
    return PRICES.of[provider].per_part if provider in PRICES.of else Decimal(0)
