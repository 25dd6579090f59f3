"""Chats and robots as they document themselves: all of them hide a no behind HTTP 200, or behind a number.

A fault `code` for a recipient (or for `call`, where a robot speaks to a group) is said as the vendor says it.
"""

import base64
import hashlib
import hmac
import time
from typing import Any

from tests.support.vendors import Call, Ledger, Reply

TOKEN, SECRET = "token-of-the-tests", "SEC-of-the-tests"
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"secret of the tests, long enough").decode()


def dingtalk(call: Call, ledger: Ledger) -> Reply:
    """Play a robot that wants to be signed: the time may be an hour off."""
    if call.query.get("access_token") != TOKEN:
        return Reply({"errcode": 300005, "errmsg": "token is not exist"})
    if not _is_fresh(int(call.query.get("timestamp", 0)) / 1000, 3600):
        return Reply({"errcode": 310000, "errmsg": "invalid timestamp"})
    if len(call.body.encode()) > 20_000:
        return Reply({"errcode": 460101, "errmsg": "message too long, exceed 20000 bytes"})
    signed = f"{call.query.get('timestamp')}\n{SECRET}"
    sign = base64.b64encode(hmac.new(SECRET.encode(), signed.encode(), "sha256").digest()).decode()
    if call.query.get("sign") != sign:
        return Reply({"errcode": 310000, "errmsg": "sign not match"})
    return _say(call.json()["text"]["content"], ledger, "errcode")


def feishu(call: Call, ledger: Ledger) -> Reply:
    """Play a robot whose sign stands in the message."""
    told = call.json()
    key = f"{told.get('timestamp')}\n{SECRET}"
    if not _is_fresh(int(told.get("timestamp", 0)), 3600):
        return Reply({"code": 19021, "msg": "sign match fail or timestamp is not within one hour"})
    if told.get("sign") != base64.b64encode(hmac.new(key.encode(), b"", "sha256").digest()).decode():
        return Reply({"code": 19021, "msg": "sign match fail or timestamp is not within one hour"})
    if call.path != f"/{TOKEN}":
        return Reply({"code": 19001, "msg": "param invalid: incoming webhook access token invalid"})
    return _say(told["content"]["text"], ledger, "code")


def wecom_robot(call: Call, ledger: Ledger) -> Reply:
    """Play a robot that takes 2,048 bytes and counts them."""
    if call.query.get("key") != TOKEN:
        return Reply({"errcode": 93000, "errmsg": "invalid webhook url"})
    words = call.json()["text"]["content"]
    if len(words.encode()) > 2048:
        return Reply({"errcode": 40058, "errmsg": "text.content exceed max length 2048"})
    return _say(words, ledger, "errcode")


def _is_fresh(said_at: float, seconds: float) -> bool:
    return abs(time.time() - said_at) <= seconds


def _say(words: str, ledger: Ledger, code_at: str) -> Reply:
    code = ledger.fault("call").get("code", 0)
    if code == 0:
        ledger.take({"words": words})
    return Reply({code_at: code, "errmsg": "said 13800138000"})


def wecom(call: Call, ledger: Ledger) -> Reply:
    """Play an enterprise: a token of two hours, and errcode 0 although it does not know everybody."""
    if call.path == "/cgi-bin/gettoken":
        if call.query.get("corpsecret") != SECRET:
            return Reply({"errcode": 40001, "errmsg": "invalid credential"})
        return _fresh_token(ledger)
    told = call.json()
    refused = _refused(call, ledger, "call")
    if refused:
        return refused
    members = told["touser"].split("|")
    manners = {member: ledger.fault(member)["manner"] for member in members}
    unknown, unlicensed = (
        [member for member, manner in manners.items() if manner == lack] for lack in ("unknown", "unlicensed")
    )
    for member in sorted(set(members) - set(unknown) - set(unlicensed)):
        ledger.take({"to": member, "words": told["text"]["content"], "agent": told["agentid"]})
    left_out = {"invaliduser": "|".join(unknown).lower(), "unlicenseduser": "|".join(unlicensed)}
    return Reply({"errcode": 0, "errmsg": "ok", "msgid": "m-1"} | left_out)


