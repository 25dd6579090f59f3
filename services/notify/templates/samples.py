"""Sample words for everything that notify tells, in every form: for previews and for checks of templates."""

from collections.abc import Iterator
from typing import Any

from services.notify.domain import Topic

SAMPLES: dict[Topic, dict[str, Any]] = {
    Topic.WISH_RECEIVED: {"code": "XY-1234", "confirmation_code": "830461", "title": "一床厚棉被"},
    Topic.WISH_SCREENED: {
        "code": "XY-1234",
        "title": "一床厚棉被",
        "outcome": "returned",
        "reason": "请写明尺寸",
    },
    Topic.RELEASE_DIGEST: {"period": "2026-12", "area_name": "川汇区", "released": 212, "carried_over": 9},
    Topic.WISH_CLAIMED: {"title": "一床厚棉被", "wish_code": "XY-1234", "due_on": "2026-12-19"},
    Topic.CLAIM_ENDED: {"title": "一床厚棉被", "wish_code": "XY-1234", "how": "lapsed", "reason": ""},
    Topic.CLAIM_DELIVERED: {"title": "一床厚棉被", "wish_code": "XY-1234"},
    Topic.FULFILMENT_CONFIRMED: {"title": "一床厚棉被", "wish_code": "XY-1234", "by_resident": True},
    Topic.CLAIM_DUE_SOON: {
        "title": "一床厚棉被",
        "wish_code": "XY-1234",
        "due_on": "2026-12-19",
        "days_left": 3,
    },
    Topic.CLAIM_OVERDUE: {
        "title": "一床厚棉被",
        "wish_code": "XY-1234",
        "due_on": "2026-12-19",
        "days_late": 2,
    },
    Topic.THRESHOLD_REACHED: {"year": 2026, "threshold": "star", "points": 30},
    Topic.FEEDBACK_ISSUED: {"period": "2026H2", "members": 40, "taking_part": 12, "fulfilled": 15},
    Topic.FEEDBACK_ANSWERED: {"period": "2026H2", "unit_name": "区档案馆"},
    Topic.SIGN_IN_CODE: {"code": "402913", "minutes": 10},
    Topic.POINTS_CORRECTED: {
        "title": "一床厚棉被",
        "year": 2026,
        "is_more": False,
        "amount": 2,
        "balance": 23,
        "reason": "多记了一次",
    },
    Topic.CORRECTION_PROPOSED: {"title": "一床厚棉被", "is_more": True, "amount": 2},
    Topic.OUTSTANDING_NOMINATED: {"community_name": "人民社区", "year": 2026},
    Topic.NOMINATION_DECIDED: {"year": 2026, "is_approved": True},
    Topic.NOTICE_SENT: {"kind": "member_wishes", "year": 2026, "required": 1, "done": 0},
    Topic.NOTICE_OBJECTED: {"year": 2026},
    Topic.NOTICE_DECIDED: {"year": 2026, "is_withdrawn": True, "reason": "全年住院"},
    Topic.FEEDBACK_UNANSWERED: {"period": "2026H2", "is_received": False},
    Topic.WISH_REFERRED: {
        "code": "XY-1234",
        "title": "一床厚棉被",
        "department": "区残联",
        "reason": "需要专业适配",
        "due_on": "2026-12-19",
    },
    Topic.REFERRAL_ANSWERED: {
        "code": "XY-1234",
        "title": "一床厚棉被",
        "department": "区残联",
        "reason": "轮椅已送到家",
        "outcome": "settled",
    },
    Topic.CAMPAIGN_STAGE: {
        "campaign_name": "点亮微心愿",
        "area_name": "高新区",
        "stage": "claiming",
        "until": "2026-12-19",
        "released": 31,
    },
    Topic.ROSTER_DUE: {"month": "2026-12", "community_name": "银华社区", "people": 7},
    Topic.FESTIVAL_NEAR: {
        "festival_zh": "重阳节",
        "festival_en": "Double Ninth Festival",
        "on": "2026-10-18",
        "audience_zh": "孤寡、空巢老人",
        "audience_en": "old people on their own",
        "community_name": "银华社区",
        "people": 12,
    },
    Topic.FIGURES_AWAITED: {"period": "2026H2", "period_kind": "half_year", "area_name": "银华社区"},
    Topic.COMPLAINT_RECEIVED: {"due_on": "2026-12-19"},
    Topic.COMPLAINT_ESCALATED: {"due_on": "2026-12-19"},
    Topic.COMPLAINT_ANSWERED: {"code": "K7MX2PQR"},
    Topic.WAITING_MOVED: {
        "title": "一床厚棉被",
        "wish_code": "XY-1234",
        "how": "offered",
        "until": "12-07 14:00",
    },
    Topic.POOL_MOVED: {"title": "一把轮椅", "wish_code": "XY-1234", "how": "reached", "target": 900},
    Topic.DISPATCH_PROPOSED: {
        "title": "一床厚棉被",
        "wish_code": "XY-1234",
        "answer_on": "2026-12-07",
        "answer_at": "14:00",
    },
    Topic.URGENT_DISPATCH: {
        "title": "一床厚棉被",
        "wish_code": "XY-1234",
        "answer_on": "2026-12-07",
        "answer_at": "14:00",
    },
    Topic.DISPATCH_WITHDRAWN: {"title": "一床厚棉被", "wish_code": "XY-1234"},
    Topic.DISPATCH_ANSWERED: {
        "title": "一床厚棉被",
        "wish_code": "XY-1234",
        "how": "declined",
        "reason": "",
    },
    Topic.RECTIFICATION_MOVED: {
        "title": "一床厚棉被",
        "wish_code": "XY-1234",
        "how": "opened",
        "due_on": "2026-12-19",
        "reason": "",
    },
    Topic.ESCALATION_RAISED: {"title": "一把轮椅", "code": "XY-1234", "kind": "offer", "waited": 2},
    Topic.VISIT_MOVED: {
        "title": "陪老人聊天",
        "wish_code": "XY-1234",
        "how": "due",
        "due_on": "2026-12-19",
        "rhythm": "weekly",
        "reason": "",
    },
    Topic.PROJECT_MOVED: {"title": "扶您上下楼", "code": "PABCDEFG", "how": "approved", "reason": ""},
    Topic.BUDGET_NEAR: {"month": "2026-12", "percent": 82, "is_exhausted": False},
    Topic.ACCOUNT_STOPPED: {"channel": "sms", "provider": "aliyun", "code": "isv.AMOUNT_NOT_ENOUGH"},
    Topic.DAILY_DIGEST: {"day": "2026-12-05", "number": 2, "titles": "· 12月的微心愿已上树\n· 心愿已圆"},
}
"""Sample words for every topic; the names and codes in them are made up."""

