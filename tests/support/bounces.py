"""Mails that come back, as mail servers and people's programmes write them; `{to}` is where they go."""

from textwrap import dedent

TO = "bounce+{letter}@example.org"


def handed_in(sample: str, to: str) -> bytes:
    """Return a sample that came to this address, as a mail server hands it in."""
    return dedent(sample).lstrip().replace("{to}", to).replace("\n", "\r\n").encode("utf-8")


POSTFIX = """
    From MAILER-DAEMON  Mon Nov  2 12:00:05 2026
    Return-Path: <>
    X-Original-To: {to}
    Delivered-To: {to}
    Received: by mail.example.org (Postfix)
        id 4XyZ120abc; Mon,  2 Nov 2026 12:00:05 +0800 (CST)
    Date: Mon,  2 Nov 2026 12:00:05 +0800 (CST)
    From: MAILER-DAEMON@mail.example.org (Mail Delivery System)
    Subject: Undelivered Mail Returned to Sender
    To: {to}
    Auto-Submitted: auto-replied
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=delivery-status;
        boundary="4XyZ0q1fTz.1793592005/mail.example.org"
    Content-Transfer-Encoding: 8bit

    This is a MIME-encapsulated message.

    --4XyZ0q1fTz.1793592005/mail.example.org
    Content-Description: Notification
    Content-Type: text/plain; charset=us-ascii

    This is the mail system at host mail.example.org.

    I'm sorry to have to inform you that your message could not
    be delivered to one or more recipients.

    <li@example.net>: host mx.example.net[203.0.113.7] said: 550 5.1.1 <li@example.net>:
        Recipient address rejected: User unknown (in reply to RCPT TO command)

    --4XyZ0q1fTz.1793592005/mail.example.org
    Content-Description: Delivery report
    Content-Type: message/delivery-status

    Reporting-MTA: dns; mail.example.org
    X-Postfix-Queue-ID: 4XyZ0q1fTz
    X-Postfix-Sender: rfc822; {to}
    Arrival-Date: Mon,  2 Nov 2026 12:00:04 +0800 (CST)

    Final-Recipient: rfc822; li@example.net
    Original-Recipient: rfc822;li@example.net
    Action: failed
    Status: 5.1.1
    Remote-MTA: dns; mx.example.net
    Diagnostic-Code: smtp; 550 5.1.1 <li@example.net>: Recipient address rejected:
        User unknown

    --4XyZ0q1fTz.1793592005/mail.example.org
    Content-Description: Undelivered Message Headers
    Content-Type: text/rfc822-headers
    Content-Transfer-Encoding: 8bit

    Return-Path: <{to}>
    From: =?utf-8?b?5b+D5oS/5qCR?= <wishes@example.org>
    To: li@example.net
    Message-ID: <0193a6b2-0000-7000-8000-000000000001@example.org>

    --4XyZ0q1fTz.1793592005/mail.example.org--
"""

POSTFIX_AFTER_FIVE_DAYS = (
    POSTFIX.replace("Status: 5.1.1", "Status: 4.4.1")
    .replace("smtp; 550 5.1.1 <li@example.net>: Recipient address rejected:", "X-Postfix; connect to")
    .replace("    User unknown", "    mx.example.net[203.0.113.7]:25: Connection timed out")
)

POSTFIX_DELAYED = POSTFIX_AFTER_FIVE_DAYS.replace("Action: failed", "Action: delayed").replace(
    "Undelivered Mail Returned to Sender", "Delayed Mail (still being retried)"
)

EXIM = """
    Return-path: <>
    Envelope-to: {to}
    Delivery-date: Mon, 02 Nov 2026 12:00:07 +0800
    Received: from Debian-exim by mail.example.net with local (Exim 4.96)
        id 1t8abc-0001Zz-0x
        for {to};
        Mon, 02 Nov 2026 12:00:07 +0800
    X-Failed-Recipients: li@example.net
    Auto-Submitted: auto-replied
    From: Mail Delivery System <Mailer-Daemon@mail.example.net>
    To: {to}
    References: <0193a6b2-0000-7000-8000-000000000001@example.org>
    Content-Type: multipart/report; report-type=delivery-status; boundary=1793592007-eximdsn-1804289383
    MIME-Version: 1.0
    Subject: Mail delivery failed: returning message to sender

    --1793592007-eximdsn-1804289383
    Content-type: text/plain; charset=us-ascii

    This message was created automatically by mail delivery software.

      li@example.net
        Unrouteable address

    --1793592007-eximdsn-1804289383
    Content-type: message/delivery-status

    Reporting-MTA: dns; mail.example.net

    Action: failed
    Final-Recipient: rfc822;li@example.net
    Status: 5.0.0
    Remote-MTA: dns; mx.example.net
    Diagnostic-Code: smtp; 550 5.2.1 The email account that you tried to reach is disabled

    --1793592007-eximdsn-1804289383
    Content-type: text/rfc822-headers

    Return-path: <{to}>

    --1793592007-eximdsn-1804289383--
"""

