"""What operators read: how channels and providers stand, and whether all words can be said."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.refusals import Refusal
from services.chassis.rights import EVERYWHERE
from services.chassis.work import Work
from services.notify.channels.providers import Line, Provider
from services.notify.channels.registry import HasRegistry, RegisteredTemplate, Standing
from services.notify.channels.samples import a_parcel
from services.notify.contracts import (
    ChannelsSeen,
    ChannelStanding,
    CheckWords,
    ProviderStanding,
    RegisteredTemplateView,
    SeeChannels,
    WordsChecked,
    WordsProblem,
)
from services.notify.domain import TOPICS, Outcome, RecipientKind, Topic, TopicClass
from services.notify.gate.proofs import prove
from services.notify.models import Account, Override
from services.notify.queries.standing import (
    WARNS_BEFORE,
    accounts_of,
    doubts,
    last_codes,
    last_hour,
    missing_receipts,
    uses_of,
    waiting_by_lane,
)
from services.notify.templates import BLOCKS, LANGUAGES, Unrenderable, Words, name_of
from services.notify.templates.samples import samples_of
from services.notify.templates.wordings import blocks_of

Lines = Mapping[str, Line]

MOST_PARTS = 2
"""Parts of a registered SMS, as of our own."""


def see_channels(lines: Lines, work: Work, query: SeeChannels) -> ChannelsSeen:
    """Return how channels stand, as the tables have it and as the process that answers knows it."""
    work.permit(EVERYWHERE)
    now, session = clock.now(), work.session
    waiting, told = waiting_by_lane(session, now), _Told.read(session, now)
    seen = []
    for name, line in lines.items():
        lanes = {lane.value: waiting.get((name, lane.value), (0, None)) for lane in TopicClass}
        oldest = [at for _, at in lanes.values() if at]
        providers = [_standing(one, told, now) for one in line.providers]
        numbers = {lane: number for lane, (number, _) in lanes.items()}
        seen.append(
            ChannelStanding(
                channel=name, waiting=numbers, oldest_due_at=min(oldest, default=None), providers=providers
            )
        )
    return ChannelsSeen(items=seen)


@dataclass(frozen=True)
class _Told:
    """What the tables tell of providers, each by its name."""

    hour: Mapping[str, tuple[int, int]]
    codes: Mapping[str, str]
    doubted: Mapping[str, int]
    missing: Mapping[str, int]
    accounts: Mapping[str, Account]

    @classmethod
    def read(cls, session: Session, now: datetime) -> "_Told":
        """Return what they tell now."""
        return cls(
            last_hour(session, now),
            last_codes(session, now),
            doubts(session),
            missing_receipts(session),
            accounts_of(session),
        )


def _standing(provider: Provider, told: _Told, now: datetime) -> ProviderStanding:
    name = provider.channel.provider
    accepted, failed = told.hour.get(name, (0, 0))
    account = told.accounts.get(name)
    rests = [at for at in (provider.rests_until, account and account.rests_until) if at and at > now]
    return ProviderStanding(
        provider=name,
        rests_until=max(rests, default=None),
        accepted=accepted,
        failed=failed,
        ambiguous=told.doubted.get(name, 0),
        receipts_missing=told.missing.get(name, 0) if provider.hearing else 0,
        stopped_since=account.stopped_at if account else None,
        stop_code=account.stop_code if account else "",
        last_code=told.codes.get(name, ""),
    )


def check_words(words: Words, lines: Lines, work: Work, query: CheckWords) -> WordsChecked:
    """Fill in everything that could be said with samples; return what cannot be, and what soon cannot."""
    work.permit(EVERYWHERE)
    problems: list[WordsProblem] = []
    rendered = _check_standing_words(words, problems)
    overrides = work.session.execute(select(Override).where(Override.withdrawn_at.is_(None))).scalars().all()
    for override in overrides:
        problems += _wrong_with(words, override)
    templates = []
    for channel in _registries(lines):
        used = uses_of(work.session, channel.provider)
        channel.registry.know_uses(used, clock.now())
        for template in channel.registry.templates:
            view = _template(channel, template, used.get(template.id))
            templates.append(view)
            problems += _wrong_with_template(view, clock.now())
    return WordsChecked(rendered=rendered, overrides=len(overrides), templates=templates, problems=problems)


def _check_standing_words(words: Words, problems: list[WordsProblem]) -> int:
    """Fill in every block of every standing template; return how many were, and note those that were not."""
    rendered = 0
    told = [(topic, kind) for topic, rule in TOPICS.items() for kind in rule.plans]
    for (topic, kind), language in product(told, LANGUAGES):
        for (form, said), block in product(samples_of(topic), BLOCKS):
            try:
                words.fill(block, topic, kind, language, said)
                rendered += 1
            except Unrenderable as fault:
                where = f"{name_of(topic, kind, language)} {block} {form}".strip()
                problems.append(WordsProblem(where=where, problem="unrenderable", detail=str(fault)))
    return rendered


def _wrong_with(words: Words, override: Override) -> Iterator[WordsProblem]:
    """Yield what is wrong with words in force: what was proved once may name words that are gone since."""
    topic, kind = Topic(override.topic), RecipientKind(override.kind)
    try:
        prove(words, topic, kind, override.language, blocks_of(override))
    except Refusal as refusal:
        where = f"{override.area_path} {name_of(topic, kind, override.language)}"
        yield WordsProblem(where=where, problem=refusal.code, detail=str(refusal.arguments)[:200])


def _registries(lines: Lines) -> Iterator[HasRegistry]:
    for line in lines.values():
        for provider in line.providers:
            if isinstance(provider.channel, HasRegistry):
                yield provider.channel


def _template(
    channel: HasRegistry, template: RegisteredTemplate, used_at: datetime | None
) -> RegisteredTemplateView:
    lapses_at = channel.registry.lapses_at(template)
    return RegisteredTemplateView(
        provider=channel.provider,
        id=template.id,
        told=template.told,
        language=template.language,
        signature=template.signature or channel.registry.signature,
        state=template.state,
        parts=_parts(channel, template),
        last_used_at=used_at,
        lapses_on=lapses_at.date() if lapses_at else None,
    )


def _parts(channel: HasRegistry, template: RegisteredTemplate) -> int:
    """Return of how many parts the SMS consists at most, with the samples meant for it; 0 when none fits."""
    topic = Topic(template.told.partition(".")[0])
    fitted = [
        channel.registry.fit_into(template, a_parcel("", template.told, said, template.language))
        for _, said in samples_of(topic)
    ]
    return max((wording.parts for wording in fitted if not isinstance(wording, Outcome)), default=0)


def _wrong_with_template(view: RegisteredTemplateView, now: datetime) -> Iterator[WordsProblem]:
    where = f"{view.provider} {view.id} {view.told} {view.language}"
    if view.state != Standing.APPROVED:
        yield WordsProblem(where=where, problem="not_approved", detail=view.state)
        return
    if view.parts == 0:
        yield WordsProblem(where=where, problem="samples_do_not_fit")
    if view.parts > MOST_PARTS:
        yield WordsProblem(where=where, problem="too_long", detail=f"{view.parts} parts")
    if view.lapses_on is None:
        yield WordsProblem(where=where, problem="approved_on_missing")
    elif now.date() >= view.lapses_on - WARNS_BEFORE:
        problem = "lapsed" if now.date() >= view.lapses_on else "lapses"
        yield WordsProblem(where=where, problem=problem, detail=str(view.lapses_on))
