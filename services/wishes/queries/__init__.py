"""What wishes can be asked: the ledger, the roster, what a release would put up."""

from services.wishes.queries.ledger import get_wish, list_wishes
from services.wishes.queries.releases import preview_release
from services.wishes.queries.roster import list_roster

__all__ = ["get_wish", "list_roster", "list_wishes", "preview_release"]
