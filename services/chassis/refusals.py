"""Refusals: a clear no with a stable code, said to whoever asked; the words live in `words.toml`."""

from enum import StrEnum
from typing import Any, ClassVar


class RefusalKind(StrEnum):
    """What sort of no it is; a door may map it to a status of its own protocol."""

    INVALID = "invalid"  # the request itself is wrong
    UNKNOWN = "unknown"  # what it speaks of does not exist, or not for this caller
    UNIDENTIFIED = "unidentified"  # the caller must sign in first
    FORBIDDEN = "forbidden"  # the caller has no right to it
    CONFLICT = "conflict"  # the present state does not allow it
    LIMITED = "limited"  # too much or too often
    UNAVAILABLE = "unavailable"  # a part of the house does not answer now


class Refusal(Exception):
    """The base of every refusal; subclasses set `code` and `kind` and say the reason in their name.

    The keyword arguments fill the sentence that the user reads. They never hold personal data.
    """

    code: ClassVar[str] = "chassis.refused"
    kind: ClassVar[RefusalKind] = RefusalKind.CONFLICT

    def __init__(self, **arguments: Any) -> None:
        """Keep the arguments of the sentence."""
        super().__init__(self.code)
        self.arguments = arguments

    def to_wire(self) -> dict[str, Any]:
        """Return what crosses the broker: code, kind and arguments."""
        return {"code": self.code, "kind": self.kind.value, "arguments": self.arguments}


class RemoteRefusal(Refusal):
    """A refusal that came over the wire; it carries the code of the service that refused."""

    def __init__(self, code: str, kind: str, arguments: dict[str, Any]) -> None:
        """Rebuild a refusal from its wire form."""
        super().__init__(**arguments)
        self.args = (code,)
        self.code = code  # type: ignore[misc]  # the instance speaks for another class
        self.kind = RefusalKind(kind)  # type: ignore[misc]


class IllegalMove(Refusal):
    """The thing is in a state that does not allow this action."""

    code = "chassis.illegal_move"


class Malformed(Refusal):
    """The request does not have the shape its contract asks for."""

    code = "chassis.malformed"
    kind = RefusalKind.INVALID


class NotPermitted(Refusal):
    """The caller's roles do not reach this place."""

    code = "chassis.not_permitted"
    kind = RefusalKind.FORBIDDEN


class SignInNeeded(Refusal):
    """Nobody is signed in, and this is not open to everyone."""

    code = "chassis.sign_in_needed"
    kind = RefusalKind.UNIDENTIFIED


class NotFound(Refusal):
    """There is no such thing, or not for this caller."""

    code = "chassis.not_found"
    kind = RefusalKind.UNKNOWN


class KeyUsedOtherwise(Refusal):
    """Something else was asked with this idempotency key; nothing was done now."""

    code = "chassis.key_used_otherwise"
    kind = RefusalKind.CONFLICT


class NoAnswer(Refusal):
    """The service did not answer before the deadline; asking again with the same key is safe."""

    code = "chassis.no_answer"
    kind = RefusalKind.UNAVAILABLE


class Unavailable(Refusal):
    """A part of the house (broker, database) cannot be reached now; nothing was changed."""

    code = "chassis.unavailable"
    kind = RefusalKind.UNAVAILABLE


class Faulted(Refusal):
    """A fault of ours; it is in the log under this request's id and nothing was changed."""

    code = "chassis.faulted"
    kind = RefusalKind.UNAVAILABLE
