"""Complaints as mail providers report them (RFC 5965); `{to}` is the address that was given for them."""

ABUSE = """
    Return-Path: <>
    From: feedback@mail.example.net
    To: {to}
    Subject: FW: hello
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=feedback-report; boundary="part"

    --part
    Content-Type: text/plain; charset="US-ASCII"

    This is an email abuse report.
    --part
    Content-Type: message/feedback-report

    Feedback-Type: abuse
    User-Agent: SomeGenerator/1.0
    Version: 1
    Original-Mail-From: <{mail_from}>
    Original-Rcpt-To: <redacted@example.net>

    --part
    Content-Type: message/rfc822

    Return-Path: <{return_path}>
    From: wishes@example.org
    Subject: hello

    Hi.
    --part--
"""

OF_HEADERS = ABUSE.replace("message/rfc822", "text/rfc822-headers")


def a_complaint(
    sample: str = ABUSE, *, kind: str = "abuse", mail_from: str = "", return_path: str = ""
) -> str:
    """Return a complaint that names our mail where it is told to."""
    filled = sample.replace("Feedback-Type: abuse", f"Feedback-Type: {kind}")
    return filled.replace("{mail_from}", mail_from).replace("{return_path}", return_path)
