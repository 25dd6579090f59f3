"""SMS through Aliyun (Dysmsapi 2017-05-25): registered templates, signed calls, one answer for a whole call.

Many numbers go in one call: up to 1,000 when all are told the same, up to 100 each with words of its own. The
answer is one code for all of them; when that code blames a single number, nothing went out, and the call is
made again in halves until the one is found.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec

from services.chassis.clock import WallClock
from services.chassis.showing import Address
from services.notify.channels import described_by
from services.notify.channels.asking import SENT_WITHIN, UNSAID, Known, Question, Word
from services.notify.channels.calls import all_of, apart, grouped, in_halves
from services.notify.channels.codes import Codes
from services.notify.channels.outcomes import UNREADABLE
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
from services.notify.channels.registry import NAMED
from services.notify.channels.replies import Reply, replies_in
from services.notify.channels.signatures import acs3_authorization, canonical_query
from services.notify.channels.web import FORM, IN_DOUBT, Answer, believed, by_status, code_of
from services.notify.domain import BEIJING, Outcome, national

MOST_ALIKE = 1000
MOST_DIFFERENT = 100

CODES: dict[str, Any] = {
    "accepted": ("OK",),
    "wait": ("isv.BUSINESS_LIMIT_CONTROL", "isv.DAY_LIMIT_CONTROL", "isv.MONTH_LIMIT_CONTROL"),
    "retry": (
        "isp.SYSTEM_ERROR",
        "isp.*",
        "Throttling*",
        "ServiceUnavailable*",
        "InternalError*",
        "SignatureNonceUsed",
    ),
    "elsewhere": (
        "isv.SMS_SIGNATURE_ILLEGAL",
        "isv.SMS_SIGNATURE_SCENE_ILLEGAL",
        "isv.SMS_SIGN_ILLEGAL",
        "isv.SIGN_NAME_ILLEGAL",
        "isv.SIGN_STATE_ILLEGAL",
        "isv.SIGNATURE_BLACKLIST",
        "isv.SMS_TEMPLATE_ILLEGAL",
        "isv.TEMPLATE_MISSING_PARAMETERS",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
        "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE",
        "isv.SMS_TEST_*",  # what is for trying it out is used in earnest
        "isv.DOMESTIC_NUMBER_NOT_SUPPORTED",  # the template is for numbers of the other kind
        "isv.EXTEND_CODE_ERROR",
        "isv.ONE_CODE_MULTIPLE_SIGN",
        "isv.CODE_EXCEED_LIMIT",
        "isv.CODE_ERROR",
    ),
    "permanent": (
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.MOBILE_COUNT_OVER_LIMIT",
        "isv.PARAM_LENGTH_LIMIT",
        "isv.PARAM_NOT_SUPPORT_URL",
        # Said of invitations to whoever unsubscribed or complained: codes and answers still reach them.
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.CUSTOMER_REFUSED",
        "isv.INVALID_PARAMETERS",
        "isv.INVALID_JSON_PARAM",
        "isv.SMS_CONTENT_ILLEGAL",
        "isv.UNSUPPORTED_CONTENT",
    ),
    # In receipts: unsubscribed from us, or on the list of the carrier.
    "opted_out": ("MOBILE_IN_BLACK", "USER_REJECT"),
    "stop": (
        "isv.AMOUNT_NOT_ENOUGH",
        "isv.OUT_OF_SERVICE",
        "isv.ACCOUNT_NOT_EXISTS",
        "isv.ACCOUNT_ABNORMAL",
        "isv.SECURITY_FROZEN_ACCOUNT",
        "isv.PRODUCT_UN_SUBSCRIPT",
        "isv.PRODUCT_UNSUBSCRIBE",
        "isv.DENY_IP_RANGE",
        "isp.RAM_PERMISSION_DENY",
        "InvalidAccessKeyId*",
        "MissingAccessKeyId",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "InvalidTimeStamp*",
        "InvalidVersion",
        "InvalidAction*",
        "Forbidden*",
        "NoPermission",
    ),
    "rests": {  # limits of the account; that of a number concerns nobody else
        "isv.DAY_LIMIT_CONTROL": timedelta(hours=1),
        "isv.MONTH_LIMIT_CONTROL": timedelta(hours=1),
    },
}
"""Held against the vendor's pages 国内消息API错误码 and 短信发送状态回执错误码, receipts against SmsReport.

