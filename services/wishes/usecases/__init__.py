"""The verbs of wishes, one function each."""

from services.wishes.usecases.areas import note_areas
from services.wishes.usecases.importing import area_code_for, import_wishes, undo_wish_import
from services.wishes.usecases.intake import amend_wish, enter_wish, submit_wish
from services.wishes.usecases.releasing import release_due, release_wishes
from services.wishes.usecases.roster import check_roster_entry, put_on_roster
from services.wishes.usecases.screening import accept_wish, decline_wish, return_wish
from services.wishes.usecases.standings import (
    note_claims,
    note_ended_claims,
    note_fulfilment,
    note_pool,
    note_waiting,
)
from services.wishes.usecases.tracking import answered, track_wish
from services.wishes.usecases.withdrawing import withdraw_own_wish, withdraw_wish

__all__ = [
    "accept_wish",
    "amend_wish",
    "answered",
    "area_code_for",
    "check_roster_entry",
    "decline_wish",
    "enter_wish",
    "import_wishes",
    "note_areas",
    "note_claims",
    "note_ended_claims",
    "note_fulfilment",
    "note_pool",
    "note_waiting",
    "put_on_roster",
    "release_due",
    "release_wishes",
    "return_wish",
    "submit_wish",
    "track_wish",
    "undo_wish_import",
    "withdraw_own_wish",
    "withdraw_wish",
]
