"""How a confirmation is recognised by whoever cannot open it: one formula for wishes and claims."""

from services.chassis.sealing import Seals

__all__ = [
    "confirmation_index",
]


def confirmation_index(seals: Seals, wish_code: str, confirmation_code: str) -> str:
    """Return the keyed blind index of a confirmation code, bound to its wish by the public code."""
    return seals.index(f"{wish_code}:{confirmation_code}")
