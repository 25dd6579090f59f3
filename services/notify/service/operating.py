"""Doors for whoever runs the messages: how channels and words stand, words of areas' own, costs."""

from functools import partial

from services.chassis.contracts import Done
from services.chassis.messaging.entrypoints import answers
from services.chassis.work_provider import WorkProvider
from services.notify import usecases
from services.notify.contracts import (
    BudgetView,
    ChannelsSeen,
    ChannelTried,
    CheckWords,
    CostsOfMonth,
    CountOutcomes,
    GetCosts,
    ListOverrides,
    OutcomeCounts,
    OverrideList,
    OverrideView,
    OverrideWords,
    PreviewWords,
    ReadWords,
    SeeChannels,
    SetBudget,
    TryChannel,
    WithdrawOverride,
    WordsChecked,
    WordsPreview,
    WordsView,
)
from services.notify.queries import channels as queries_of_channels
from services.notify.queries import costs as queries_of_costs
from services.notify.queries import outcomes as queries_of_outcomes
from services.notify.queries import words as queries_of_words
from services.notify.sender import SenderProvider
from services.notify.sender.trying import try_channel


class OperatingDoors:
    """What operators and officers see and set."""

    work: WorkProvider
    sender: SenderProvider

    @answers(SeeChannels)
    def see_channels(self, query: SeeChannels) -> ChannelsSeen:
        """Show how channels and their providers stand."""
        return self.work.read(query, partial(queries_of_channels.see_channels, self.sender.lines))

    @answers(TryChannel)
    def try_channel(self, command: TryChannel) -> ChannelTried:
        """Send one test message."""
        self.work.run(command, usecases.note_trial)
        return try_channel(self.sender.lines, command)

    @answers(CheckWords)
    def check_words(self, query: CheckWords) -> WordsChecked:
        """Prove all words and registered templates."""
        sender = self.sender
        return self.work.read(query, partial(queries_of_channels.check_words, sender.words, sender.lines))

    @answers(ReadWords)
    def read_words(self, query: ReadWords) -> WordsView:
        """Show the words of a topic."""
        return self.work.read(query, partial(queries_of_words.read_words, self.sender.words))

    @answers(PreviewWords)
    def preview_words(self, query: PreviewWords) -> WordsPreview:
        """Show words as they would be told."""
        sender = self.sender
        return self.work.read(query, partial(queries_of_words.preview_words, sender.words, sender.lines))

    @answers(ListOverrides)
    def list_overrides(self, query: ListOverrides) -> OverrideList:
        """List the words of areas' own."""
        return self.work.read(query, queries_of_words.list_overrides)

    @answers(OverrideWords)
    def override_words(self, command: OverrideWords) -> OverrideView:
        """Put words of an area in force."""
        return self.work.run(command, partial(usecases.override_words, self.sender.words))

    @answers(WithdrawOverride)
    def withdraw_override(self, command: WithdrawOverride) -> Done:
        """Go back to the words above."""
        return self.work.run(command, usecases.withdraw_override)

    @answers(GetCosts)
    def get_costs(self, query: GetCosts) -> CostsOfMonth:
        """Show what messages cost in a month."""
        return self.work.read(query, partial(queries_of_costs.get_costs, self.sender.ways.prices))

    @answers(CountOutcomes)
    def count_outcomes(self, query: CountOutcomes) -> OutcomeCounts:
        """Count what became of deliveries."""
        return self.work.read(query, queries_of_outcomes.count_outcomes)

    @answers(SetBudget)
    def set_budget(self, command: SetBudget) -> BudgetView:
        """Set what an area may spend in a month."""
        return self.work.run(command, partial(usecases.set_budget, self.sender.ways))
