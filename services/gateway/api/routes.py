"""The table of the JSON API: which address, below `/api/v1`, asks which command or query.

A `{name}` in the path fills that field of the contract; the query string fills the fields of a query that is
asked by GET, a JSON body those of everything else. A query that holds something personal is asked by POST, so
that it stands in no address and no log. Nothing else is said here: rights, shapes and texts come from the
contract.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import msgspec

from services.chassis.contracts import STAMPED, Command, Request
from services.claims import contracts as claims
from services.directory import contracts as directory
from services.notify import contracts as notify
from services.points import contracts as points
from services.scheduler import contracts as scheduler
from services.wishes import contracts as wishes

BASE = "/api/v1"


class Method(StrEnum):
    """What may be done to an address."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"


GET, POST, PUT, PATCH, DELETE = Method


@dataclass(frozen=True)
class Route:
    """One address and method, and the contract that is asked there."""

    method: Method
    path: str
    contract: type[Request]
    # The field that the whole body is, where it is a list: machines of others call back here in their own
    # way, with a JSON list or object, with a form, with flat XML and a signature in the query, or by GET.
    whole: str | None = None
    takes_mail: bool = False  # a mail server hands in a mail as it is, as the field `mail` of one item
    takes_any_body: bool = False  # the address says everything (one-click of RFC 8058)

    @property
    def methods(self) -> tuple[Method, ...]:
        """Return the methods that are answered."""
        return (self.method, GET) if self.whole else (self.method,)

    @property
    def template(self) -> str:
        """Return the whole path, with the names of its parameters."""
        return BASE + self.path

    @property
    def tag(self) -> str:
        """Return the name of the service that answers."""
        return self.contract.service()

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Return the names of the fields that the path fills."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @cached_property
    def fields(self) -> tuple[msgspec.structs.FieldInfo, ...]:
        """Return the fields that the query string or the body fills."""
        filled = STAMPED | set(self.parameters)
        return tuple(field for field in msgspec.structs.fields(self.contract) if field.name not in filled)

    @cached_property
    def takes_file(self) -> bool:
        """Say whether a file may be sent, as a form too."""
        return any(field.type is bytes for field in self.fields)

    @property
    def is_command(self) -> bool:
        """Say whether something may change."""
        return issubclass(self.contract, Command)

    @property
    def signs_in(self) -> bool:
        """Say whether the answer opens a session."""
        return self.is_command and self.contract.answer is directory.SignedIn


DIRECTORY = (
    Route(POST, "/sign-in/code", directory.RequestSignInCode),
    Route(POST, "/sign-in/with-code", directory.SignInWithCode),
    Route(POST, "/sign-in/with-password", directory.SignInWithPassword),
    Route(GET, "/me", directory.WhoAmI),
    Route(POST, "/me/password", directory.ChangePassword),
    Route(GET, "/areas", directory.ListAreas),
    Route(POST, "/areas", directory.AddAreas),
    Route(PATCH, "/areas/{area_id}/settings", directory.ChangeAreaSettings),
    Route(PATCH, "/areas/{area_id}/name", directory.RenameArea),
    Route(GET, "/areas/{area_id}/units", directory.ListUnits),
    Route(POST, "/areas/{area_id}/units", directory.AddUnits),
    Route(GET, "/areas/{area_id}/members", directory.ListMembers),
    Route(POST, "/areas/{area_id}/members", directory.AddMembers),
    Route(POST, "/members/{member_id}/phone", directory.ChangeMemberPhone),
    Route(DELETE, "/members/{member_id}", directory.RemoveMember),
    Route(PUT, "/members/{member_id}/free-hours", directory.SetFreeHours),
    Route(GET, "/areas/{area_id}/teams", directory.ListTeams),
    Route(POST, "/areas/{area_id}/teams", directory.CreateTeam),
    Route(PATCH, "/teams/{team_id}", directory.ChangeTeam),
    Route(DELETE, "/teams/{team_id}", directory.CloseTeam),
    Route(GET, "/me/teams", directory.MyTeams),
    Route(POST, "/areas/{area_id}/people/imports", directory.ImportPeople),
    Route(DELETE, "/people/imports/{batch_id}", directory.UndoPeopleImport),
    Route(GET, "/areas/{area_id}/accounts", directory.ListAccounts),
    Route(POST, "/accounts", directory.AddAccount),
    Route(POST, "/accounts/close", directory.CloseAccount),
    Route(POST, "/accounts/password", directory.ResetPassword),
    Route(POST, "/accounts/grants", directory.GrantRole),
    Route(POST, "/accounts/grants/revoke", directory.RevokeRole),
)

