"""How providers want requests to be signed: the vendors' schemes, each as a pure function."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

ACS3 = "ACS3-HMAC-SHA256"
TC3 = "TC3-HMAC-SHA256"
NOTHING = hashlib.sha256(b"").hexdigest()


def canonical_query(said: Mapping[str, str]) -> str:
    """Return parameters sorted and encoded as RFC 3986 has it: the query string that is signed and sent."""
    return "&".join(f"{quote(name, safe='~')}={quote(said[name], safe='~')}" for name in sorted(said))


def acs3_authorization(key_id: str, secret: str, method: str, query: str, headers: Mapping[str, str]) -> str:
    """Return the Authorization header of Aliyun's signature version 3 for a call to `/`.

    `headers` are those to sign, by lower-case name: host, content-type and every `x-acs-*`, of which
    `x-acs-content-sha256` is the hash of the body.
    """
    names = sorted(headers)
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    signed = ";".join(names)
    request = "\n".join((method, "/", query, lines, signed, headers["x-acs-content-sha256"]))
    signature = _hmac(secret.encode(), f"{ACS3}\n{_sha256(request)}").hex()
    return f"{ACS3} Credential={key_id},SignedHeaders={signed},Signature={signature}"


def tc3_authorization(
    key_id: str, secret: str, service: str, host: str, content_type: str, payload: str, at: datetime
) -> str:
    """Return the Authorization header of Tencent's TC3 for a POST to `/`, over content-type and host."""
    date, moment = f"{at.astimezone(UTC):%Y-%m-%d}", int(at.timestamp())
    signed = "content-type;host"
    lines = f"content-type:{content_type}\nhost:{host}\n"
    request = "\n".join(("POST", "/", "", lines, signed, _sha256(payload)))
    scope = f"{date}/{service}/tc3_request"
    key = f"TC3{secret}".encode()
    for word in (date, service, "tc3_request"):
        key = _hmac(key, word)
    signature = _hmac(key, f"{TC3}\n{moment}\n{scope}\n{_sha256(request)}").hex()
    return f"{TC3} Credential={key_id}/{scope}, SignedHeaders={signed}, Signature={signature}"


def dingtalk_sign(secret: str, timestamp_ms: str) -> str:
    """Return the sign of a DingTalk robot: the secret is the key, time and secret are what is signed."""
    return base64.b64encode(_hmac(secret.encode(), f"{timestamp_ms}\n{secret}")).decode()


def feishu_sign(secret: str, timestamp_s: str) -> str:
    """Return the sign of a Feishu robot: time and secret are the key, and nothing is signed."""
    return base64.b64encode(_hmac(f"{timestamp_s}\n{secret}".encode(), "")).decode()


def wechat_sign(token: str, timestamp: str, nonce: str) -> str:
    """Return the signature under what WeChat pushes: token, time and nonce in their order as words."""
    words = "".join(sorted((token, timestamp, nonce)))
    return hashlib.sha1(words.encode(), usedforsecurity=False).hexdigest()


def webhook_sign(secret: str, delivery: str, timestamp_s: str, body: bytes) -> str:
    """Return the signature of a webhook (Standard Webhooks 1.0); the secret is `whsec_` and base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    signed = f"{delivery}.{timestamp_s}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def described_signature(by: str, key: str | None, over: bytes, shown_as: str) -> str:
    """Return a signature that settings describe: `md5` or, with a key, `hmac-md5`; as hex, HEX or base64."""
    algorithm = by.removeprefix("hmac-")
    if key is None:
        made = hashlib.new(algorithm, over, usedforsecurity=False).digest()  # the provider's choice, not ours
    else:
        made = hmac.digest(key.encode(), over, algorithm)
    if shown_as == "base64":
        return base64.b64encode(made).decode()
    return made.hex().upper() if shown_as == "HEX" else made.hex()


def _hmac(key: bytes, words: str) -> bytes:
    return hmac.digest(key, words.encode(), "sha256")


def _sha256(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()
