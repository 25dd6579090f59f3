"""The words of a message are those that were in force where and when it was planned: it keeps their names."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, func, literal, select

from services.notify.domain import RecipientKind, Topic
from services.notify.models import Override
from services.notify.templates import LANGUAGES

Expression = ColumnElement[Any]


def pinned(version: str, topic: Topic, kind: RecipientKind, area_path: Expression) -> Expression:
    """Return SQL for what a message keeps: the version of the standing words, and whose words hold there.

    The nearest area upward decides, for each language by itself, since that of a recipient may change. As
    long as nobody overrides a topic, looking for it costs one question for any number of messages.
    """
    is_told = and_(
        Override.topic == topic.value, Override.kind == kind.value, Override.withdrawn_at.is_(None)
    )
    holding = func.concat_ws(",", *(_nearest(is_told, area_path, language) for language in LANGUAGES))
    with_own = literal(version) + func.coalesce(literal(":") + func.nullif(holding, ""), "")
    return case((exists().where(is_told), with_own), else_=literal(version))


def overrides_in(wording: str) -> Iterable[UUID]:
    """Return the overrides that a message was planned with."""
    _, _, names = wording.partition(":")
    return [UUID(name) for name in names.split(",") if name]


def _nearest(is_told: Expression, area_path: Expression, language: str) -> Expression:
    holds_there = and_(
        is_told, Override.language == language, func.starts_with(area_path, Override.area_path)
    )
    nearest = select(cast(Override.id, String)).where(holds_there)
    return nearest.order_by(func.length(Override.area_path).desc()).limit(1).scalar_subquery()
