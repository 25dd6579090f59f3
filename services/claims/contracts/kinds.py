"""The kinds of claimants."""

from enum import StrEnum

__all__ = [
    "ClaimantKind",
    "JointParty",
]


class ClaimantKind(StrEnum):
    """Who holds a claim (seeds 000 and 003: 单位、党组织或企业集体认领，志愿服务队)."""

    MEMBER = "member"
    TEAM = "team"  # 志愿服务队
    UNIT = "unit"
    BRANCH = "branch"  # 党支部
    COMPANY = "company"  # 企业
    JOINT = "joint"  # 联合: several of them, one leads
    POOL = "pool"  # 众筹: members who pledged together


class JointParty(StrEnum):
    """Who takes part in a joint claim (seed 001: 跨社区、跨单位或联合开展)."""

    UNIT = "unit"
    TEAM = "team"
    COMMUNITY = "community"