WISHES = (
    Route(POST, "/communities/{community_id}/wishes", wishes.SubmitWish),
    Route(POST, "/communities/{community_id}/wishes/entered", wishes.EnterWish),
    Route(POST, "/wishes/track", wishes.TrackWish),
    Route(POST, "/wishes/withdraw", wishes.WithdrawOwnWish),
    Route(GET, "/areas/{area_id}/wishes", wishes.ListWishes),
    Route(GET, "/wishes/{wish_id}", wishes.GetWish),
    Route(PUT, "/wishes/{wish_id}", wishes.AmendWish),
    Route(POST, "/wishes/{wish_id}/accept", wishes.AcceptWish),
    Route(POST, "/wishes/{wish_id}/return", wishes.ReturnWish),
    Route(POST, "/wishes/{wish_id}/decline", wishes.DeclineWish),
    Route(POST, "/wishes/{wish_id}/withdraw", wishes.WithdrawWish),
    Route(POST, "/areas/{area_id}/wishes/imports", wishes.ImportWishes),
    Route(DELETE, "/wishes/imports/{batch_id}", wishes.UndoWishImport),
    Route(GET, "/areas/{area_id}/releases/{period}", wishes.PreviewRelease),
    Route(POST, "/areas/{area_id}/releases/{period}", wishes.ReleaseWishes),
    Route(POST, "/wishes/{wish_id}/contact", wishes.LookUpWisher),
    Route(POST, "/residents/{resident_id}/contact", wishes.LookUpResident),
    Route(GET, "/areas/{area_id}/roster", wishes.ListRoster),
    Route(POST, "/communities/{community_id}/roster", wishes.PutOnRoster),
    Route(POST, "/roster/{resident_id}/check", wishes.CheckRosterEntry),
    Route(GET, "/areas/{area_id}/campaigns", wishes.ListCampaigns),
    Route(POST, "/areas/{area_id}/campaigns", wishes.CreateCampaign),
    Route(GET, "/campaigns/{campaign_id}", wishes.GetCampaign),
    Route(PATCH, "/campaigns/{campaign_id}", wishes.ChangeCampaign),
    Route(POST, "/campaigns/{campaign_id}/call-off", wishes.CallOffCampaign),
    Route(PUT, "/campaigns/{campaign_id}/quotas/{reporter_id}", wishes.SetQuota),
    Route(POST, "/wishes/{wish_id}/campaign", wishes.JoinCampaign),
    Route(POST, "/wishes/{wish_id}/refer", wishes.ReferWish),
    Route(POST, "/wishes/{wish_id}/referral/answer", wishes.AnswerReferral),
    Route(GET, "/areas/{area_id}/referrals", wishes.ListReferrals),
    Route(GET, "/areas/{area_id}/taxonomy", wishes.GetTaxonomy),
    Route(GET, "/wishes/{wish_id}/evidence", wishes.ListEvidence),
    Route(POST, "/wishes/{wish_id}/evidence", wishes.AddEvidence),
    Route(POST, "/evidence/{evidence_id}/look", wishes.LookAtEvidence),
    Route(DELETE, "/evidence/{evidence_id}", wishes.RemoveEvidence),
    Route(GET, "/communities/{community_id}/cards", wishes.ListCards),
    Route(POST, "/communities/{community_id}/cards", wishes.PrintCards),
    Route(GET, "/areas/{area_id}/figures/{period}", wishes.GetFigures),
    Route(GET, "/areas/{area_id}/reports/{period}", wishes.GetReport),
    Route(POST, "/areas/{area_id}/reports/{period}", wishes.SignFigures),
    Route(POST, "/areas/{area_id}/reports/{period}/corrections", wishes.CorrectFigures),
    Route(GET, "/areas/{area_id}/reports/{period}/states", wishes.ListReports),
    Route(POST, "/areas/{area_id}/reports/{period}/reminders", wishes.RemindOfFigures),
    Route(POST, "/complaints", wishes.SubmitComplaint),
    Route(GET, "/complaints", wishes.ListComplaints),
    Route(POST, "/complaints/track", wishes.TrackComplaint),
    Route(GET, "/complaints/{complaint_id}", wishes.GetComplaint),
    Route(POST, "/complaints/{complaint_id}/complainant", wishes.LookUpComplainant),
    Route(POST, "/complaints/{complaint_id}/answer", wishes.AnswerComplaint),
    Route(POST, "/complaints/{complaint_id}/raise", wishes.RaiseComplaint),
)