Of the codes of its gateway for all products MissingAccessKeyId, IncompleteSignature, Forbidden, NoPermission,
Throttling, ServiceUnavailable and InternalError are on none of these pages. In receipts MOBILE_NOT_ON_SERVICE
and INVALID_NUMBER are said of phones that are switched off, too: nobody opts out by them.
"""

STATUSES = {"1": Known.WAITING, "2": Known.FAILED, "3": Known.ARRIVED}
OF_ONE_NUMBER = frozenset(
    {
        "isv.MOBILE_NUMBER_ILLEGAL",
        "isv.BUSINESS_LIMIT_CONTROL",
        "isv.BLACK_KEY_CONTROL_LIMIT",
        "isv.CUSTOMER_REFUSED",
        "isv.DOMESTIC_NUMBER_NOT_SUPPORTED",
    }
)
"""Codes for which one number can be to blame for the refusal of a whole call."""
OF_ITS_WORDS = frozenset(
    {
        "isv.PARAM_LENGTH_LIMIT",
        "isv.PARAM_NOT_SUPPORT_URL",
        "isv.TEMPLATE_PARAMS_ILLEGAL",
        "isv.SMS_CONTENT_ILLEGAL",
        "isv.UNSUPPORTED_CONTENT",
    }
)
"""Codes for which the words of one can be to blame, where not all are told the same."""


class AliyunSettings(AccountSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An account of Aliyun's SMS service: the id and secret of its access key."""

    endpoint: Address = "https://dysmsapi.aliyuncs.com"


class AliyunSms(RegisteredSms):
    """Sends SMS through one account."""

    provider = "aliyun"

    def __init__(self, settings: AliyunSettings) -> None:
        """Take the account; raise `WrongSettings` for a template that cannot be used."""
        super().__init__(settings, NAMED)
        self._settings = settings
        self._host = host_alone("endpoint", settings.endpoint)
        self._codes = Codes(**CODES, changed=settings.codes)

    def _calls(self, packed: Worded) -> Iterable[Worded]:
        """Return what goes together: many with one wording, and the rest by template."""
        lonely: Worded = []
        for group in grouped(packed, lambda _, wording: wording):
            if len(group) == 1:
                lonely += group
            else:
                yield from apart(group, MOST_ALIKE)
        for group in grouped(lonely, lambda _, wording: wording.template):
            yield from apart(group, MOST_DIFFERENT)

    def _call(self, packed: Worded, ends_at: float) -> Mapping[UUID, Outcome]:
        return in_halves(packed, self._at_once, ends_at)

    def _at_once(self, packed: Worded) -> Mapping[UUID, Outcome] | None:
        """Return what came of one call, or None when it is made in vain because of one number in it."""
        mark = mark_of(packed)
        outcome = marked(self._read(self._tell(packed, mark)), mark)
        if len(packed) > 1 and _blames_one(outcome.code, packed):
            return None
        return all_of(packed, outcome)

    def _tell(self, packed: Worded, mark: str) -> Answer | Outcome:
        """Make the call; its mark comes back with receipts, and stands in the vendor's books."""
        shared = {"TemplateCode": packed[0][1].template, "OutId": mark}
        if len({wording for _, wording in packed}) == 1:
            return self._request("SendSms", shared | _told_alike(packed), {})
        return self._request("SendBatchSms", shared, _told_differently(packed))

    def ask(self, questions: Sequence[Question]) -> Mapping[UUID, Word]:
        """Look every question up in Aliyun's books; a message is known by the id that was sent along."""
        return {question.delivery_id: self._look_up(question) for question in questions}

    def read(self, reports: Sequence[Mapping[str, Any]]) -> list[Receipt]:
        """Return the receipts of a push (SmsReport)."""
        return [self._receipt(report) for report in reports if isinstance(report.get("success"), bool)]

    def _receipt(self, report: Mapping[str, Any]) -> Receipt:
        code = code_of(str(report.get("err_code") or ""))
        return Receipt(
            Known.ARRIVED if report["success"] else Known.FAILED,
            digits_of(report.get("phone_number")),
            mark=str(report.get("out_id") or ""),
            reference=str(report.get("biz_id") or ""),
            code=code,
            opts_out=self._codes.opts_out(code),
            parts=counted(report.get("sms_size")),
        )

    def read_replies(self, replies: Sequence[Mapping[str, Any]]) -> list[Reply]:
        """Return the answers in a push (SmsUp)."""
        return replies_in(replies, "phone_number", "content")

    def _look_up(self, question: Question) -> Word:
        """Return what the books say of the days on which it can have gone out; `never` only if all do."""
        days = {f"{at.astimezone(BEIJING):%Y%m%d}" for at in (question.at - SENT_WITHIN, question.at)}
        words = [self._look_up_on(day, question) for day in sorted(days)]
        found = [word for word in words if word.known not in {Known.NEVER, Known.UNSAID}]
        return found[0] if found else UNSAID if UNSAID in words else words[0]

    def _look_up_on(self, day: str, question: Question) -> Word:
        asked = {"PhoneNumber": _number(question.address), "SendDate": day}
        is_accepted = "^" in question.reference  # a BizId, by which Aliyun chooses itself
        asked |= {"BizId": question.reference} if is_accepted else {}
        answer = self._request("QuerySendDetails", asked | {"PageSize": "50", "CurrentPage": "1"}, {})
        said = answer.json() if isinstance(answer, Answer) else {}
        details = said.get("SmsSendDetailDTOs")
        if said.get("Code") != "OK" or not isinstance(details, dict):
            return UNSAID
        return _word(question, details.get("SmsSendDetailDTO") or [], self._codes)

    def _request(self, action: str, query: dict[str, str], form: dict[str, str]) -> Answer | Outcome:
        """Make a signed call; what is long travels in the body, as the vendor's own programmes do it."""
        asked, body = canonical_query(query), canonical_query(form)
        headers = self._headers(action, asked, body)
        return self._web.call("POST", f"{self._settings.endpoint}/?{asked}", data=body, headers=headers)

    def _headers(self, action: str, asked: str, body: str) -> dict[str, str]:
        signed = {
            "host": self._host,
            "x-acs-action": action,
            "x-acs-version": "2017-05-25",
            "x-acs-date": f"{WallClock().now():%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(body.encode()).hexdigest(),
        } | ({"content-type": FORM} if body else {})
        settings = self._settings
        given = acs3_authorization(settings.key_id, settings.key_secret, "POST", asked, signed)
        return signed | {"accept": "application/json", "Authorization": given}

    def _read(self, answer: Answer | Outcome) -> Outcome:
        """Return what an answer means; HTTP 200 may carry any code, and only OK is a yes."""
        if isinstance(answer, Outcome):
            return answer
        said = answer.json()
        code = said.get("Code")
        if answer.status in IN_DOUBT or not isinstance(code, str):
            return by_status(answer.status, answer.retry_after) or UNREADABLE
        outcome = self._codes.outcome(code, str(said.get("BizId") or ""), answer.retry_after)
        return believed(outcome, answer.status)