EXIM_WITHOUT_A_REASON = EXIM.replace(
    "Diagnostic-Code: smtp; 550 5.2.1 The email account that you tried to reach is disabled\n", ""
).replace("    Remote-MTA: dns; mx.example.net\n    \n", "    \n")

EXCHANGE = """
    Received: from SEYPR06MB1234.apcprd06.prod.outlook.com (2603:1096:101::1)
        by mail.example.org with ESMTPS; Mon, 2 Nov 2026 04:00:09 +0000
    MIME-Version: 1.0
    From: <postmaster@outlook.com>
    To: <{to}>
    Date: Mon, 2 Nov 2026 04:00:08 +0000
    Content-Type: multipart/report; report-type=delivery-status;
        boundary="8a4ac3ba-4e2f-4d1d-9f4c-2b2a1f6f0001"
    X-MS-Exchange-Message-Is-Ndr:
    Content-Language: zh-CN
    Message-ID: <5b7f@SEYPR06MB1234.apcprd06.prod.outlook.com>
    In-Reply-To: <0193a6b2-0000-7000-8000-000000000001@example.org>
    Subject: =?utf-8?B?5peg5rOV6YCB6L6+77yaIOacieS6uuiupOmihuS6huaCqOeahOW/g+aEvw==?=
    Auto-Submitted: auto-replied

    --8a4ac3ba-4e2f-4d1d-9f4c-2b2a1f6f0001
    Content-Type: multipart/alternative; differences=Content-Type;
        boundary="0b1fd4e5-0002"

    --0b1fd4e5-0002
    Content-Type: text/plain; charset="utf-8"
    Content-Transfer-Encoding: base64

    5oKo55qE6YKu5Lu25peg5rOV6YCB6L6+44CC

    --0b1fd4e5-0002--

    --8a4ac3ba-4e2f-4d1d-9f4c-2b2a1f6f0001
    Content-Type: message/delivery-status

    Reporting-MTA: dns;SEYPR06MB1234.apcprd06.prod.outlook.com
    Received-From-MTA: dns;mail.example.org
    Arrival-Date: Mon, 2 Nov 2026 04:00:07 +0000

    Original-Recipient: rfc822;li@example.net
    Final-Recipient: rfc822;li@example.net
    Action: failed
    Status: 5.1.10
    Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup
    X-Display-Name: li@example.net

    --8a4ac3ba-4e2f-4d1d-9f4c-2b2a1f6f0001
    Content-Type: message/rfc822

    Return-Path: {to}
    Subject: =?utf-8?b?5pyJ5Lq66K6k6aKG5LqG5oKo55qE5b+D5oS/?=

    --8a4ac3ba-4e2f-4d1d-9f4c-2b2a1f6f0001--
"""

QQ = """
    X-QQ-mid: bizesmtp85t1793592011tabcdefg
    From: "PostMaster@qq.com" <PostMaster@qq.com>
    To: "{to}" <{to}>
    Mime-Version: 1.0
    Content-Type: multipart/report;
        report-type=delivery-status;
        boundary="----=_NextPart_6907_0A1B2C3D_53C4D2E1"
    Content-Transfer-Encoding: 8Bit
    Subject: =?gb18030?B?z7XNs83L0MU=?=
    Date: Mon, 2 Nov 2026 12:00:11 +0800
    X-Priority: 3
    Message-ID: <tencent_53C4D2E10A1B2C3D6907@qq.com>

    ------=_NextPart_6907_0A1B2C3D_53C4D2E1
    Content-Type: text/html; charset="gb18030"
    Content-Transfer-Encoding: base64

    xPq1xNPKvP7OtMTczbbQs8nPoaM=

    ------=_NextPart_6907_0A1B2C3D_53C4D2E1
    Content-Type: message/delivery-status

    Reporting-MTA: dns; newxmmxszc6-1.qq.com

    Final-Recipient: RFC822; <2850000000@qq.com>
    Action: Failed
    Status: 5.0.0
    Diagnostic-Code: SMTP; 550 Mailbox unavailable or access denied [MRKPrtEgMuMtf]. http://service.mail.qq.com/detail/122/169

    ------=_NextPart_6907_0A1B2C3D_53C4D2E1--
"""

