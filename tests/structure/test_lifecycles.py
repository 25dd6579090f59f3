"""The diagrams in the documents are the tables in the code."""

from services.chassis.refusals import IllegalMove
from services.chassis.words import catalogue
from tests.structure.redraw import EVENTS, EVENTS_END, MARK, PAGE, drawn, lifecycles, listed


def test_every_lifecycle_is_drawn_in_the_architecture_as_it_stands_in_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8").partition(MARK)[2] == drawn()


def test_every_event_stands_in_the_architecture_with_those_who_hear_it() -> None:
    assert PAGE.read_text(encoding="utf-8").partition(EVENTS)[2].partition(EVENTS_END)[0] == listed()


def test_there_are_lifecycles_of_wishes_offers_claims_and_deliveries() -> None:
    names = " ".join(lifecycles())
    for name in ("wish", "offer", "claim", "delivery"):
        assert name in names


def test_every_state_has_a_word_that_people_read_when_a_move_is_refused() -> None:
    states = {state.value for lifecycle in lifecycles().values() for state in type(lifecycle.starts)}
    said = {
        code.removeprefix(f"{IllegalMove.code}.") for code in catalogue() if code.startswith(IllegalMove.code)
    }
    assert said - {IllegalMove.code} == states


def test_no_state_is_a_dead_end_by_mistake_and_none_is_unreachable() -> None:
    for title, lifecycle in lifecycles().items():
        reachable, frontier = {lifecycle.starts}, [lifecycle.starts]
        while frontier:
            state = frontier.pop()
            for (before, _), after in lifecycle.moves.items():
                if before == state and after not in reachable:
                    reachable.add(after)
                    frontier.append(after)
        assert reachable == set(lifecycle.starts.__class__.__members__.values()), title