CLAIMS = (
    Route(GET, "/offers", claims.ListOffers),
    Route(GET, "/offers/{wish_id}", claims.GetOffer),
    Route(GET, "/offers/{wish_id}/similar", claims.SimilarOffers),
    Route(POST, "/offers/{wish_id}/enough", claims.GiveUpFreePlaces),
    Route(POST, "/claims", claims.ClaimWish),
    Route(GET, "/claims", claims.ListClaims),
    Route(GET, "/me/claims", claims.MyClaims),
    Route(POST, "/claims/{claim_id}/undo", claims.UndoClaim),
    Route(POST, "/claims/{claim_id}/return", claims.ReturnClaim),
    Route(POST, "/claims/{claim_id}/contact", claims.LookUpContact),
    Route(POST, "/claims/{claim_id}/deliver", claims.DeliverClaim),
    Route(POST, "/claims/{claim_id}/confirm", claims.ConfirmFulfilment),
    Route(POST, "/claims/{claim_id}/not-done", claims.ReportNotDone),
    Route(POST, "/fulfilments/confirm", claims.ConfirmByResident),
    Route(POST, "/fulfilments/not-done", claims.ReportNotDoneByResident),
    Route(POST, "/units/{unit_id}/claims", claims.ClaimForUnit),
    Route(POST, "/teams/{team_id}/claims", claims.ClaimForTeam),
    Route(POST, "/units/{unit_id}/joint-claims", claims.ClaimJointly),
    Route(POST, "/claims/{claim_id}/parts/{party_id}/done", claims.FinishJointPart),
    Route(GET, "/claims/{claim_id}/parts", claims.ListJointParts),
    Route(POST, "/claims/{claim_id}/named-person", claims.LookUpNamedPerson),
    Route(POST, "/claims/batch", claims.ClaimBatch),
    Route(POST, "/offers/{wish_id}/line", claims.WaitForPlace),
    Route(GET, "/me/line", claims.MyWaiting),
    Route(POST, "/line/{waiting_id}/leave", claims.LeaveLine),
    Route(POST, "/line/{waiting_id}/accept", claims.AcceptPlace),
    Route(POST, "/line/{waiting_id}/decline", claims.DeclinePlace),
    Route(POST, "/offers/{wish_id}/pledges", claims.PledgeTowardsWish),
    Route(GET, "/offers/{wish_id}/pool", claims.GetPool),
    Route(GET, "/pledges", claims.ListPledges),
    Route(GET, "/me/pledges", claims.MyPledges),
    Route(POST, "/pledges/{pledge_id}/withdraw", claims.WithdrawPledge),
    Route(POST, "/pledges/{pledge_id}/receive", claims.ReceivePledge),
    Route(POST, "/pledges/{pledge_id}/give-back", claims.GiveBackPledge),
    Route(GET, "/me/suggestions", claims.SuggestWishes),
    Route(GET, "/offers/{wish_id}/suggestions", claims.SuggestMembers),
    Route(POST, "/offers/{wish_id}/dispatches", claims.DispatchWish),
    Route(GET, "/dispatches", claims.ListDispatches),
    Route(GET, "/me/dispatches", claims.MyDispatches),
    Route(POST, "/dispatches/{dispatch_id}/withdraw", claims.WithdrawDispatch),
    Route(POST, "/dispatches/{dispatch_id}/accept", claims.AcceptDispatch),
    Route(POST, "/dispatches/{dispatch_id}/decline", claims.DeclineDispatch),
    Route(GET, "/satisfaction-levels", claims.ListSatisfactionLevels),
    Route(GET, "/call-backs", claims.ListCallBacks),
    Route(POST, "/call-backs/{claim_id}", claims.RecordCallBack),
    Route(GET, "/rectifications", claims.ListRectifications),
    Route(GET, "/me/rectifications", claims.MyRectifications),
    Route(POST, "/rectifications/{rectification_id}/remedied", claims.ReportRectified),
    Route(POST, "/rectifications/{rectification_id}/settle", claims.SettleRectification),
    Route(GET, "/escalations", claims.ListEscalations),
    Route(GET, "/arrangements", claims.ListArrangements),
    Route(POST, "/offers/{wish_id}/arrangements", claims.ArrangeVisits),
    Route(POST, "/arrangements/{arrangement_id}/end", claims.EndVisits),
    Route(POST, "/arrangements/{arrangement_id}/leave", claims.LeaveVisits),
    Route(GET, "/visits", claims.ListVisits),
    Route(GET, "/me/visits", claims.MyVisits),
    Route(POST, "/visits/{visit_id}/record", claims.RecordVisit),
    Route(GET, "/projects/open", claims.ListOpenProjects),
    Route(GET, "/projects", claims.ListProjects),
    Route(GET, "/me/projects", claims.MyProjects),
    Route(POST, "/areas/{area_id}/projects", claims.ProposeProject),
    Route(POST, "/areas/{area_id}/projects/of-unit", claims.ProposeUnitProject),
    Route(POST, "/projects/{project_id}/revise", claims.ReviseProject),
    Route(POST, "/projects/{project_id}/approve", claims.ApproveProject),
    Route(POST, "/projects/{project_id}/send-back", claims.SendBackProject),
    Route(POST, "/projects/{project_id}/claim", claims.ClaimProject),
    Route(POST, "/projects/{project_id}/leave", claims.LeaveProject),
    Route(POST, "/projects/{project_id}/withdraw", claims.WithdrawProject),
    Route(POST, "/milestones/{milestone_id}/reached", claims.ReachMilestone),
    Route(POST, "/projects/{project_id}/complete", claims.CompleteProject),
    Route(POST, "/projects/{project_id}/sign-off", claims.SignOffProject),
    Route(GET, "/projects/{project_id}/letters/{unit_id}", claims.GetLetterOfIntent),
)