NETEASE = """
    Received: from mail-m163.163.com (unknown [220.197.31.5])
        by mail.example.org (Postfix); Mon,  2 Nov 2026 12:00:13 +0800 (CST)
    From: Postmaster@163.com
    To: {to}
    Date: Mon, 2 Nov 2026 12:00:12 +0800
    Message-ID: <6907.0001@163smtp5>
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=delivery-status;
        boundary="=_6907_163smtp5"
    Subject: =?GBK?B?z7XNs83L0MU=?=

    --=_6907_163smtp5
    Content-Type: text/html; charset=GBK
    Content-Transfer-Encoding: 8bit

    <html>系统退信</html>

    --=_6907_163smtp5
    Content-Type: message/delivery-status

    Reporting-MTA: dns; 163smtp5
    Arrival-Date: Mon, 2 Nov 2026 12:00:12 +0800

    Final-Recipient: rfc822;wang@163.com
    Action: failed
    Status: 5.1.1
    Diagnostic-Code: smtp;SMTP error, RCPT TO: 550 User not found: wang@163.com

    --=_6907_163smtp5
    Content-Type: message/rfc822

    Subject: =?utf-8?b?5pyJ5Lq66K6k6aKG5LqG5oKo55qE5b+D5oS/?=

    --=_6907_163smtp5--
"""

MAILBOX_FULL = (
    NETEASE.replace("Status: 5.1.1", "Status: 5.2.2 (mailbox full)")
    .replace("Action: failed", "Action: failed (no more room)")
    .replace("550 User not found: wang@163.com", "552 Quota exceeded")
)

SENDMAIL_WITHOUT_ACTION = NETEASE.replace("    Action: failed\n", "").replace("5.1.1", "5.4.4")

OF_A_LIST = NETEASE.replace(
    "    Diagnostic-Code: smtp;SMTP error, RCPT TO: 550 User not found: wang@163.com\n",
    "\n    Final-Recipient: rfc822;he@163.com\n    Action: delivered\n    Status: 2.0.0\n",
)

ARRIVED = NETEASE.replace("Action: failed", "Action: delivered").replace("Status: 5.1.1", "Status: 2.1.5")

RELAYED = NETEASE.replace("Action: failed", "Action: relayed").replace("Status: 5.1.1", "Status: 2.1.9")

OUT_OF_OFFICE = """
    From: =?utf-8?b?5p2O?= <li@example.net>
    To: {to}
    Subject: =?utf-8?b?6Ieq5Yqo5Zue5aSN77ya5LyR5YGH5Lit?=
    Auto-Submitted: auto-replied
    X-Auto-Response-Suppress: All
    Precedence: bulk
    Content-Type: text/plain; charset="utf-8"

    我正在休假。550 5.1.1 Action: failed Status: 5.1.1
"""

OLD_AUTO_REPLY = """
    From: li@example.net
    To: {to}
    Subject: Re: hello
    X-Autoreply: yes
    Content-Type: text/plain

    I am away.
"""

READ = """
    From: li@example.net
    To: {to}
    Subject: Read: hello
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=disposition-notification; boundary="b"

    --b
    Content-Type: message/disposition-notification

    Final-Recipient: rfc822;li@example.net
    Disposition: manual-action/MDN-sent-manually; displayed

    --b--
"""

FROM_A_PERSON = """
    From: li@example.net
    To: {to}
    Subject: Re: hello
    Content-Type: text/plain; charset="utf-8"

    谢谢！Status: 5.1.1
"""

FORWARDED_REPORT = """
    From: li@example.net
    To: {to}
    Subject: Fwd: Undelivered Mail Returned to Sender
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="outer"

    --outer
    Content-Type: text/plain

    What is this?

    --outer
    Content-Type: message/rfc822

    Content-Type: multipart/report; report-type=delivery-status; boundary="inner"

    --inner
    Content-Type: message/delivery-status

    Reporting-MTA: dns; mail.example.net

    Final-Recipient: rfc822;li@example.net
    Action: failed
    Status: 5.1.1

    --inner--

    --outer--
"""

OPENSMTPD = NETEASE.replace("Action: failed", "Action: error").replace("Status: 5.1.1", "Status: 5.4.4")
