"""What wishes can be asked: the ledger, the roster, figures, complaints, what a release would put up."""

from services.wishes.queries.campaigns import get_campaign, list_campaigns
from services.wishes.queries.cards import list_cards
from services.wishes.queries.complaints import get_complaint, list_complaints
from services.wishes.queries.evidence import list_evidence, look_at_evidence
from services.wishes.queries.figures import get_figures, get_report, list_reports
from services.wishes.queries.ledger import get_wish, list_wishes
from services.wishes.queries.referrals import list_referrals
from services.wishes.queries.releases import preview_release
from services.wishes.queries.roster import list_roster
from services.wishes.queries.taxonomy import get_taxonomy

__all__ = [
    "get_campaign",
    "get_complaint",
    "get_figures",
    "get_report",
    "get_taxonomy",
    "get_wish",
    "list_campaigns",
    "list_cards",
    "list_complaints",
    "list_evidence",
    "list_referrals",
    "list_reports",
    "list_roster",
    "list_wishes",
    "look_at_evidence",
    "preview_release",
]
