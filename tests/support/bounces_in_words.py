"""Mails that come back without a report (RFC 3464), as mail servers word them; `{to}` is where they go."""

QMAIL = """
    Return-Path: <>
    Received: (qmail 21433 invoked for bounce); 2 Nov 2026 04:00:15 -0000
    Date: 2 Nov 2026 04:00:15 -0000
    From: MAILER-DAEMON@mail.example.net
    To: {to}
    Subject: failure notice

    Hi. This is the qmail-send program at mail.example.net.
    I'm afraid I wasn't able to deliver your message to the following addresses.
    This is a permanent error; I've given up. Sorry it didn't work out.

    <li@example.net>:
    Sorry, no mailbox here by that name. (#5.1.1)

    --- Below this line is a copy of the message.

    Return-Path: <{to}>
    Received: from mail.example.org (Postfix 5.2.1)
    Subject: =?utf-8?b?5pyJ5Lq66K6k6aKG5LqG5oKo55qE5b+D5oS/?=
    Content-Transfer-Encoding: base64

    5oKo55qE5b+D5oS/
"""
"""QSBMF (cr.yp.to/proto/qsbmf.txt)."""

QMAIL_AFTER_A_WEEK = QMAIL.replace(
    "Sorry, no mailbox here by that name. (#5.1.1)",
    "I'm not going to try again; this message has been in the queue too long. (#4.4.1)",
).replace(" (#5.1.1)", "")

QMAIL_FOR_SOMEBODY_ELSE = QMAIL.replace("<li@example.net>:", "<li@forwarded.example.com>:")

QMAIL_TO_SEVERAL = QMAIL.replace("(#5.1.1)", "(#5.1.1)\n\n    <he@example.net>:\n    No such user.")

QMAIL_AT_CLOSED_MAILBOX = QMAIL.replace("(#5.1.1)", "(#5.2.1)")

EXIM = """
    Return-Path: <>
    X-Failed-Recipients: li@example.net
    From: Mail Delivery System <Mailer-Daemon@mail.example.net>
    To: {to}
    Subject: Mail delivery failed: returning message to sender
    Auto-Submitted: auto-generated
    Date: Mon, 02 Nov 2026 12:00:07 +0800

    This message was created automatically by mail delivery software.

    A message that you sent could not be delivered to one or more of its
    recipients. This is a permanent error. The following address(es) failed:

      li@example.net
        unrouteable mail domain "example.net"

    ------ This is a copy of the message, including all the headers. ------

    Return-path: <{to}>
    Subject: hello 5.1.1
"""
"""Exim wrote no report for long."""

EXIM_STILL_TRYING = """
    Return-Path: <>
    From: Mail Delivery System <Mailer-Daemon@mail.example.net>
    To: {to}
    Subject: Warning: message 1t8abc-0001Zz-0x delayed 24 hours
    Date: Mon, 02 Nov 2026 12:00:07 +0800

    This message was created automatically by mail delivery software.
    A message that you sent has not yet been delivered to one or more of its
    recipients after more than 24 hours on the queue on mail.example.net.

    The address to which the message has not yet been delivered is:

      li@example.net
        Delay reason: SMTP error from remote mail server: 451 4.7.1 try again later

    No action is required on your part. Delivery attempts will continue for
    some time, and this warning may be repeated at intervals.
"""

EXCHANGE = """
    Return-Path: <>
    From: System Administrator <postmaster@example.net>
    To: {to}
    Subject: Undeliverable: hello
    X-Mailer: Internet Mail Service (5.5.2653.19)
    Content-Type: text/plain; charset="gb2312"

    Your message

      To:      li@example.net
      Subject: hello

    did not reach the following recipient(s):

    li@example.net on Mon, 2 Nov 2026 12:00:09 +0800
        The recipient name is not recognized
        MSEXCH:IMS:EXAMPLE:NET:MAIL 0 (000C05A6) Unknown Recipient
"""

IN_CHINESE = """
    Return-Path: <>
    From: =?GBK?B?08q8/s+1zbM=?= <postmaster@example.cn>
    To: {to}
    Subject: =?GBK?B?zcvQxc2o1qo=?=
    MIME-Version: 1.0
    Content-Type: multipart/mixed; boundary="cn"

    --cn
    Content-Type: text/html; charset="utf-8"
    Content-Transfer-Encoding: base64

    {html}
    --cn
    Content-Type: message/rfc822

    Return-Path: <{to}>
    Subject: 5.1.1

    Hi.
    --cn--
"""
"""What systems of Chinese houses write: a page, packed, and our mail; `{html}` is the page."""

REFUSED = "<p>您的邮件被退回：</p><td>li@example.cn</td><td>原因：</td><td>550 User not found</td>"
GONE = "<p>投递失败。原因：远程服务器返回 550 5.1.1 &lt;li@example.cn&gt; 用户不存在</p>"
STILL_TRYING = "<p>您的邮件尚未送达，系统将继续尝试投递，您无需重新发送。</p>"
VAGUE = "<p>您的邮件有新的情况，请登录查看。</p>"

DELAYED_IN_WORDS_OF_ITS_OWN = """
    Return-Path: <>
    From: postmaster@example.net
    To: {to}
    Subject: Your mail

    Your mail to Li, li@example.net, is delayed. We will try again.
"""

FROM_THE_SERVER_ABOUT_SOMETHING_ELSE = DELAYED_IN_WORDS_OF_ITS_OWN.replace(
    "Your mail to Li, li@example.net, is delayed. We will try again.", "Our server moves on Sunday."
)

OUT_OF_OFFICE = """
    Return-Path: <>
    From: li@example.net
    To: {to}
    Subject: Auto: hello
    {mark}

    I am away. My old mail server says:
    Hi. This is the qmail-send program at mail.example.net.
    I've given up.

    <li@example.net>:
    550 5.1.1 no such user
"""
"""A programme answers, and could be taken for a mail server by its words; `{mark}` is a header."""

CHALLENGE = """
    Return-Path: <>
    From: li@example.net
    Reply-To: confirm-1793592007@example.net
    To: {to}
    Subject: Please confirm your message
    Auto-Submitted: auto-replied

    Your message could not be delivered to <li@example.net>: until you confirm it.
    550 5.7.1 unconfirmed
"""

FROM_A_PERSON = """
    Return-Path: <postmaster@example.net>
    From: Li <postmaster@example.net>
    To: {to}
    Subject: Re: failure notice

    I got this, what is it?

    Hi. This is the qmail-send program at mail.example.net.
    I've given up.

    <li@example.net>:
    Sorry, no mailbox here by that name. (#5.1.1)
"""

READ_BY_A_SERVER = """
    Return-Path: <>
    From: postmaster@example.net
    To: {to}
    Subject: Deleted: hello
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=disposition-notification; boundary="b"

    --b
    Content-Type: text/plain

    Your message could not be delivered to <li@example.net>: 550 5.1.1
    --b
    Content-Type: message/disposition-notification

    Final-Recipient: rfc822;li@example.net
    Disposition: automatic-action/MDN-sent-automatically; deleted
    --b--
"""

EMPTY_REPORT = """
    Return-Path: <>
    From: MAILER-DAEMON@mail.example.net
    To: {to}
    Subject: failure notice
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=delivery-status; boundary="b"

    --b
    Content-Type: text/plain

    Your message could not be delivered to <li@example.net>: 550 5.1.1
    --b
    Content-Type: message/delivery-status

    Reporting-MTA: dns; mail.example.net

    --b--
"""
