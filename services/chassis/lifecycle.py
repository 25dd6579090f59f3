"""A table of states and moves is the state machine; its diagram is drawn from the table."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from services.chassis.refusals import IllegalMove

State = TypeVar("State", bound=StrEnum)
Action = TypeVar("Action", bound=StrEnum)


class Lifecycle(Generic[State, Action]):
    """Which action leads from which state to which; everything else is refused."""

    def __init__(self, moves: Mapping[tuple[State, Action], State], *, starts: State) -> None:
        """Take the table of `(state, action) -> state` and the state in which a life `starts`."""
        self.moves = dict(moves)
        self.starts = starts

    def after(self, state: State, action: Action) -> State:
        """Return the state after `action`; raise `IllegalMove` when the table has no such move."""
        try:
            return self.moves[state, action]
        except KeyError:
            raise IllegalMove(state=state.value, action=action.value) from None

    def allows(self, state: State, action: Action) -> bool:
        """Say whether `action` may be taken in `state`."""
        return (state, action) in self.moves

    def actions_in(self, state: State) -> list[Action]:
        """Return the actions that may be taken in `state`, in the order of the table."""
        return [action for (at, action) in self.moves if at == state]

    def states_for(self, action: Action) -> list[State]:
        """Return the states in which `action` may be taken, for the WHERE of a set-based move."""
        return [state for (state, taken) in self.moves if taken == action]

    @property
    def final_states(self) -> set[State]:
        """Return the states that no move leaves."""
        return set(self.moves.values()) - {state for state, _ in self.moves}

    def mermaid(self) -> str:
        """Return the diagram for the documents; a structure test holds it equal to the table."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.starts.value}"]
        lines += [f"    {state} --> {after}: {action}" for (state, action), after in self.moves.items()]
        lines += [f"    {state.value} --> [*]" for state in sorted(self.final_states)]
        return "\n".join(lines)
