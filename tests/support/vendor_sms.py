"""Aliyun's and Tencent's SMS services as they document themselves; each call's signature is worked out anew.

Aliyun's clock may be a quarter of an hour off, and no nonce comes twice; Tencent's may be five minutes off.
The signature 心愿树 is approved. A recipient is known by the eleven digits of the number; a fault `code` for
it is said of the whole call by Aliyun and of the number by Tencent.
"""

import hashlib
import hmac
import json
import re
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from tests.support.vendors import Call, Ledger, Reply

KEY_ID, KEY_SECRET, APP_ID = "id-of-the-tests", "secret-of-the-tests", "1400000001"
SIGNATURE = "心愿树"


def aliyun(call: Call, ledger: Ledger) -> Reply:
    """Play Dysmsapi 2017-05-25: an RPC in the query, one code for the call, which HTTP 200 may hide."""
    if not _is_acs3(call):
        return Reply({"Code": "SignatureDoesNotMatch", "RequestId": "r"}, status=400)
    if refused := _aliyun_staleness(call, ledger):
        return Reply({"Code": refused, "RequestId": "r"}, status=400)
    form = {name: values[0] for name, values in parse_qs(call.body).items()}
    told = call.query | form
    action = call.headers["x-acs-action"]
    if action == "QuerySendDetails":
        return _aliyun_details(told, ledger)
    messages = _aliyun_messages(action, told)
    if len(messages) > (1000 if action == "SendSms" else 100):
        return Reply({"Code": "isv.MOBILE_COUNT_OVER_LIMIT", "RequestId": "r"})
    if any(len(message["phone"]) != 11 for message in messages):
        return Reply({"Code": "isv.MOBILE_NUMBER_ILLEGAL", "RequestId": "r"})
    for message in messages:
        fault = ledger.fault(message["phone"])
        if fault["manner"] == "code":
            return Reply({"Code": fault["code"], "Message": f"no, {message['phone']}", "RequestId": "r"})
    if {message["signature"] for message in messages} != {SIGNATURE}:
        return Reply({"Code": "isv.SMS_SIGNATURE_ILLEGAL", "RequestId": "r"})
    number = min([ledger.take(message | {"action": action}) for message in messages])
    named = f"9006197469364984{number}^0"
    ledger.notes.setdefault("biz_ids", []).extend(named for _ in messages)
    return Reply({"Code": "OK", "Message": "OK", "BizId": named, "RequestId": "r"})