POINTS = (
    Route(GET, "/me/card", points.MyCard),
    Route(GET, "/areas/{area_id}/rules", points.ListRules),
    Route(POST, "/areas/{area_id}/rules", points.SetRule),
    Route(GET, "/points/entries", points.ListEntries),
    Route(GET, "/points/recognitions", points.ListRecognitions),
    Route(GET, "/feedback", points.ListFeedback),
    Route(GET, "/me/feedback", points.MyFeedback),
    Route(GET, "/feedback/{report_id}", points.GetFeedback),
    Route(POST, "/feedback/{report_id}/receipt", points.AcknowledgeFeedback),
    Route(POST, "/feedback/{report_id}/reply", points.ReplyToFeedback),
    Route(POST, "/feedback/{report_id}/circulation", points.RecordCirculation),
    Route(POST, "/points/entries/{entry_id}/corrections", points.ProposeCorrection),
    Route(GET, "/points/corrections", points.ListCorrections),
    Route(POST, "/points/corrections/{correction_id}/approve", points.ApproveCorrection),
    Route(POST, "/points/corrections/{correction_id}/reject", points.RejectCorrection),
    Route(GET, "/points/recognitions/{recognition_id}", points.GetRecognition),
    Route(POST, "/points/recognitions/{recognition_id}/nomination", points.NominateOutstanding),
    Route(GET, "/points/nominations", points.ListNominations),
    Route(POST, "/points/nominations/{nomination_id}/approve", points.ApproveNomination),
    Route(POST, "/points/nominations/{nomination_id}/decline", points.DeclineNomination),
    Route(GET, "/areas/{area_id}/duties", points.ListDuties),
    Route(POST, "/areas/{area_id}/duties", points.SetDuty),
    Route(GET, "/me/obligations", points.MyObligations),
    Route(GET, "/obligations", points.ListObligations),
    Route(GET, "/obligations/counts", points.CountObligations),
    Route(GET, "/me/notices", points.MyNotices),
    Route(POST, "/me/notices/{notice_id}/objection", points.ObjectToNotice),
    Route(GET, "/notices/objections", points.ListObjections),
    Route(POST, "/notices/{notice_id}/uphold", points.UpholdNotice),
    Route(POST, "/notices/{notice_id}/withdraw", points.WithdrawNotice),
    Route(POST, "/me/name-shown", points.ChooseNameShown),
    Route(GET, "/areas/{area_id}/ranking", points.RankMembers),
)

