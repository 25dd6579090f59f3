"""Receipts of a gateway that only the settings describe: read where they say, refused where that fails."""

from typing import Any

import msgspec
import pytest

from services.chassis.settings import WrongSettings
from services.notify.channels.asking import Known
from services.notify.channels.outcomes import UNREADABLE
from services.notify.channels.receipts import Receipt
from services.notify.channels.sms_http import SmsHttpChannel
from services.notify.channels.sms_http.answers import Answers
from services.notify.channels.web import Answer
from services.notify.domain import Outcome, Verdict
from services.notify.settings import ReceiptSettings, SmsSettings

URL = "http://127.0.0.1:1/"
TOKEN = "a-token-that-nobody-can-guess"
FIELDS = {"to": "{{ phone }}", "text": "{{ text }}", "id": "{{ id }}"}
DESCRIBED: dict[str, Any] = {"mark": "id", "code": "status", "arrived": ("DELIVRD",), "failed": ("UNDELIV",)}


def a_channel(receipt_token: str | None = TOKEN, fields: Any = None, **changes: Any) -> SmsHttpChannel:
    receipts = ReceiptSettings(**(DESCRIBED | changes))
    fields = fields or FIELDS
    settings = SmsSettings(
        url=URL,
        fields=fields,
        reference_at="sid",
        receipt_token=receipt_token,
        receipts=receipts,
    )
    return SmsHttpChannel(settings)


def test_a_receipt_says_what_its_words_mean_and_nothing_before_the_end() -> None:
    reports: list[dict[str, Any]] = [
        {"id": "a", "status": "DELIVRD"},
        {"id": "b", "status": "UNDELIV"},
        {"id": "c", "status": "ENROUTE"},
        {"id": "d"},
        {"status": ["DELIVRD"]},
    ]

    assert a_channel().read(reports) == [
        Receipt(Known.ARRIVED, "", mark="a", code="DELIVRD"),
        Receipt(Known.FAILED, "", mark="b", code="UNDELIV"),
    ]


def test_what_json_calls_true_or_false_is_listed_as_json_writes_it() -> None:
    channel = a_channel(code="ok", arrived=("true",), failed=("false",))
    receipts = channel.read([{"id": "a", "ok": True}, {"id": "b", "ok": False}, {"id": "c", "ok": "true"}])

    ends = [Known.ARRIVED, Known.FAILED, Known.ARRIVED]
    assert [(receipt.mark, receipt.known) for receipt in receipts] == list(zip("abc", ends, strict=True))


@pytest.mark.parametrize(("said", "verdict"), [(b"true", "accepted"), (b"false", "permanent")])
def test_an_answer_that_is_true_or_false_is_read_as_the_settings_list_it(said: bytes, verdict: str) -> None:
    answers = Answers(SmsSettings(url=URL, code_at="success", accepted=("true",), permanent=("false",)))

    outcome = answers.outcomes(Answer(200, b'{"success": %s}' % said, None), [{"phone": "+8613800138000"}])

    assert isinstance(outcome, Outcome)
    assert (outcome.verdict.value, outcome.code) == (verdict, said.decode())


def test_a_number_that_the_gateway_holds_back_is_to_be_left_alone() -> None:
    (receipt,) = a_channel(opted_out=("BLACK",)).read([{"id": "a", "status": "BLACK"}])

    assert receipt == Receipt(Known.FAILED, "", mark="a", code="BLACK", opts_out=True)


def test_receipts_may_lie_deep_and_together() -> None:
    described = {"together": "data.reports", "mark": None, "reference": "sms.sid", "phone": "sms.to"}
    pushed = {"data": {"reports": [{"sms": {"sid": 7, "to": "+86 138-0013-8000"}, "status": "DELIVRD"}, 3]}}

    (receipt,) = a_channel(**described).read([pushed, {"data": {}}, {"data": {"reports": "x"}}])

    assert receipt == Receipt(Known.ARRIVED, "13800138000", reference="7", code="DELIVRD")


def test_a_field_may_have_a_dot_in_its_name() -> None:
    (receipt,) = a_channel(mark="dlr.id").read([{"dlr.id": "a", "status": "DELIVRD"}])

    assert receipt.mark == "a"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mark": None}, "by mark, or by reference and phone"),
        ({"mark": None, "reference": "sid"}, "by mark, or by reference and phone"),
        ({"failed": ("DELIVRD",)}, "DELIVRD cannot mean both"),
        ({"opted_out": ("DELIVRD",)}, "DELIVRD cannot mean both"),
        ({"receipt_token": None}, "an address that ends in receipt_token"),
    ],
)
def test_receipts_that_could_not_be_taken_keep_the_service_from_starting(
    change: dict[str, Any], said: str
) -> None:
    with pytest.raises(WrongSettings) as refused:
        a_channel(**change)

    assert said in str(refused.value)
    assert TOKEN not in str(refused.value)


def test_a_gateway_without_receipts_reads_none() -> None:
    channel = SmsHttpChannel(SmsSettings(url=URL, fields=FIELDS))

    assert (channel.receipt_token, channel.read([{"id": "a", "status": "DELIVRD"}])) == (None, [])


@pytest.mark.parametrize(
    ("results", "codes"),
    [
        ([{"to": "13900000002", "code": 21}, {"to": "+8613900000001", "code": 0}], ["0", "21"]),
        ([{"to": "13900000001", "code": 0}], ["0", "unreadable"]),
        ([{"to": None, "code": 0}, 3], ["unreadable", "unreadable"]),
    ],
)
def test_results_in_any_order_are_told_by_their_numbers(results: list[Any], codes: list[str]) -> None:
    described: dict[str, Any] = {
        "results_at": "results",
        "result_phone_at": "to",
        "code_at": "code",
        "permanent": ("21",),
    }
    answers = Answers(SmsSettings(url=URL, joined=",", **described))
    told = [{"phone": "+8613900000001"}, {"phone": "+8613900000002"}]

    outcomes = answers.outcomes(Answer(200, msgspec.json.encode({"results": results}), None), told)

    assert isinstance(outcomes, list)
    assert [outcome.code for outcome in outcomes] == codes


def test_a_no_to_a_whole_call_is_understood_and_a_yes_without_results_is_not() -> None:
    described: dict[str, Any] = {"results_at": "results", "code_at": "code", "stop": ("403",)}
    answers = Answers(SmsSettings(url=URL, joined=",", **described))
    told = [{"phone": "+8613900000001"}, {"phone": "+8613900000002"}]

    assert answers.outcomes(Answer(200, b'{"code": 403}', None), told) == Outcome(Verdict.STOP, "403")
    assert answers.outcomes(Answer(200, b'{"code": 0}', None), told) == UNREADABLE


@pytest.mark.parametrize("body", [b'{"code":' + b"[" * 60_000, "{成功}".encode("gbk"), b"null", b"[0]", b""])
def test_an_answer_that_nobody_can_read_is_a_doubt(body: bytes) -> None:
    answers = Answers(SmsSettings(url=URL, code_at="code"))

    assert answers.outcomes(Answer(200, body, None), [{"phone": "+8613900000001"}]) == UNREADABLE