def _blames_one(code: str, packed: Worded) -> bool:
    """Say whether one of a call can be to blame for a code that refuses all of it."""
    return code in OF_ONE_NUMBER or (code in OF_ITS_WORDS and len({wording for _, wording in packed}) > 1)


def _told_alike(packed: Worded) -> dict[str, str]:
    wording = packed[0][1]
    told = {
        "PhoneNumbers": ",".join(_number(parcel.address) for parcel, _ in packed),
        "SignName": wording.signature,
    }
    if wording.variables:
        told["TemplateParam"] = as_json(dict(wording.variables))
    return told


def _told_differently(packed: Worded) -> dict[str, str]:
    return {
        "PhoneNumberJson": as_json([_number(parcel.address) for parcel, _ in packed]),
        "SignNameJson": as_json([wording.signature for _, wording in packed]),
        "TemplateParamJson": as_json([dict(wording.variables) for _, wording in packed]),
    }


def _word(question: Question, details: Any, codes: Codes) -> Word:
    """Return what the books say: 1 waits for its receipt, 2 failed, 3 arrived."""
    names = {str(question.delivery_id), question.reference} - {""}
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict) and ("^" in question.reference or detail.get("OutId") in names):
            known = STATUSES.get(str(detail.get("SendStatus")), Known.UNSAID)
            code = code_of(str(detail.get("ErrCode") or ""))
            return Word(known, code, opts_out=codes.opts_out(code))
    return Word(Known.NEVER) if question.reference else UNSAID


def _number(address: str) -> str:
    """Return a number as Aliyun wants it: bare in mainland China, else with its country's code, no plus."""
    return national(address).removeprefix("+")


def as_json(said: Any) -> str:
    """Return JSON without escapes."""
    return msgspec.json.encode(said).decode()


@described_by(AliyunSettings)
def channel(settings: AliyunSettings) -> AliyunSms:
    """Return the channel of a section `[services.notify.channels.aliyun]`."""
    return AliyunSms(settings)
