"""Which vendors can be played."""

from tests.support import vendor_chats as chats
from tests.support.vendor_sms import aliyun, tencent
from tests.support.vendors import Behaviour, Call, Ledger, Reply


def courier(call: Call, ledger: Ledger) -> Reply:
    """Play the service of docs/integrate-channels.md."""
    answers = {}
    for message in call.json():
        fault = ledger.fault(message["to"])
        if fault["manner"] == "forget":
            continue
        code = fault.get("code", "ok")
        receipt = f"c-{ledger.take(message)}" if code == "ok" else ""
        answers[message["id"]] = {"code": code, "receipt": receipt}
    return Reply(answers)


KINDS: dict[str, Behaviour] = {
    "courier": courier,
    "aliyun": aliyun,
    "tencent": tencent,
    "dingtalk": chats.dingtalk,
    "feishu": chats.feishu,
    "wecom_robot": chats.wecom_robot,
    "wecom": chats.wecom,
    "wechat": chats.wechat,
    "telegram": chats.telegram,
    "matrix": chats.matrix,
    "webhook": chats.webhook,
}
