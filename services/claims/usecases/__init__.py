"""The verbs of claims; each takes `work`, a command or event, and `now`."""

from services.claims.usecases.aftercare import (
    note_overdue_rectifications,
    record_call_back,
    report_rectified,
    settle_rectification,
)
from services.claims.usecases.claiming import claim_wishes
from services.claims.usecases.collective import (
    claim_batch,
    claim_for_team,
    claim_for_unit,
    claim_jointly,
    finish_joint_part,
)
from services.claims.usecases.copying import note_teams, note_units
from services.claims.usecases.dispatching import (
    accept_dispatch,
    decline_dispatch,
    dispatch_wish,
    move_dispatches,
    withdraw_dispatch,
)
from services.claims.usecases.ending import lapse_claims, report_not_done, return_claim, undo_claim
from services.claims.usecases.escalating import (
    escalate,
)
from services.claims.usecases.fulfilling import (
    confirm_by_resident,
    confirm_fulfilment,
    deliver_claim,
    report_not_done_by_resident,
)
from services.claims.usecases.looking import look_up_contact, look_up_named_person
from services.claims.usecases.offering import note_areas, note_members, offer_wishes, withdraw_offer
from services.claims.usecases.pledging import (
    give_back_pledge,
    lapse_pools,
    pledge_towards_wish,
    receive_pledge,
    withdraw_pledge,
)
from services.claims.usecases.projects import (
    approve_project,
    claim_project,
    complete_project,
    leave_project,
    propose_project,
    propose_unit_project,
    reach_milestone,
    revise_project,
    send_back_project,
    sign_off_project,
    withdraw_project,
)
from services.claims.usecases.reminding import remind_of_claims
from services.claims.usecases.sufficing import give_up_free_places
from services.claims.usecases.visiting import (
    arrange_visits,
    end_visits,
    leave_visits,
    look_after_visits,
    record_visit,
)
from services.claims.usecases.waiting import (
    accept_place,
    decline_place,
    leave_line,
    pass_on_unanswered,
    wait_for_place,
)

__all__ = [
    "accept_dispatch",
    "accept_place",
    "approve_project",
    "arrange_visits",
    "claim_batch",
    "claim_for_team",
    "claim_for_unit",
    "claim_jointly",
    "claim_project",
    "claim_wishes",
    "complete_project",
    "confirm_by_resident",
    "confirm_fulfilment",
    "decline_dispatch",
    "decline_place",
    "deliver_claim",
    "dispatch_wish",
    "end_visits",
    "escalate",
    "finish_joint_part",
    "give_back_pledge",
    "give_up_free_places",
    "lapse_claims",
    "lapse_pools",
    "leave_line",
    "leave_project",
    "leave_visits",
    "look_after_visits",
    "look_up_contact",
    "look_up_named_person",
    "move_dispatches",
    "note_areas",
    "note_members",
    "note_overdue_rectifications",
    "note_teams",
    "note_units",
    "offer_wishes",
    "pass_on_unanswered",
    "pledge_towards_wish",
    "propose_project",
    "propose_unit_project",
    "reach_milestone",
    "receive_pledge",
    "record_call_back",
    "record_visit",
    "remind_of_claims",
    "report_not_done",
    "report_not_done_by_resident",
    "report_rectified",
    "return_claim",
    "revise_project",
    "send_back_project",
    "settle_rectification",
    "sign_off_project",
    "undo_claim",
    "wait_for_place",
    "withdraw_dispatch",
    "withdraw_offer",
    "withdraw_pledge",
    "withdraw_project",
]