NOTIFY = (
    Route(GET, "/me/inbox", notify.MyInbox),
    Route(POST, "/me/inbox/{item_id}/read", notify.MarkRead),
    Route(GET, "/deliveries", notify.ListDeliveries),
    Route(GET, "/deliveries/counts", notify.CountDeliveries),
    Route(GET, "/deliveries/unended", notify.ListUnended),
    Route(GET, "/deliveries/outcomes", notify.CountOutcomes),
    Route(POST, "/deliveries/{delivery_id}/retry", notify.RetryDelivery),
    Route(GET, "/me/channels", notify.MyChannels),
    Route(POST, "/receipts/{provider}/{token}", notify.TakeReceipts, whole="reports", takes_mail=True),
    Route(POST, "/me/channels/{channel}", notify.NoteHandle),
    Route(GET, "/channels", notify.SeeChannels),
    Route(POST, "/channels/{channel}/try", notify.TryChannel),
    Route(GET, "/words/check", notify.CheckWords),
    Route(GET, "/areas/{area_id}/words", notify.ReadWords),
    Route(POST, "/areas/{area_id}/words/preview", notify.PreviewWords),
    Route(PUT, "/areas/{area_id}/words", notify.OverrideWords),
    Route(GET, "/areas/{area_id}/words/overrides", notify.ListOverrides),
    Route(POST, "/words/overrides/{override_id}/withdraw", notify.WithdrawOverride),
    Route(GET, "/me/preferences", notify.MyPreferences),
    Route(PUT, "/me/preferences", notify.SetPreferences),
    Route(POST, "/replies/{provider}/{token}", notify.TakeReplies, whole="replies"),
    Route(POST, "/unsubscribe/{token}", notify.Unsubscribe, takes_any_body=True),
    Route(POST, "/suppressions/check", notify.CheckSuppression),
    Route(POST, "/suppressions", notify.SuppressAddress),
    Route(POST, "/suppressions/lift", notify.LiftSuppression),
    Route(GET, "/messages/costs/{month}", notify.GetCosts),
    Route(PUT, "/areas/{area_id}/budgets/{month}", notify.SetBudget),
    Route(GET, "/bursts", notify.ListBursts),
    Route(GET, "/bursts/plan", notify.PlanBurst),
    Route(GET, "/bursts/{burst_id}", notify.GetBurst),
    Route(POST, "/bursts/{burst_id}/start", notify.StartBurst),
    Route(POST, "/bursts/{burst_id}/pause", notify.PauseBurst),
    Route(POST, "/bursts/{burst_id}/resume", notify.ResumeBurst),
)

SCHEDULER = (
    Route(GET, "/jobs", scheduler.ListJobs),
    Route(POST, "/jobs/check", scheduler.CheckJobs),
    Route(POST, "/jobs/held", scheduler.SettleHeldPeriod),
)

ROUTES = DIRECTORY + WISHES + CLAIMS + POINTS + NOTIFY + SCHEDULER

NOT_ON_THE_WEB: dict[type[Request], str] = {
    directory.ListEndedSessions: "the gateway itself asks it, to know who is signed in",
}
"""Commands and queries that no route asks, each with the reason; a structure test wants all others above."""
