"""Wrong usage: a command line that makes no sense is refused with a code and a sentence, like all else."""

import re

import typer

from services.chassis.refusals import Refusal, RefusalKind


class WrongUsage(Refusal):
    """The command line does not fit together; `problem` names what is wrong with it in one word."""

    code = "console.wrong_usage"
    kind = RefusalKind.INVALID


UNFIT = "Invalid value for '(?P<name>.+?)': "

SAID_BY_TYPER = {
    r"No such option: (?P<name>\S+)": "no_such_option",
    r"No such command '(?P<name>.+?)'": "no_such_command",
    r"Got unexpected extra argument\S* \((?P<name>.+)\)": "too_many_words",
    r"Option '(?P<name>.+?)' requires (?:an argument|\d+ arguments)": "value_missing",
    r"Missing (?:argument|option|parameter) '(?P<name>.+?)'": "missing",
    UNFIT + r"Input should be greater than or equal to (?P<least>\S+)": "too_small",
    UNFIT + r"Input should be less than or equal to (?P<most>\S+)": "too_large",
    UNFIT + r".* is not one of (?P<expected>.+)\.": "not_one_of",
    UNFIT + r"Input should be a valid (?P<expected>\w+)": "not_a",
    UNFIT + r".* is a directory": "is_a_folder",
}
"""The complaints of the library that reads command lines, which speaks English only."""


def said_of(complaint: typer.TyperException) -> WrongUsage:
    """Return a complaint of the library in our words; one that has none here is told as it is."""
    text = complaint.format_message()
    for pattern, problem in SAID_BY_TYPER.items():
        if found := re.match(pattern, text, re.DOTALL):
            return WrongUsage(problem=problem, **found.groupdict())
    return WrongUsage(problem=text.rstrip("."))
