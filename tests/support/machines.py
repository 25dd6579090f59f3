"""What state machines of tests share: which actions their rules play, and how a state is reached."""

from collections import deque
from collections.abc import Callable
from enum import StrEnum
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine

from services.chassis.lifecycle import Lifecycle

Rule = TypeVar("Rule", bound=Callable[..., Any])
Played = tuple[str, str]
"""The name of the actions of a lifecycle, and one of them: two lifecycles may have actions of one name."""


def plays(*actions: StrEnum) -> Callable[[Rule], Rule]:
    """Say of a rule which actions of the tables it plays."""

    def declare(rule: Rule) -> Rule:
        rule.plays = actions  # type: ignore[attr-defined]
        return rule

    return declare


def actions_played(machine: type) -> set[Played]:
    """Return the actions that the rules of a machine declare."""
    rules = (getattr(machine, name) for name in dir(machine))
    return all_of(*(action for rule in rules for action in getattr(rule, "plays", ())))


def all_of(*actions: StrEnum) -> set[Played]:
    """Return actions so that those of several tables can be told apart."""
    return {(type(action).__name__, action.value) for action in actions}


def shortest_way(
    lifecycle: Lifecycle[Any, Any], before: StrEnum, after: StrEnum
) -> list[tuple[StrEnum, StrEnum]]:
    """Return the fewest moves, one at least, that lead from a state to another; raise when none do."""
    ways: deque[tuple[StrEnum, list[tuple[StrEnum, StrEnum]]]] = deque([(before, [])])
    seen: set[StrEnum] = set()
    while ways:
        state, way = ways.popleft()
        for action in lifecycle.actions_in(state):
            reached, longer = lifecycle.after(state, action), [*way, (state, action)]
            if reached == after:
                return longer
            if reached not in seen:
                seen.add(reached)
                ways.append((reached, longer))
    raise AssertionError(f"nothing leads from {before} to {after}")


def go_on_by_dice(life: RuleBasedStateMachine, data: some.DataObject, seed: int, steps: int) -> None:
    """Let a life that has begun go on for many moves, every rule as likely as any other.

    Hypothesis leaves out some rules in each of its lives, so that what needs moves of many kinds in one life
    seldom happens there. The invariants are looked at after every move.
    """
    dice, rules = Random(seed), sorted(life.rules, key=_name_of)
    for one in (dice.choice(rules) for _ in range(steps)):
        said = {name: data.draw(values, label=_name_of(one)) for name, values in one.arguments.items()}
        one.function(life, **said)
        for holds in life.invariants:
            holds.function(life)
    life.teardown()


def _name_of(rule: Any) -> str:
    return str(rule.function.__name__)