def wechat(call: Call, ledger: Ledger) -> Reply:
    """Play an official account: stable tokens, one follower a call, repetitions recognised by their id."""
    told = call.json()
    if call.path == "/cgi-bin/stable_token":
        if told["secret"] != SECRET:
            return Reply({"errcode": 40125, "errmsg": "invalid appsecret"})
        return _fresh_token(ledger)
    refused = _refused(call, ledger, told["touser"])
    if refused:
        return refused
    words = {name: said["value"] for name, said in told["data"].items()}
    message = {"to": told["touser"], "template": told["template_id"], "words": words}
    known = ledger.notes.setdefault("messages", {})
    if (name := f"{told['touser']} {told['client_msg_id']}") not in known:
        known[name] = ledger.take(message | {"id": told["client_msg_id"]})
    return Reply({"errcode": 0, "errmsg": "ok", "msgid": known[name]})


def _fresh_token(ledger: Ledger) -> Reply:
    ledger.notes["tokens"] = ledger.notes.get("tokens", 0) + 1
    return Reply({"errcode": 0, "access_token": f"{TOKEN}-{ledger.notes['tokens']}", "expires_in": 7200})


def _refused(call: Call, ledger: Ledger, recipient: str) -> Reply | None:
    if "\\u" in call.body:
        return Reply({"errcode": 40033, "errmsg": "invalid charset. please check your request"})
    return _token_refused(call, ledger) or _code_refused(ledger.fault(recipient))


def _token_refused(call: Call, ledger: Ledger) -> Reply | None:
    is_right = call.query.get("access_token") == f"{TOKEN}-{ledger.notes.get('tokens')}"
    if is_right and ledger.fault("token")["manner"] != "stale":
        return None
    return Reply({"errcode": 42001, "errmsg": "access_token expired"})


def _code_refused(fault: dict[str, Any]) -> Reply | None:
    return Reply({"errcode": fault["code"], "errmsg": "no"}) if fault["manner"] == "code" else None


def telegram(call: Call, ledger: Ledger) -> Reply:
    """Play the Bot API: errors carry a number, and `parameters` say how long to wait, or where to."""
    if call.path != f"/bot{TOKEN}/sendMessage":
        return Reply({"ok": False, "error_code": 401, "description": "Unauthorized"}, status=401)
    told = call.json()
    fault = ledger.fault(str(told["chat_id"]))
    if fault["manner"] == "code":
        said: dict[str, Any] = {"ok": False, "error_code": fault["code"], "description": "no"}
        asked = {name: fault[name] for name in ("retry_after", "migrate_to_chat_id") if name in fault}
        return Reply(said | ({"parameters": asked} if asked else {}), status=fault["code"])
    if len(told["text"].encode("utf-16-le")) > 2 * 4096:
        return Reply({"ok": False, "error_code": 400, "description": "message is too long"}, status=400)
    number = ledger.take({"to": told["chat_id"], "words": told["text"]})
    return Reply({"ok": True, "result": {"message_id": number, "chat": {"id": told["chat_id"]}}})


def matrix(call: Call, ledger: Ledger) -> Reply:
    """Play a homeserver: a transaction that it knows is answered with the event it made then."""
    if call.headers.get("authorization") != f"Bearer {TOKEN}":
        return Reply({"errcode": "M_UNKNOWN_TOKEN", "error": "no"}, status=401)
    *_, room, _, _, transaction = call.path.split("/")
    fault = ledger.fault(room)
    if fault["manner"] == "code":
        said = {"errcode": fault["code"], "error": "no"} | fault.get("besides", {})
        return Reply(said, status=fault["status"])
    known = ledger.notes.setdefault("transactions", {})
    if transaction not in known:
        known[transaction] = f"$event{ledger.take({'to': room, 'words': call.json()['body']})}"
    return Reply({"event_id": known[transaction]})


def webhook(call: Call, ledger: Ledger) -> Reply:
    """Play a receiver as Standard Webhooks 1.0 has it: what is not signed, or long ago, is not believed."""
    if not _is_fresh(int(call.headers["webhook-timestamp"]), 300):
        return Reply({}, status=401)
    key = base64.b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
    signed = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.{call.body}"
    expected = base64.b64encode(hmac.new(key, signed.encode(), hashlib.sha256).digest()).decode()
    if call.headers["webhook-signature"] != f"v1,{expected}":
        return Reply({}, status=401)
    ledger.take(call.json() | {"id": call.headers["webhook-id"]})
    return Reply({}, status=202)
