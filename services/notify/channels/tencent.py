"""SMS through Tencent Cloud (2021-01-11): registered templates, up to 200 numbers a call, each answered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from time import sleep
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from services.chassis.clock import WallClock
from services.chassis.showing import Address, Shown
from services.notify.channels import Parcel, described_by
from services.notify.channels.asking import SENT_WITHIN, UNSAID, Known, Question, Word
from services.notify.channels.calls import all_of, apart, grouped
from services.notify.channels.codes import Codes
from services.notify.channels.outcomes import UNREADABLE
from services.notify.channels.pace import OwnTurns, Turns
from services.notify.channels.reaching import host_alone
from services.notify.channels.receipts import Receipt, counted
from services.notify.channels.registered_sms import (
    AccountSettings,
    RegisteredSms,
    Worded,
    digits_of,
    mark_of,
    marked,
)
from services.notify.channels.registry import NUMBERED
from services.notify.channels.replies import Reply, replies_in
from services.notify.channels.signatures import tc3_authorization
from services.notify.channels.web import IN_DOUBT, Answer, by_status, code_of, without_words
from services.notify.domain import NO_LIMITS, Limits, Outcome, Rate, is_mainland

MOST = 200
QUESTIONS = Limits(rates=(Rate(most=20),), are_of_calls=True)
STATUSES: Mapping[Any, Known] = {"SUCCESS": Known.ARRIVED, "FAIL": Known.FAILED}
JSON = "application/json"

CODES: dict[str, Any] = {
    "accepted": ("Ok",),
    "wait": (
        "LimitExceeded.*",
        "RequestLimitExceeded*",
        "FailedOperation.MarketingSendTimeConstraint",
    ),
    "retry": (
        "InternalError*",
        "FailedOperation.OtherError",
        "FailedOperation.ParametersOtherError",  # "unknown"
        "ResourceUnavailable*",
    ),
    "elsewhere": (
        "FailedOperation.MissingSignature*",
        "FailedOperation.MissingTemplate*",
        "FailedOperation.SignIdNotExist",
        "FailedOperation.SignatureIncorrectOrUnapproved",
        "FailedOperation.Template*",
        "FailedOperation.ForbidAddMarketingTemplates",
        "FailedOperation.QualificationIdNotApproved",
        "UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny",
        # The template, or the account, is for numbers of the other kind, or of other countries.
        "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone",
        "UnsupportedOperation.GlobalTemplateToChineseMainlandPhone",
        "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber",
        "UnsupportedOperation.ContainDomesticPhoneNumber",
        "UnsupportedOperation.UnsupportedRegion",
    ),
    "permanent": (
        "InvalidParameter*",
        "MissingParameter*",
        "UnsupportedOperation*",
        "UnknownParameter",
        "FailedOperation.ContainSensitiveWord",
        "FailedOperation.FailResolvePacket",
        "FailedOperation.JsonParseFail",
        "FailedOperation.PhoneNumberParseFail",
        "FailedOperation.SignNumberLimit",
        "LimitExceeded.AppCountryOrRegionInBlacklist",
        "LimitExceeded.PhoneNumberCountLimit",
    ),
    "opted_out": (
        "FailedOperation.PhoneNumberInBlacklist",
        # In receipts: whoever unsubscribed (MX:0012, TUIDING), complained, or is held back by a carrier.
        "MX:0011",
        "MX:0012",
        "TUIDING",
        "TD:19",
        "TC:0001",
        "MB:1077",
        "DB:0141",
        "DB:0144",
        "DB:0145",
        "DB:0146",
        "DB:0164",
        "DB:00144",
        "ER:101",
        "ERR-209",
        "SME13",
        "TD:0001",
        "TD:88",
        "TSBLACK",
        "UE:0003",
    ),
    "stop": (
        "AuthFailure*",
        "UnauthorizedOperation*",
        "FailedOperation.InsufficientBalanceInSmsPackage",
        "FailedOperation.NotEnterpriseCertification",
        "FailedOperation.ProhibitSubAccountUse",
        "InternalError.RequestTimeException",
        "InternalError.RestApiInterfaceNotExist",
        "InternalError.Sig*",
        "InvalidParameter.AppidAndBizId",
        "InvalidParameterValue.SdkAppIdNotExist",
        "InvalidAction",
        "ActionOffline",
        "IpInBlacklist",
        "IpNotInWhitelist",
        "NoSuchProduct",
        "NoSuchVersion",
        "UnsupportedRegion",
    ),
    "ambiguous": (  # behind Tencent's own door the answer got lost
        "InternalError.Timeout",
        "InternalError.SendAndRecvFail",
        "InternalError.ParseBackendResponseFail",
    ),
    "rests": {  # limits of the account; those of a number, or of a country abroad, concern nobody else
        "LimitExceeded.AppDailyLimit": timedelta(hours=1),
        "LimitExceeded.AppMainlandChinaDailyLimit": timedelta(hours=1),
        "RequestLimitExceeded*": timedelta(seconds=1),
    },
}
"""Held against the words beside each code in the vendor's own programme (errorcodes of 2021-01-11), and its
pages 错误码 (those of all products) and 短信发送和回执状态错误码 (Error Codes for Status Report).

