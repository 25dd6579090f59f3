"""The channels that come with Wishtree: declared as packages are, and shown where an operator looks."""

import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.notify.channels import ENTRY_POINT, OURS, brought_channels
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
