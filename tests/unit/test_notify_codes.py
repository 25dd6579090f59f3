"""What the vendors' codes mean: each entry of a table stands in one class, and these in the right one."""

from datetime import timedelta

import pytest

from services.notify.channels import aliyun, chats, tencent
from services.notify.channels.codes import Codes
from services.notify.channels.robots import DINGTALK_CODES, FEISHU_CODES, WECOM_ROBOT_CODES
from services.notify.channels.wechat import WECHAT_CODES, WECOM_CODES
from services.notify.domain import Verdict

TABLES = {
    "dingtalk": DINGTALK_CODES,
    "feishu": FEISHU_CODES,
    "wecom_robot": WECOM_ROBOT_CODES,
    "wecom": WECOM_CODES,
    "wechat": WECHAT_CODES,
    "telegram": Codes(**chats.TELEGRAM_CODES),
    "matrix": Codes(**chats.MATRIX_CODES),
    "aliyun": Codes(**aliyun.CODES),
    "tencent": Codes(**tencent.CODES),
}


@pytest.mark.parametrize("of", TABLES)
def test_no_entry_of_a_table_has_two_classes(of: str) -> None:
    entries = [entry for verdict in Verdict for entry in getattr(TABLES[of], verdict.value)]

    assert sorted(entries) == sorted(set(entries))


@pytest.mark.parametrize("of", TABLES)
def test_an_account_rests_only_for_what_waits(of: str) -> None:
    table = TABLES[of]

    assert {table.verdict(code.rstrip("*")) for code in table.rests} <= {Verdict.WAIT}


@pytest.mark.parametrize(
    ("of", "code", "verdict", "minutes"),
    [
        # DingTalk and Feishu: what concerns the robot stops it, what concerns words does not.
        ("dingtalk", "410100", "wait", 10),
        ("dingtalk", "400013", "stop", None),
        ("dingtalk", "400106", "stop", None),
        ("dingtalk", "430101", "permanent", None),
        ("dingtalk", "430104", "permanent", None),
        ("dingtalk", "101002", "permanent", None),
        ("dingtalk", "90006", "wait", 1),
        ("feishu", "99991400", "wait", 1),
        ("feishu", "19001", "stop", None),
        ("feishu", "19002", "permanent", None),
        ("wecom_robot", "93008", "stop", None),
        # WeCom: a member out of sight stops nobody else; an application that is off stops.
        ("wecom", "60011", "permanent", None),
        ("wecom", "50002", "permanent", None),
        ("wecom", "82001", "permanent", None),
        ("wecom", "92000", "permanent", None),
        ("wecom", "50003", "stop", None),
        ("wecom", "60020", "stop", None),
        ("wecom", "301002", "stop", None),
        ("wecom", "45009", "wait", 60),
        # WeChat: who does not want to hear, which template may not be used, and what stops the account.
        ("wechat", "48002", "opted_out", None),
        ("wechat", "50005", "opted_out", None),
        ("wechat", "40036", "elsewhere", None),
        ("wechat", "40252", "elsewhere", None),
        ("wechat", "43116", "elsewhere", None),
        ("wechat", "40249", "permanent", None),
        ("wechat", "40250", "permanent", None),
        ("wechat", "46004", "permanent", None),
        ("wechat", "40251", "wait", 60),
        ("wechat", "45011", "wait", 1),
        ("wechat", "45066", "wait", None),
        ("wechat", "45065", "accepted", None),
        ("wechat", "45084", "retry", None),
        ("wechat", "40243", "stop", None),
        ("wechat", "48004", "stop", None),
        ("wechat", "50004", "stop", None),
        ("wechat", "61004", "stop", None),
        ("wechat", "89503", "stop", None),
        ("matrix", "M_UNAUTHORIZED", "stop", None),
        ("matrix", "M_USER_SUSPENDED", "stop", None),
        ("matrix", "M_MISSING_PARAM", "permanent", None),
        # Aliyun: who unsubscribed from invitations still gets codes; in receipts it is for good.
        ("aliyun", "isv.CUSTOMER_REFUSED", "permanent", None),
        ("aliyun", "USER_REJECT", "opted_out", None),
        ("aliyun", "MOBILE_IN_BLACK", "opted_out", None),
        ("aliyun", "isv.SMS_TEST_NUMBER_LIMIT", "elsewhere", None),
        ("aliyun", "isv.SIGN_STATE_ILLEGAL", "elsewhere", None),
        ("aliyun", "isv.DOMESTIC_NUMBER_NOT_SUPPORTED", "elsewhere", None),
        ("aliyun", "isv.EXTEND_CODE_ERROR", "elsewhere", None),
        ("aliyun", "isv.UNSUPPORTED_CONTENT", "permanent", None),
        ("aliyun", "isv.SECURITY_FROZEN_ACCOUNT", "stop", None),
        ("aliyun", "InvalidAction.NotFound", "stop", None),
        # Tencent: a limit on numbers abroad does not hold back those at home.
        ("tencent", "LimitExceeded.DailyLimit", "wait", None),
        ("tencent", "LimitExceeded.GlobalSmsSendingRateLimit", "wait", None),
        ("tencent", "LimitExceeded.AppDailyLimit", "wait", 60),
        ("tencent", "FailedOperation.FailResolvePacket", "permanent", None),
        ("tencent", "FailedOperation.ParametersOtherError", "retry", None),
        ("tencent", "UnsupportedOperation.UnsupportedRegion", "elsewhere", None),
        (
            "tencent",
            "UnauthorizedOperation.IndividualUserMarketingSmsPermissionDeny",
            "elsewhere",
            None,
        ),
        ("tencent", "UnauthorizedOperation.ServiceSuspendDueToArrears", "stop", None),
        ("tencent", "IpNotInWhitelist", "stop", None),
        ("tencent", "DB:00144", "opted_out", None),
        ("tencent", "SME13", "opted_out", None),
    ],
)
def test_what_a_vendor_says_has_its_class(of: str, code: str, verdict: str, minutes: int | None) -> None:
    outcome = TABLES[of].outcome(code)

    assert outcome.verdict.value == verdict
    assert outcome.after == (None if minutes is None else timedelta(minutes=minutes))


@pytest.mark.parametrize("code", ["MOBILE_NOT_ON_SERVICE", "INVALID_NUMBER", "MOBILE_ACCOUNT_ABNORMAL"])
def test_a_phone_that_is_switched_off_opts_nobody_out(code: str) -> None:
    assert not TABLES["aliyun"].opts_out(code)
