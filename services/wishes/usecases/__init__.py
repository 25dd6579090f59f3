"""The verbs of wishes, one function each."""

from services.wishes.usecases.areas import note_areas
from services.wishes.usecases.campaigns import call_off_campaign, change_campaign, create_campaign, set_quota
from services.wishes.usecases.cards import print_cards
from services.wishes.usecases.complaining import (
    answer_complaint,
    escalate_complaints,
    look_up_complainant,
    raise_complaint,
    submit_complaint,
    track_complaint,
)
from services.wishes.usecases.counting import (
    AboutFigures,
    count_by_night,
    count_moves,
    look_for_moves,
)
from services.wishes.usecases.days import begin_day
from services.wishes.usecases.evidence import add_evidence, remove_evidence
from services.wishes.usecases.importing import area_code_for, import_wishes, undo_wish_import
from services.wishes.usecases.intake import amend_wish, enter_wish, submit_wish
from services.wishes.usecases.looking import look_up_resident, look_up_wisher
from services.wishes.usecases.quotas import join_campaign
from services.wishes.usecases.referring import answer_referral, refer_wish
from services.wishes.usecases.releasing import release_due, release_wishes
from services.wishes.usecases.reporting import (
    correct_figures,
    remind_by_calendar,
    remind_of_figures,
    sign_figures,
)
from services.wishes.usecases.roster import check_roster_entry, put_on_roster
from services.wishes.usecases.screening import accept_wish, decline_wish, return_wish
from services.wishes.usecases.standings import (
    note_claims,
    note_ended_claims,
    note_free_places_given_up,
    note_fulfilment,
    note_pool,
    note_waiting,
)
from services.wishes.usecases.tracking import answered, track_wish
from services.wishes.usecases.withdrawing import withdraw_own_wish, withdraw_wish

__all__ = [
    "AboutFigures",
    "accept_wish",
    "add_evidence",
    "amend_wish",
    "answer_complaint",
    "answer_referral",
    "answered",
    "area_code_for",
    "begin_day",
    "call_off_campaign",
    "change_campaign",
    "check_roster_entry",
    "correct_figures",
    "count_by_night",
    "count_moves",
    "create_campaign",
    "decline_wish",
    "enter_wish",
    "escalate_complaints",
    "import_wishes",
    "join_campaign",
    "look_for_moves",
    "look_up_complainant",
    "look_up_resident",
    "look_up_wisher",
    "note_areas",
    "note_claims",
    "note_ended_claims",
    "note_free_places_given_up",
    "note_fulfilment",
    "note_pool",
    "note_waiting",
    "print_cards",
    "put_on_roster",
    "raise_complaint",
    "refer_wish",
    "release_due",
    "release_wishes",
    "remind_by_calendar",
    "remind_of_figures",
    "remove_evidence",
    "return_wish",
    "set_quota",
    "sign_figures",
    "submit_complaint",
    "submit_wish",
    "track_complaint",
    "track_wish",
    "undo_wish_import",
    "withdraw_own_wish",
    "withdraw_wish",
]