Of the many codes of receipts only those are here by which a number is on a list; all others are failures.
"""


class TencentSettings(AccountSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An account of Tencent Cloud SMS: the id and key of its API secret, and its application."""

    app_id: Annotated[Shown, Meta(pattern="^[0-9]+$")]  # SmsSdkAppId
    region: Shown = "ap-guangzhou"
    endpoint: Address = "https://sms.tencentcloudapi.com"


class TencentSms(RegisteredSms):
    """Sends SMS through one application of one account."""

    provider = "tencent"
    limits = NO_LIMITS

    def __init__(self, settings: TencentSettings) -> None:
        """Take the account; raise `WrongSettings` for a template that cannot be used."""
        super().__init__(settings, NUMBERED)
        self._settings = settings
        self._host = host_alone("endpoint", settings.endpoint)
        self._codes = Codes(**CODES, changed=settings.codes)
        self.turns: Turns = OwnTurns()

    def _calls(self, packed: Worded) -> Iterable[Worded]:
        """Return what goes together: one wording, to numbers of mainland China only or to others only."""
        for group in grouped(packed, lambda parcel, wording: (wording, is_mainland(parcel.address))):
            yield from apart(group, MOST)

    def _call(self, packed: Worded, ends_at: float) -> Mapping[UUID, Outcome]:
        mark = mark_of(packed)
        answer = self._request("SendSms", self._told(packed, mark), len(packed))
        outcome = _of_the_call(answer, self._codes)
        if outcome is not None:
            return all_of(packed, marked(outcome, mark))
        statuses = _by_number(answer)
        return {
            parcel.delivery_id: marked(self._outcome(parcel, statuses.get(parcel.address)), mark)
            for parcel, _ in packed
        }

    def ask(self, questions: Sequence[Question]) -> Mapping[UUID, Word]:
        """Ask for the receipts of each number, at most 20 a second; a message is known by its context.

        Only what has a receipt is told, so that a silence proves nothing.
        """
        words = {}
        for question in questions:
            while wait := self.turns.take(QUESTIONS, "questions"):  # left out, it were asked much later
                sleep(wait.total_seconds())
            words[question.delivery_id] = self._look_up(question)
        return words

    def read(self, reports: Sequence[Mapping[str, Any]]) -> list[Receipt]:
        """Return the receipts of a push."""
        return [self._receipt(report) for report in reports if str(report.get("report_status")) in STATUSES]

    def _receipt(self, report: Mapping[str, Any]) -> Receipt:
        code = code_of(str(report.get("errmsg") or ""))
        return Receipt(
            STATUSES[str(report["report_status"])],
            digits_of(report.get("mobile")),
            reference=str(report.get("sid") or ""),
            code=code,
            opts_out=self._codes.opts_out(code),
        )

    def read_replies(self, replies: Sequence[Mapping[str, Any]]) -> list[Reply]:
        """Return the answers in a push; Tencent pushes each by itself."""
        return replies_in(replies, "mobile", "text", "nationcode")

    def _look_up(self, question: Question) -> Word:
        began = int((question.at - SENT_WITHIN).timestamp())
        asked = {
            "BeginTime": began,
            "Offset": 0,
            "Limit": 100,
            "PhoneNumber": question.address,
            "SmsSdkAppId": self._settings.app_id,
        }
        answer = self._request("PullSmsSendStatusByPhoneNumber", asked, 1)
        statuses = _response(answer).get("PullSmsSendStatusSet") if isinstance(answer, Answer) else None
        return _word(question, statuses, self._codes)

    def _told(self, packed: Worded, mark: str) -> dict[str, Any]:
        wording = packed[0][1]
        return {
            "PhoneNumberSet": [parcel.address for parcel, _ in packed],
            "SmsSdkAppId": self._settings.app_id,
            "SignName": wording.signature,
            "TemplateId": wording.template,
            "TemplateParamSet": [value for _, value in wording.variables],
            "SessionContext": mark,
        }

    def _request(self, action: str, told: dict[str, Any], about: int) -> Answer | Outcome:
        settings, at = self._settings, WallClock().now()
        body = msgspec.json.encode(told).decode()
        headers = {
            "Content-Type": JSON,
            "Host": self._host,
            "X-TC-Action": action,
            "X-TC-Version": "2021-01-11",
            "X-TC-Timestamp": str(int(at.timestamp())),
            "X-TC-Region": settings.region,
            "Authorization": tc3_authorization(
                settings.key_id, settings.key_secret, "sms", self._host, JSON, body, at
            ),
        }
        address = f"{settings.endpoint}/"
        return self._web.call("POST", address, about, data=body.encode(), headers=headers)

    def _outcome(self, parcel: Parcel, status: Mapping[str, Any] | None) -> Outcome:
        if status is None:  # a number that the answer leaves out may have been told all the same
            return UNREADABLE
        outcome = self._codes.outcome(str(status.get("Code")), str(status.get("SerialNo") or ""))
        return replace(without_words(outcome, parcel), parts=counted(status.get("Fee")))


