"""The words in which wishes and residents are sorted: kinds, categories, urgency, doors, hardship."""

from enum import StrEnum

__all__ = [
    "Category",
    "Claimant",
    "Door",
    "Hardship",
    "Urgency",
    "WishKind",
]


class WishKind(StrEnum):
    """What sort of thing is wished for."""

    GOODS = "goods"  # 物资
    SERVICE = "service"  # 服务
    SPIRIT = "spirit"  # 精神 / 陪伴


class Category(StrEnum):
    """The one taxonomy onto which those of 000, 001 and 004 map; the words are 004's eight."""

    POLICY = "policy"  # 政策宣传
    LEGAL_AID = "legal_aid"  # 法律援助
    HEALTH = "health"  # 医疗保健
    POVERTY_RELIEF = "poverty_relief"  # 扶贫帮困
    CONVENIENCE = "convenience"  # 便民利民
    CULTURE = "culture"  # 文化娱乐
    MEDIATION = "mediation"  # 治安调解
    ENVIRONMENT = "environment"  # 环境保护


class Urgency(StrEnum):
    """轻重缓急: an urgent wish does not wait for its month."""

    URGENT = "urgent"
    PRESSING = "pressing"
    ORDINARY = "ordinary"


class Door(StrEnum):
    """Where a wish came in."""

    ONLINE = "online"  # the resident, without an account
    VISIT = "visit"  # 走访
    CALL = "call"  # 来电
    CHAT = "chat"  # 微信群
    CARD = "card"  # 心愿卡
    COUNTER = "counter"  # 窗口
    FORM_000 = "form_000"
    FORM_001_1 = "form_001_1"


class Hardship(StrEnum):
    """Why somebody is on the roster (困难类型), from 001, 003 and 004."""

    LOW_INCOME = "low_income"  # 低保户
    FIVE_GUARANTEES = "five_guarantees"  # 五保户
    TARGETED_RELIEF = "targeted_relief"  # 精准扶贫户
    LEFT_BEHIND_CHILD = "left_behind_child"  # 留守儿童
    SPECIAL_CHILD = "special_child"  # 特殊儿童、困境儿童
    DISABLED = "disabled"  # 残障人士
    EMPTY_NEST = "empty_nest"  # 空巢老人
    LIVING_ALONE = "living_alone"  # 孤寡独居老人
    BEREAVED_PARENT = "bereaved_parent"  # 失独老人
    ILL = "ill"  # 因病致困
    MIGRANT_WORKER = "migrant_worker"  # 外来务工人员
    SINGLE_PARENT = "single_parent"  # 单亲家庭
    VETERAN = "veteran"  # 退役荣誉军人
    PARTY_MEMBER_IN_NEED = "party_member_in_need"  # 困难党员、老党员
    OTHER = "other"


class Claimant(StrEnum):
    """Whom a wish suits (适合认领的主体), as the screener sees it; 003 sorts by 认领主体."""

    ANYONE = "anyone"
    MEMBER = "member"  # one person can do it
    SEVERAL = "several"  # 多对一: several join hands
    UNIT = "unit"  # 单位 / 党组织 / 企业