def _aliyun_staleness(call: Call, ledger: Ledger) -> str:
    """Return what is wrong with the time or the nonce of a call, if anything is."""
    said_at = datetime.strptime(call.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    if abs(time.time() - said_at.timestamp()) > 900:
        return "InvalidTimeStamp.Expired"
    nonces = ledger.notes.setdefault("nonces", set())
    nonce = call.headers["x-acs-signature-nonce"]
    if nonce in nonces:
        return "SignatureNonceUsed"
    nonces.add(nonce)
    return ""


def _aliyun_messages(action: str, told: dict[str, str]) -> list[dict[str, Any]]:
    shared = {"template": told["TemplateCode"], "out_id": told.get("OutId")}
    if action == "SendSms":
        words = {"signature": told["SignName"], "words": json.loads(told.get("TemplateParam", "{}"))}
        return [shared | words | {"phone": phone} for phone in told["PhoneNumbers"].split(",")]
    columns = [json.loads(told[name]) for name in ("PhoneNumberJson", "SignNameJson", "TemplateParamJson")]
    return [
        shared | {"phone": phone, "signature": signature, "words": words}
        for phone, signature, words in zip(*columns, strict=True)
    ]


def _aliyun_details(told: dict[str, str], ledger: Ledger) -> Reply:
    """Say what was sent to a number on a day: status 1 waits, 2 failed, 3 arrived."""
    named = zip(ledger.accepted, ledger.notes.get("biz_ids", []), strict=True)
    sent = [
        message
        for message, biz_id in named
        if message["phone"] == told["PhoneNumber"] and told.get("BizId", biz_id) == biz_id
    ]
    fault = ledger.fault(f"details {told['PhoneNumber']}")
    time.sleep(fault.get("seconds", 0))
    if told["SendDate"] == fault.get("unreadable_on"):
        return Reply({"Code": "isp.SYSTEM_ERROR", "RequestId": "r"})
    if told["SendDate"] != fault.get("day", told["SendDate"]):
        sent = []
    details = [
        {
            "OutId": message["out_id"] or "",
            "SendStatus": fault.get("status", 3),  # 1 waits, 2 failed, 3 arrived
            "ErrCode": fault.get("code", "DELIVERED"),
            "PhoneNum": message["phone"],
            "TemplateCode": message["template"],
        }
        for message in sent
    ]
    listed = {"SmsSendDetailDTO": details}
    return Reply({"Code": "OK", "TotalCount": str(len(details)), "SmsSendDetailDTOs": listed})


def _is_acs3(call: Call) -> bool:
    """Say whether the Authorization header is what the documented steps make of the rest of the request."""
    found = re.fullmatch(
        r"ACS3-HMAC-SHA256 Credential=([^,]+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})",
        call.headers.get("authorization", ""),
    )
    if not found or found[1] != KEY_ID or "x-acs-signature-nonce" not in found[2]:
        return False
    content = hashlib.sha256(call.body.encode()).hexdigest()
    if call.headers["x-acs-content-sha256"] != content:
        return False
    lines = "".join(f"{name}:{call.headers[name]}\n" for name in found[2].split(";"))
    asked = urlencode(sorted(call.query.items()), safe="~", quote_via=quote)
    request = f"{call.method}\n{call.path}\n{asked}\n{lines}\n{found[2]}\n{content}"
    signed = f"ACS3-HMAC-SHA256\n{hashlib.sha256(request.encode()).hexdigest()}"
    return hmac.new(KEY_SECRET.encode(), signed.encode(), "sha256").hexdigest() == found[3]


def tencent(call: Call, ledger: Ledger) -> Reply:
    """Play SMS 2021-01-11: up to 200 numbers with one set of words, and a status for each."""
    if not _is_tc3(call):
        return _tencent_error("AuthFailure.SignatureFailure")
    if abs(time.time() - int(call.headers["x-tc-timestamp"])) > 300:
        return _tencent_error("AuthFailure.SignatureExpire")
    told = call.json()
    if call.headers["x-tc-action"] == "PullSmsSendStatusByPhoneNumber":
        return _tencent_statuses(told, ledger)
    numbers = told["PhoneNumberSet"]
    if len(numbers) > 200:
        return _tencent_error("LimitExceeded.PhoneNumberCountLimit")
    if len({number.startswith("+86") for number in numbers}) > 1:
        return _tencent_error("UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber")
    whole = ledger.fault("call")
    if whole["manner"] == "code":
        return _tencent_error(whole["code"])
    statuses = [_tencent_status(told, number, ledger) for number in numbers]
    if ledger.fault("answer")["manner"] == "forget":
        statuses = statuses[:-1]
    return Reply({"Response": {"SendStatusSet": statuses, "RequestId": "r"}})


def _tencent_status(told: dict[str, Any], number: str, ledger: Ledger) -> dict[str, Any]:
    phone = number.removeprefix("+86")
    fault = ledger.fault(phone)
    code = fault.get("code", "Ok")
    if code == "Ok" and told["SignName"] != SIGNATURE:
        code = "FailedOperation.SignatureIncorrectOrUnapproved"
    serial = ""
    if code == "Ok":
        message = {"phone": phone, "template": told["TemplateId"], "words": told.get("TemplateParamSet", [])}
        serial = f"2640:{ledger.take(message | {'context': told.get('SessionContext')})}"
    said = {"SerialNo": serial, "PhoneNumber": number, "Code": code, "Message": f"about {number}"}
    return said | {
        "Fee": int(code == "Ok") * fault.get("fee", 1),
        "IsoCode": "CN",
        "SessionContext": told.get("SessionContext", ""),
    }


def _tencent_statuses(told: dict[str, Any], ledger: Ledger) -> Reply:
    phone = told["PhoneNumber"].removeprefix("+86")
    fault = ledger.fault(f"details {phone}")
    statuses = [
        {
            "SerialNo": f"2640:{position}",
            "PhoneNumber": told["PhoneNumber"],
            "SubscriberNumber": phone,
            "ReportStatus": fault.get("status", "SUCCESS"),
            "Description": fault.get("code", "DELIVRD"),
            "SessionContext": message["context"] or "",
            "UserReceiveTime": 1620734188,
        }
        for position, message in enumerate(ledger.accepted, start=1)
        if message["phone"] == phone
    ]
    return Reply({"Response": {"PullSmsSendStatusSet": statuses, "RequestId": "r"}})


def _tencent_error(code: str) -> Reply:
    return Reply({"Response": {"Error": {"Code": code, "Message": "no"}, "RequestId": "r"}})


def _is_tc3(call: Call) -> bool:
    """Say whether the Authorization header is what the documented steps make of the rest of the request."""
    found = re.fullmatch(
        r"TC3-HMAC-SHA256 Credential=([^/]+)/([0-9-]{10})/sms/tc3_request, "
        r"SignedHeaders=content-type;host, Signature=([0-9a-f]{64})",
        call.headers.get("authorization", ""),
    )
    if not found or found[1] != KEY_ID:
        return False
    lines = f"content-type:{call.headers['content-type']}\nhost:{call.headers['host']}\n"
    content = hashlib.sha256(call.body.encode()).hexdigest()
    request = f"POST\n/\n\n{lines}\ncontent-type;host\n{content}"
    scope = f"{found[2]}/sms/tc3_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    signed = f"TC3-HMAC-SHA256\n{call.headers['x-tc-timestamp']}\n{scope}\n{hashed}"
    key = b"TC3" + KEY_SECRET.encode()
    for word in (found[2], "sms", "tc3_request", signed):
        key = hmac.new(key, word.encode(), "sha256").digest()
    return key.hex() == found[3]
