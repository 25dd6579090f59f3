"""The rules of the directory without a database: the tree, settings, names, rights over rights, limits."""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from services.chassis.refusals import Refusal
from services.chassis.rights import EVERYWHERE, RIGHTS_OF, Actor, Grant, Right, Role
from services.chassis.words import LANGUAGES
from services.directory import contracts, passwords
from services.directory.contracts import AreaKind, AreaSettings, UnknownSetting
from services.directory.domain.accounts import MAY_GIVE, STAFF_ROLES, is_strong, login_of, may_give
from services.directory.domain.areas import (
    FittingSettings,
    changed_settings,
    inherited,
    is_code,
    line_of,
    may_lie_under,
    next_code,
    release_scope,
)
from services.directory.domain.people import can_receive_messages, fitting_skills, name_key, unit_path
from services.directory.domain.sign_in import code_as_typed, network_of, next_allowed_at
from services.directory.queries.people import mask_email

NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)

# -- the tree


def test_an_area_lies_under_a_higher_level_and_only_a_city_under_none() -> None:
    levels = list(AreaKind)
    for level, kind in enumerate(levels):
        assert may_lie_under(kind, None) is (kind is AreaKind.CITY)
        assert [parent for parent in levels if may_lie_under(kind, parent)] == levels[:level]


def test_the_line_of_a_path_begins_at_the_root_and_ends_there() -> None:
    assert line_of("/a/") == ["/a/"]
    assert line_of("/a/b-1/c/") == ["/a/", "/a/b-1/", "/a/b-1/c/"]


@pytest.mark.parametrize("code", ["a", "411602", "wen-ming", "a" * 40])
def test_codes_are_small_letters_digits_and_hyphens(code: str) -> None:
    assert is_code(code)


@pytest.mark.parametrize("code", ["", "A", "a/b", "a b", "文明", "a_b", "a%", "a" * 41, "a\n"])
def test_nothing_else_is_a_code(code: str) -> None:
    assert not is_code(code)


def test_the_next_code_follows_the_highest_number() -> None:
    assert next_code([]) == "01"
    assert next_code(["01", "wenming", "9"]) == "10"
    assert next_code(["99"]) == "100"


# -- settings

own_settings = st.fixed_dictionaries(
    {},
    optional={
        "open_claims": st.integers(1, 9),
        "undo_minutes": st.integers(0, 60),
        "release_rule": st.sampled_from(["manual", "first_saturday"]),
        "area_code": st.sampled_from(["0394", "738"]),
        "reminder_days": st.lists(st.integers(0, 30), max_size=3),
    },
)


def test_what_an_area_may_set_has_the_defaults_of_what_others_hear() -> None:
    assert structs.asdict(FittingSettings()) == structs.asdict(AreaSettings())


@given(st.lists(own_settings, min_size=1, max_size=5))
def test_the_nearest_own_setting_holds(line: list[dict[str, Any]]) -> None:
    settings, defaults = inherited(line), AreaSettings()
    for name in AreaSettings.__struct_fields__:
        own = [settings_here[name] for settings_here in line if name in settings_here]
        expected = own[-1] if own else getattr(defaults, name)
        assert getattr(settings, name) == (tuple(expected) if isinstance(expected, list) else expected)


@given(own_settings, own_settings)
def test_setting_null_returns_to_what_was_before(own: dict[str, Any], changes: dict[str, Any]) -> None:
    changed = changed_settings(own, changes)
    assert changed == own | changes
    kept = {name: value for name, value in own.items() if name not in changes}
    assert changed_settings(changed, dict.fromkeys(changes)) == kept