def _word(question: Question, statuses: Any, codes: Codes) -> Word:
    names = {str(question.delivery_id), question.reference} - {""}
    for status in statuses if isinstance(statuses, list) else []:
        said = status if isinstance(status, dict) else {}
        if {str(said.get("SessionContext")), str(said.get("SerialNo"))} & names:
            known = STATUSES.get(str(said.get("ReportStatus")), Known.UNSAID)
            code = code_of(str(said.get("Description") or ""))
            return Word(known, code, opts_out=codes.opts_out(code))
    return UNSAID


def _of_the_call(answer: Answer | Outcome, codes: Codes) -> Outcome | None:
    """Return what an answer means for every number of a call, or None when each has its own."""
    if isinstance(answer, Outcome):
        return answer
    said = _response(answer)
    error = said.get("Error")
    code = error.get("Code") if isinstance(error, dict) else None
    if isinstance(code, str) and answer.status not in IN_DOUBT:
        return codes.outcome(code, after=answer.retry_after)
    if answer.status != 200 or not isinstance(said.get("SendStatusSet"), list):
        return by_status(answer.status, answer.retry_after) or UNREADABLE
    return None


def _by_number(answer: Answer | Outcome) -> dict[str, Mapping[str, Any]]:
    """Return the status of each number of an answer."""
    statuses = _response(answer)["SendStatusSet"] if isinstance(answer, Answer) else []
    return {str(status.get("PhoneNumber")): status for status in statuses if isinstance(status, dict)}


def _response(answer: Answer) -> dict[str, Any]:
    said = answer.json().get("Response")
    return said if isinstance(said, dict) else {}


@described_by(TencentSettings)
def channel(settings: TencentSettings) -> TencentSms:
    """Return the channel of a section `[services.notify.channels.tencent]`."""
    return TencentSms(settings)
