"""The official taxonomies of 000, 001 and 004, mapped onto one Category; pure.

A wish keeps one category (004's eight words) and its kind. In which class of another city's taxonomy it lies
follows from the two, so nobody sorts a wish twice and figures of cities with other words can be compared.
"""

from collections.abc import Mapping

from services.wishes.contracts import Category, OfficialClass, Taxonomy, Urgency, WishKind

WORDS: Mapping[Taxonomy, Mapping[str, tuple[str, str]]] = {
    Taxonomy.TANGSHAN: {  # 000 一、“微项目”和“微心愿”主要包括三大类
        "goods": ("物资需求类", "Goods"),
        "service": ("便民服务类", "Services for residents"),
        "development": ("公益发展类", "Learning and public good"),
    },
    Taxonomy.LOUDI: {  # 001 三、“微心愿”内容
        "living": ("生活物资需求", "Goods of daily life"),
        "spirit": ("精神文化需求", "Company and culture"),
        "policy": ("政策扶持需求", "Help with policies and rights"),
        "micro_service": ("微服务、微关怀", "Small services and care"),
    },
    Taxonomy.CHUANHUI: {  # 004: 按照政策宣传、法律援助……进一步细化分解
        Category.POLICY: ("政策宣传", "Explaining policies"),
        Category.LEGAL_AID: ("法律援助", "Legal aid"),
        Category.HEALTH: ("医疗保健", "Health care"),
        Category.POVERTY_RELIEF: ("扶贫帮困", "Help in hardship"),
        Category.CONVENIENCE: ("便民利民", "Everyday conveniences"),
        Category.CULTURE: ("文化娱乐", "Culture and leisure"),
        Category.MEDIATION: ("治安调解", "Safety and mediation"),
        Category.ENVIRONMENT: ("环境保护", "Environment"),
    },
}
"""The classes of each taxonomy, Chinese as the documents write them, and English."""

# 000 puts whatever is handed over first, then what is taught or told, and the rest is service.
_TAUGHT_OR_TOLD = frozenset({Category.POLICY, Category.CULTURE})
_RIGHTS = frozenset({Category.POLICY, Category.LEGAL_AID})


def class_key(taxonomy: Taxonomy, category: Category, kind: WishKind) -> str:
    """Return the key of the class in which a wish lies."""
    if taxonomy is Taxonomy.CHUANHUI:
        return category.value
    if taxonomy is Taxonomy.TANGSHAN:
        if kind is WishKind.GOODS:
            return "goods"
        return "development" if category in _TAUGHT_OR_TOLD else "service"
    if category in _RIGHTS:
        return "policy"
    if kind is WishKind.GOODS:
        return "living"
    return "spirit" if kind is WishKind.SPIRIT or category is Category.CULTURE else "micro_service"


def official_class(taxonomy: Taxonomy, key: str) -> OfficialClass:
    """Return a class with its words; `KeyError` for one that there is not."""
    zh, en = WORDS[taxonomy][key]
    return OfficialClass(taxonomy=taxonomy, key=key, zh=zh, en=en)


def pairs_in(taxonomy: Taxonomy, key: str) -> list[tuple[Category, WishKind]]:
    """Return the categories and kinds of the wishes that lie in a class; none for an unknown class."""
    return [
        (category, kind)
        for category in Category
        for kind in WishKind
        if class_key(taxonomy, category, kind) == key
    ]


URGENCY_WORDS: Mapping[Urgency, tuple[str, str]] = {
    Urgency.URGENT: ("急：马上发布", "Urgent: goes up at once"),
    Urgency.PRESSING: ("重：优先审核", "Pressing: screened first"),
    Urgency.ORDINARY: ("缓：按月发布", "Ordinary: goes up with its month"),
}
"""轻重缓急 (003 新兴街道), as three classes."""