FORMS: dict[Topic, list[dict[str, Any]]] = {
    Topic.WISH_SCREENED: [{"outcome": outcome} for outcome in ("accepted", "returned", "declined")],
    Topic.CLAIM_ENDED: [{"how": how} for how in ("lapsed", "not_done", "withdrawn", "returned")],
    Topic.THRESHOLD_REACHED: [{"threshold": name} for name in ("letter", "star", "outstanding")],
    Topic.CLAIM_DUE_SOON: [{"days_left": days} for days in (3, 0)],
    Topic.FULFILMENT_CONFIRMED: [{"by_resident": said} for said in (True, False)],
    Topic.RELEASE_DIGEST: [{"carried_over": number} for number in (9, 0)],
    Topic.REFERRAL_ANSWERED: [{"outcome": outcome} for outcome in ("settled", "returned", "declined")],
    Topic.CAMPAIGN_STAGE: [{"stage": stage} for stage in ("collecting", "claiming", "granting")],
    Topic.FESTIVAL_NEAR: [{"people": number} for number in (12, 0)],
    Topic.FIGURES_AWAITED: [
        {"period": period, "period_kind": kind}
        for period, kind in (("2026-11", "month"), ("2026H2", "half_year"), ("2026", "year"))
    ],
    Topic.FEEDBACK_ANSWERED: [{"unit_name": name} for name in ("区档案馆", "")],
    Topic.POINTS_CORRECTED: [{"is_more": said} for said in (True, False)],
    Topic.CORRECTION_PROPOSED: [{"is_more": said} for said in (True, False)],
    Topic.NOMINATION_DECIDED: [{"is_approved": said} for said in (True, False)],
    Topic.NOTICE_SENT: [{"kind": kind} for kind in ("member_wishes", "unit_projects", "street_wishes")],
    Topic.NOTICE_DECIDED: [{"is_withdrawn": said} for said in (True, False)],
    Topic.FEEDBACK_UNANSWERED: [{"is_received": said} for said in (True, False)],
    Topic.WAITING_MOVED: [{"how": how} for how in ("offered", "timed_out", "closed")],
    Topic.POOL_MOVED: [{"how": how} for how in ("reached", "lapsed", "closed")],
    Topic.DISPATCH_ANSWERED: [{"how": how} for how in ("accepted", "declined", "timed_out", "exhausted")],
    Topic.RECTIFICATION_MOVED: [
        {"how": how} for how in ("opened", "remedied", "reopened", "overdue", "done")
    ],
    Topic.ESCALATION_RAISED: [{"kind": kind} for kind in ("offer", "claim", "rectification", "milestone")],
    Topic.VISIT_MOVED: [
        {"how": how, "rhythm": rhythm}
        for how in ("arranged", "due", "missed", "ended", "left")
        for rhythm in ("weekly", "monthly")
    ],
    Topic.BUDGET_NEAR: [{"is_exhausted": is_exhausted} for is_exhausted in (False, True)],
    Topic.PROJECT_MOVED: [
        {"how": how}
        for how in (
            "proposed",
            "revised",
            "approved",
            "sent_back",
            "claimed",
            "left",
            "completed",
            "signed_off",
            "not_accepted",
            "withdrawn",
        )
    ],
}
"""The forms of a topic whose templates choose between words: what differs in each."""


def samples_of(topic: Topic) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every form of a topic: its name, such as `how: lapsed`, and the words to fill in."""
    for form in FORMS.get(topic, [{}]):
        yield ", ".join(f"{name}: {word}" for name, word in form.items()), SAMPLES[topic] | form
