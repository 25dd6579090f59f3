"""Signatures as the vendors publish them, and as the vendors' own programmes make them."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from alibabacloud_tea_openapi.utils import Utils
from hypothesis import given, settings
from hypothesis import strategies as st
from tencentcloud.common.sign import Sign

from services.notify.channels.signatures import (
    acs3_authorization,
    canonical_query,
    dingtalk_sign,
    feishu_sign,
    tc3_authorization,
    webhook_sign,
    wechat_sign,
)

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "signature_vectors.json").read_text())
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
NAMES = st.text("ABCabc", min_size=1)  # of parameters, which theirs does not encode


def test_aliyun_is_signed_as_its_documentation_shows() -> None:
    told = VECTORS["aliyun_acs3"]

    given = acs3_authorization("key", told["secret"], told["method"], told["query"], told["headers"])

    assert given.endswith(f"Signature={told['signature']}")


def test_tencent_is_signed_as_its_documentation_shows() -> None:
    told = VECTORS["tencent_tc3"]
    at = datetime.fromtimestamp(told["timestamp"], UTC)

    given = tc3_authorization(
        "key", told["secret"], told["service"], told["host"], told["content_type"], told["payload"], at
    )

    assert given.endswith(f"Signature={told['signature']}")
    assert f"/{told['date']}/" in given


def test_robots_are_signed_as_their_documentation_shows() -> None:
    dingtalk, feishu = VECTORS["dingtalk"], VECTORS["feishu"]

    assert dingtalk_sign(dingtalk["secret"], dingtalk["timestamp_ms"]) == dingtalk["sign_base64"]
    assert feishu_sign(feishu["secret"], feishu["timestamp_s"]) == feishu["sign_base64"]


def test_what_wechat_pushes_is_signed_as_its_documentation_shows() -> None:
    told = VECTORS["wechat"]

    assert wechat_sign(told["token"], told["timestamp"], told["nonce"]) == told["signature"]


def test_a_webhook_is_signed_as_the_standard_shows() -> None:
    body = b'{"test": 2432232314}'

    secret, message = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"

    given = webhook_sign(secret, message, "1614265330", body)

    assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@settings(deadline=None)
@given(said=st.dictionaries(NAMES, WORDS, max_size=5), secret=WORDS)
def test_aliyun_is_signed_as_the_vendors_programme_does(said: dict[str, str], secret: str) -> None:
    headers = {"host": "h:1", "x-acs-action": "SendSms", "x-acs-content-sha256": "0" * 64}
    request = SimpleNamespace(method="POST", pathname="/", query=said, headers=headers)

    theirs = Utils.get_authorization(request, "ACS3-HMAC-SHA256", "0" * 64, "key", secret)

    assert acs3_authorization("key", secret, "POST", canonical_query(said), headers) == theirs


@settings(deadline=None)
@given(payload=WORDS, secret=WORDS)
def test_tencent_is_signed_with_the_key_that_the_vendors_programme_makes(payload: str, secret: str) -> None:
    at = datetime(2026, 11, 2, 23, 59, 59, tzinfo=UTC)

    ours = tc3_authorization("key", secret, "sms", "h:1", "application/json", payload, at)

    hashed = hashlib.sha256(payload.encode()).hexdigest()
    request = f"POST\n/\n\ncontent-type:application/json\nhost:h:1\n\ncontent-type;host\n{hashed}"
    signed = hashlib.sha256(request.encode()).hexdigest()
    told = f"TC3-HMAC-SHA256\n{int(at.timestamp())}\n2026-11-02/sms/tc3_request\n{signed}"
    assert ours.endswith(Sign.sign_tc3(secret, "2026-11-02", "sms", told))
