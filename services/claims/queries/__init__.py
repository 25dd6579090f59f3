"""What claims shows: the board with its claims, and what follows from them."""

from services.claims.queries.board import (
    get_offer,
    list_claims,
    list_offers,
    my_claims,
    page_size,
    similar_offers,
)

__all__ = [
    "get_offer",
    "list_claims",
    "list_offers",
    "my_claims",
    "page_size",
    "similar_offers",
]