@pytest.mark.parametrize(
    "changes",
    [
        {"unheard_of": 1},
        {"unheard_of": None},
        {"__class__": 1},
        {"open_claims": 0},
        {"open_claims": 1.5},
        {"open_claims": "3"},
        {"open_claims": True},
        {"ranking": 1},
        {"release_rule": "whenever"},
        {"release_at": "9:00"},
        {"release_at": "24:00"},
        {"release_at": "09:00\n"},
        {"fixed_day": 0},
        {"fixed_day": 32},
        {"reminder_days": [-1]},
        {"reminder_days": list(range(11))},
        {"area_code": "12345"},
        {"value_ceiling": -1},
        {"quiet_hours": "21:00"},
        {"quiet_hours": "25:00-08:00"},
        {"quiet_hours": "21:00-08:00\n"},
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(UnknownSetting):
        changed_settings({}, changes)


@pytest.mark.parametrize(
    "line",
    [
        [{"release_rule": "fixed_day"}],
        [{"fixed_day": 5}, {"release_rule": "fixed_day"}, {"letter_points": 31}],
        [{"star_points": 60}],
    ],
)
def test_settings_that_contradict_each_other_are_refused(line: list[dict[str, Any]]) -> None:
    with pytest.raises(UnknownSetting):
        inherited(line)


def test_quiet_hours_are_inherited_until_an_area_below_sets_others() -> None:
    city = changed_settings({}, {"quiet_hours": "21:30-07:00"})

    assert inherited([{}]).quiet_hours is None
    assert inherited([city, {}]).quiet_hours == "21:30-07:00"
    assert inherited([city, {"quiet_hours": "00:00-00:00"}]).quiet_hours == "00:00-00:00"


def test_an_area_is_released_with_the_nearest_that_has_a_rule_of_its_own() -> None:
    assert release_scope([("city", {}), ("street", {}), ("community", {"open_claims": 1})]) == "city"
    for name in ("release_rule", "fixed_day", "holiday_rule", "release_at"):
        assert release_scope([("city", {}), ("street", {name: "x"}), ("community", {})]) == "street"
    assert release_scope([("city", {"release_at": "x"}), ("street", {"fixed_day": 1})]) == "street"


# -- people


@pytest.mark.parametrize(
    ("one", "other"),
    [("人社局（本级）", "人社局(本级)"), ("川汇 人社局", "川汇人社局"), ("ＡＢＣ公司", "abc公司")],
)
def test_two_spellings_of_a_name_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@given(st.dictionaries(st.integers(0, 7), st.none() | st.integers(0, 7), min_size=8, max_size=8))
def test_a_path_of_units_ends_with_the_unit_and_repeats_none(above: dict[int, int | None]) -> None:
    parents = {UUID(int=unit): None if parent is None else UUID(int=parent) for unit, parent in above.items()}
    for unit, parent in parents.items():
        path = unit_path(unit, parents)
        if path is None:
            continue
        steps = path.strip("/").split("/")
        assert steps[-1] == str(unit)
        assert len(steps) == len(set(steps))
        assert path == ((unit_path(parent, parents) or "") if parent else EVERYWHERE) + f"{unit}/"


def test_skills_are_kept_once_and_within_limits() -> None:
    assert fitting_skills([" 水电 维修 ", "水电  维修", "", "理发"]) == ("水电 维修", "理发")
    assert fitting_skills(str(number) for number in range(20)) is not None
    assert fitting_skills(str(number) for number in range(21)) is None
    assert fitting_skills(["长" * 41]) is None


def test_landlines_receive_no_messages() -> None:
    assert can_receive_messages("+8613812345678")
    assert can_receive_messages("+85261234567")
    assert not can_receive_messages("+863948123456")


def test_an_address_is_masked() -> None:
    assert mask_email("zhang@example.com") == "z***@example.com"


# -- rights over rights


@given(st.sampled_from(Role), st.sampled_from(Role), st.sampled_from(["/a/", "/a/b/", "/c/"]))
def test_a_role_is_given_at_or_below_the_givers_own_place_only(
    own: Role, given_role: Role, place: str
) -> None:
    giver = Actor(grants=(Grant(own, "/a/"),))
    assert may_give(giver, given_role, place) is (given_role in MAY_GIVE.get(own, ()) and place != "/c/")


def test_whoever_may_give_roles_manages_accounts_and_gives_no_right_they_lack() -> None:
    for own, roles in MAY_GIVE.items():
        assert Right.MANAGE_ACCOUNTS in RIGHTS_OF[own]
        for role in roles & STAFF_ROLES:
            assert RIGHTS_OF[role] <= RIGHTS_OF[own]
    managing = {role for role in Role if Right.MANAGE_ACCOUNTS in RIGHTS_OF[role]}
    assert MAY_GIVE.keys() == managing


def test_logins_are_kept_in_small_letters() -> None:
    assert login_of(" Zhang.Yan@Example ") == "zhang.yan@example"
    for written in ("ab", "张燕燕", "a b c", "-abc", "a" * 65, "abc\n\x00"):
        assert login_of(written) is None


def test_a_password_is_long_varied_and_not_the_login() -> None:
    assert is_strong("correct horse", "worker")
    for weak in ("short", "aaaaaaaaaaaaaa", "abcabcabcabc", "the-Worker-1", "x" * 201):
        assert not is_strong(weak, "worker")


def test_a_password_is_proven_by_its_own_hash_only() -> None:
    kept = passwords.hash_password("correct horse")
    assert "m=19456,t=2,p=1" in kept
    assert passwords.proven_hash(kept, "correct horse") == kept
    assert passwords.proven_hash(kept, "wrong") is None
    assert passwords.proven_hash(None, "correct horse") is None
    assert passwords.proven_hash("not a hash", "correct horse") is None


# -- signing in


def test_a_code_is_understood_as_typed() -> None:
    assert code_as_typed(" １２３ 456 ") == "123456"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        (" 203.0.113.200 ", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("", None),
        ("somewhere", None),
    ],
)
def test_neighbouring_addresses_are_one_network(address: str, network: str | None) -> None:
    assert network_of(address) == network


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=60),
    st.lists(st.tuples(st.integers(1, 200), st.integers(1, 6)), min_size=1, max_size=3),
)
def test_who_waits_as_told_is_let_in_and_no_limit_is_ever_passed(
    pauses: list[int], spans: list[tuple[int, int]]
) -> None:
    limits = [(timedelta(seconds=seconds), allowed) for seconds, allowed in spans]
    asked: list[datetime] = []
    now = NOON
    for pause in pauses:
        now += timedelta(seconds=pause)
        now = next_allowed_at(asked, now, limits)
        assert next_allowed_at(asked, now, limits) == now
        asked.append(now)
        for span, allowed in limits:
            assert sum(now - span < at <= now for at in asked) <= allowed


# -- words


def test_every_refusal_has_its_sentences_and_they_ask_for_the_same() -> None:
    page = Path(contracts.__file__).parents[1] / "words.toml"
    sentences = tomllib.loads(page.read_text(encoding="utf-8"))
    codes = {
        thing.code
        for thing in vars(contracts).values()
        if isinstance(thing, type) and issubclass(thing, Refusal)
    }
    reasons = {code for code in sentences if code.rpartition(".")[0] in codes}  # words of a refusal's own
    assert codes | {"directory.landline_cannot_sign_in"} == sentences.keys() - reasons
    for code, by_language in sentences.items():
        assert by_language.keys() == set(LANGUAGES), code
        blanks = {
            tuple(sorted(name for _, name, _, _ in Formatter().parse(text) if name))
            for text in by_language.values()
        }
        assert len(blanks) == 1, code
