"""The channels that come with Wishtree: declared as packages are, and shown where an operator looks."""

import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.notify.channels import ENTRY_POINT, OURS, brought_channels
from services.notify.settings import NotifySettings, check
from tests.structure.test_deploy import COMMENTED_SETTING, SETTINGS

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
SETTINGS_SHOWN = msgspec.toml.decode(COMMENTED_SETTING.sub(r"\1", SETTINGS))
SHOWN: dict[str, dict[str, Any]] = SETTINGS_SHOWN["services"]["notify"]["channels"]
DESCRIBED_ELSEWHERE = {"smtp", "sms_http"}
"""Kinds that have sections of their own beside `channels`."""


def test_what_comes_with_wishtree_is_declared_as_packages_declare_theirs() -> None:
    assert PROJECT["entry-points"][ENTRY_POINT] == OURS


@pytest.mark.parametrize("place", OURS.values(), ids=OURS)
def test_every_kind_is_made_by_something(place: str) -> None:
    module, _, factory = place.partition(":")
    assert callable(getattr(import_module(module), factory))


@pytest.mark.parametrize("kind", sorted(set(OURS) - DESCRIBED_ELSEWHERE))
def test_every_kind_is_shown_with_a_section_that_can_be_used(kind: str) -> None:
    (channel,) = brought_channels({kind: SHOWN[kind]})
    assert channel.provider == kind
    channel.close()


def test_the_gateway_and_the_mail_server_are_shown_with_sections_that_can_be_used() -> None:
    shown = SETTINGS_SHOWN["services"]["notify"]
    sections = {name: {**shown[name]} for name in ("sms", "smtp")}
    for section in sections.values():
        section.pop("ca_file")  # a file of another house
    check(msgspec.convert(sections, type=NotifySettings))


def test_the_gateways_of_the_guide_can_be_used() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "operate.md").read_text()
    described = re.findall(r"^```toml\n(\[services\.notify\.sms\].*?)^```$", guide, re.MULTILINE | re.DOTALL)
    assert len(described) == 3
    for section in described:
        check(msgspec.convert(msgspec.toml.decode(section)["services"]["notify"], type=NotifySettings))
