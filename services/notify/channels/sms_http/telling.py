"""What a described gateway is told: one request about an SMS or many, put together from the settings."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from xml.parsers import expat

import msgspec

from services.chassis.settings import WrongSettings
from services.notify.channels import Parcel
from services.notify.channels.blanks import (
    Blank,
    Blanks,
    Escape,
    for_address,
    for_form,
    for_json,
    for_xml,
    plain,
)
from services.notify.channels.reaching import check_address, check_headers
from services.notify.channels.sms_http.computing import Computed
from services.notify.channels.web import FORM
from services.notify.domain import national
from services.notify.settings import SmsSettings

OF_A_CALL = frozenset({"receipt_token", "nonce"})
OF_AN_SMS = frozenset({"phone", "national", "text", "id"})
OF_SEVERAL = frozenset({"phones", "nationals", "text"})

SAMPLE = {
    "phone": "+8613800138000",
    "national": "13800138000",
    "text": "【心愿树】“一床厚棉被” <&> \\ 请在 12月5日 前完成。",
    "id": "01920000-0000-7000-8000-000000000000",
}
"""What is filled in at the start, to see whether a request comes of it that can be sent."""


class Telling:
    """The requests to one gateway."""

    def __init__(self, settings: SmsSettings) -> None:
        """Take the description; raise `WrongSettings` when no request can be made of it."""
        self._settings = settings
        words = OF_A_CALL | (OF_SEVERAL if settings.joined else OF_AN_SMS)
        self._computed = Computed(settings.computed, words, settings.charset)
        of_sms = self._computed.known(words)
        of_call = self._computed.known(OF_A_CALL) if settings.together else of_sms
        self._url = Blank("url", settings.url, of_call, for_address(settings.charset))
        self._headers = Blanks("headers", settings.headers, of_call - {"text"})
        self._fields = Blanks("fields", settings.fields, of_sms)
        self._shared = Blanks("shared", settings.shared, of_call)
        self._body: Blank | None = None
        if settings.body is not None:
            self._body = Blank("body", settings.body, of_call, _fit(settings))
        self._check_names()
        self._check_sample()

    def request(self, messages: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """Return method, address and all else of a request about some SMS, each with its own words."""
        settings = self._settings
        standing = {"receipt_token": settings.receipt_token or "", "nonce": uuid4().hex}
        call = self._computed.fill(standing | self._common(messages))
        if settings.together:
            told = [self._fields.fill(self._computed.fill(call | dict(message))) for message in messages]
            fields = self._shared.fill(call) | {settings.together: told}
        else:
            fields = self._fields.fill(call)
        request = {
            "method": settings.method,
            "url": self._url.fill(call),
            "headers": self._headers.fill(call),
        }
        return self._with_fields(request, fields, call)

    def _common(self, messages: Sequence[Mapping[str, str]]) -> dict[str, str]:
        """Return the words that hold for a call as a whole."""
        if self._settings.together:
            return {}
        if self._settings.joined is None:
            return dict(messages[0])
        phones, nationals = (
            self._settings.joined.join(message[kind] for message in messages)
            for kind in ("phone", "national")
        )
        return {"phones": phones, "nationals": nationals, "text": messages[0]["text"]}

    def _with_fields(
        self, request: dict[str, Any], fields: dict[str, Any], words: Mapping[str, str]
    ) -> dict[str, Any]:
        settings = self._settings
        if settings.encoding == "query" and fields:
            link = "&" if "?" in request["url"] else "?"
            request["url"] += link + _as_form(fields, settings.charset)
        if self._body is not None:
            body = self._body.fill(words).encode(settings.charset, "replace")
            return _with_body(request, body, settings.content_type, settings.charset)
        if settings.encoding == "form":
            return _with_body(request, _as_form(fields, settings.charset).encode(), FORM, settings.charset)
        return request | ({"json": fields} if settings.encoding == "json" else {})

    def _check_names(self) -> None:
        """Raise `WrongSettings` when the gateway is not told what to send whom, or asked for no token."""
        told = self._fields.names | self._url.names | (self._body.names if self._body else frozenset())
        told_whom = OF_SEVERAL - {"text"} if self._settings.joined else frozenset({"phone", "national"})
        if not told & told_whom:
            raise WrongSettings(f"nothing says to whom: write {_either(told_whom)} into fields or body.")
        if "text" not in told:
            raise WrongSettings("nothing says what: write {{ text }} into fields or body.")
        everywhere = told | self._shared.names | self._headers.names
        if "receipt_token" in everywhere and self._settings.receipt_token is None:
            raise WrongSettings(
                "a text asks for {{ receipt_token }}, and there is none: write one, or leave it out."
            )
        receipts = self._settings.receipts
        if receipts and receipts.mark and self._settings.joined:
            raise WrongSettings(
                "receipts name their SMS by mark, and many are told with one call, which has no id of each: "
                "let receipts name them by reference and phone."
            )
        if receipts and receipts.mark and "id" not in everywhere:
            raise WrongSettings(
                "receipts name their SMS by mark, the {{ id }} that comes back: write it into fields or body."
            )

    def _check_sample(self) -> None:
        """Raise `WrongSettings` when what comes of a sample could not be sent, or not be read."""
        request = self.request([SAMPLE])
        check_address("url", request["url"])
        check_headers(request["headers"])
        body = request.get("data", b"").decode(self._settings.charset)
        try:
            if self._body is not None and "json" in self._settings.content_type:
                msgspec.json.decode(body)
            if self._body is not None and "xml" in self._settings.content_type:
                expat.ParserCreate().Parse(body, True)
        except (msgspec.DecodeError, expat.ExpatError):
            raise WrongSettings(
                f"body, filled in, is no {self._settings.content_type}: close every tag and every quote."
            ) from None


def _either(names: Collection[str]) -> str:
    return " or ".join(f"{{{{ {name} }}}}" for name in sorted(names, reverse=True))


def words_of(parcel: Parcel, words: str) -> dict[str, str]:
    """Return what there is to be filled in for an SMS."""
    return {
        "phone": parcel.address,
        "national": national(parcel.address),
        "text": words,
        "id": str(parcel.delivery_id),
    }


def _fit(settings: SmsSettings) -> Escape:
    """Return what makes words fit for a body of the kind that it says it is."""
    kind = settings.content_type.lower()
    if "json" in kind:
        return for_json
    if "xml" in kind or "html" in kind:
        return for_xml
    if kind == FORM:
        return for_form(settings.charset)
    if kind == "text/plain":
        return plain
    raise WrongSettings(
        f"content_type is one of application/xml, text/xml, application/json, text/plain, {FORM}."
    )


def _with_body(request: dict[str, Any], body: bytes, kind: str, charset: str) -> dict[str, Any]:
    headers: dict[str, str] = request["headers"]
    if "content-type" not in {name.lower() for name in headers}:
        headers = headers | {"Content-Type": kind if kind == FORM else f"{kind}; charset={charset}"}
    return request | {"headers": headers, "data": body}


def _as_form(fields: Mapping[str, Any], charset: str) -> str:
    return urlencode(fields, doseq=True, encoding=charset, errors="replace")
