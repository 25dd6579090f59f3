"""`wishtree notify`: try a channel, see how providers stand, check that all words can be said."""

from typing import Annotated, Any

import typer
from rich.table import Column, Table

from services.chassis.contracts import Done
from services.chassis.rights import OPERATOR_AT_THE_CONSOLE
from services.console.commands import bursting, tracing
from services.console.place import DEFAULT_HOME, Config, Home, answering_place, settings_at
from services.console.speech import AsJson, answering, moment, out, tell
from services.console.usage import WrongUsage
from services.notify.contracts import (
    ChannelsSeen,
    ChannelStanding,
    ChannelTried,
    CheckSuppression,
    CheckWords,
    LiftSuppression,
    ProviderStanding,
    SeeChannels,
    SuppressAddress,
    SuppressionList,
    TryChannel,
    WordsChecked,
)

app = typer.Typer(help="Messages to people: channels, providers, words.", no_args_is_help=True)
templates = typer.Typer(help="The words of messages.", no_args_is_help=True)
app.add_typer(templates, name="templates")
app.add_typer(bursting.app, name="burst")
app.command("deliveries")(tracing.deliveries)

TRIED_WITHIN = 90.0
"""Seconds for a provider to answer; channels themselves give up sooner."""


@app.command("test")
def send_test(
    channel: Annotated[str, typer.Argument(help="A channel (sms, email, …) or a provider of the settings.")],
    address: Annotated[
        str, typer.Argument(help="Where to: +8613…, an e-mail address, a chat or room; - for a group robot.")
    ],
    told: Annotated[
        str | None,
        typer.Option("--template", help="Which registered template: claim_due_soon.member, for instance."),
    ] = None,
    config: Config = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Send one test message and say what came of it; exit 1 when it was not accepted."""
    with answering(as_json), settings_at(home, config) as settings, answering_place(settings) as place:
        command = TryChannel(by=OPERATOR_AT_THE_CONSOLE, channel=channel, receiver=address, told=told)
        tried: ChannelTried = place.ask(command, TRIED_WITHIN)
        tell(tried, as_json, _print_trial)
        if tried.outcome != "accepted":
            raise typer.Exit(1)


@app.command("status")
def status(config: Config = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Show channels and providers: who rests, what waits, the last hour, doubts and missing receipts."""
    with answering(as_json), settings_at(home, config) as settings, answering_place(settings) as place:
        tell(place.ask(SeeChannels(by=OPERATOR_AT_THE_CONSOLE)), as_json, _print_channels)


@app.command("suppress")
def suppress(
    contact: Annotated[str, typer.Argument(help="A phone number (+8613…) or an e-mail address.")],
    lift: Annotated[bool, typer.Option("--lift", help="Write to it again.")] = False,
    look: Annotated[bool, typer.Option("--check", help="Only say whether it is left alone.")] = False,
    config: Config = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Leave an address alone whose owner asked for it, write to it again, or see how it stands."""
    request = CheckSuppression if look else LiftSuppression if lift else SuppressAddress
    with answering(as_json):
        if lift and look:
            raise WrongUsage(problem="lift_or_check")
        with settings_at(home, config) as settings, answering_place(settings) as place:
            answer = place.ask(request(by=OPERATOR_AT_THE_CONSOLE, contact=contact))
            tell(answer, as_json, _print_suppressions if look else _print_done)


@templates.command("check")
def check(config: Config = None, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Fill in all words with samples, and look at registered SMS templates; exit 1 when one needs a hand."""
    with answering(as_json), settings_at(home, config) as settings, answering_place(settings) as place:
        checked: WordsChecked = place.ask(CheckWords(by=OPERATOR_AT_THE_CONSOLE), TRIED_WITHIN)
        tell(checked, as_json, _print_check)
        if checked.problems:
            raise typer.Exit(1)


def _print_suppressions(listed: SuppressionList) -> None:
    if not listed.items:
        out.print("未列入免打扰名单 it is written to")
    for one in listed.items:
        out.print(f"自 since {one.since.astimezone():%Y-%m-%d}: {one.kind}, {one.source}", markup=False)


def _print_done(done: Done) -> None:
    out.print("[green]✓[/green]")


def _print_trial(tried: ChannelTried) -> None:
    mark = "[green]✓[/green]" if tried.outcome == "accepted" else "[red]✗[/red]"
    what = f"{tried.channel}/{tried.provider} → {tried.address or '—'}"
    out.print(f"{mark} {what}: {tried.outcome} {tried.code}, {tried.parts} parts, {tried.seconds} s")


def _print_channels(seen: ChannelsSeen) -> None:
    if not seen.items:
        out.print("没有设置渠道 no channel is set up; see [services.notify] in the settings", markup=False)
        return
    table = Table(
        Column("provider", no_wrap=True),
        "state",
        "waiting",
        "due since",
        "last hour ✓/✗",
        "last code",
        "in doubt",
        "no receipt",
    )
    for channel in seen.items:
        for provider in channel.providers:
            table.add_row(*_row(channel, provider))
    out.print(table)


def _row(channel: ChannelStanding, provider: ProviderStanding) -> list[str]:
    waiting = ", ".join(f"{number} {lane}" for lane, number in channel.waiting.items() if number)
    since = moment(channel.oldest_due_at) if channel.oldest_due_at else "—"
    hour = f"{provider.accepted}/{provider.failed}"
    figures = (hour, _plain(provider.last_code or "—"), provider.ambiguous, provider.receipts_missing)
    name = f"{channel.channel}/{provider.provider}"
    return [name, _state(provider), waiting or "—", since, *map(str, figures)]


def _state(provider: ProviderStanding) -> str:
    if since := provider.stopped_since:
        return f"[red]refused since {moment(since)}: {_plain(provider.stop_code)}[/red]"
    if rests := provider.rests_until:
        return f"[yellow]rests until {moment(rests)}[/yellow]"
    return "[green]at work[/green]"


def _print_check(checked: WordsChecked) -> None:
    counted = f"{checked.rendered} blocks, {checked.overrides} overrides, {len(checked.templates)} registered"
    if not checked.problems:
        out.print(f"[green]✓[/green] 文案均可用 all words can be said: {counted}")
        return
    table = Table("where", Column("problem", no_wrap=True), "detail")
    for problem in checked.problems:
        table.add_row(*map(_plain, (problem.where, problem.problem, problem.detail)))
    out.print(table)
    out.print(f"[red]✗[/red] {len(checked.problems)} of {counted}")


def _plain(text: Any) -> str:
    """Return a cell whose brackets are no markup."""
    return str(text).replace("[", "\\[")
