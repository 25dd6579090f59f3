"""Every command and query has its place on the web, with its right; the API is described completely."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from services.chassis.contracts import STAMPED, Page, Query, Request, View
from services.chassis.refusals import Refusal
from services.chassis.rights import Right
from services.chassis.words import LANGUAGES, catalogue
from services.gateway.api.answers import STATUS_OF_CODE, STATUS_OF_KIND
from services.gateway.api.openapi import REFUSALS, document
from services.gateway.api.routes import GET, NOT_ON_THE_WEB, ROUTES, Route
from services.gateway.api.shapes import body_of, path_of

SERVICES = Path(__file__).parents[2] / "services"
DOCUMENT: dict[str, Any] = msgspec.json.decode(document("0"))
HTTP_METHODS = ("get", "post", "put", "patch", "delete")


def subclasses_of(base: type[Any]) -> Iterator[type[Any]]:
    """Yield everything that derives from `base`."""
    kinds: list[type[Any]] = base.__subclasses__()
    for kind in kinds:
        yield kind
        yield from subclasses_of(kind)


def declared(base: type) -> list[Any]:
    """Return what derives from `base` in the contracts of any service."""
    for room in sorted(SERVICES.glob("*/contracts*")):
        import_module(f"services.{room.parent.name}.contracts")
    found = {kind for kind in subclasses_of(base) if re.match(r"services\.\w+\.contracts", kind.__module__)}
    return sorted(
        (kind for kind in found if kind is not Page), key=lambda kind: (kind.__module__, kind.__name__)
    )


CONTRACTS: list[type[Request]] = [
    kind for kind in declared(Request) if not kind.__module__.startswith("services.chassis")
]


def named(contract: type) -> str:
    """Return a name for a test."""
    return f"{contract.__module__.split('.')[1]}.{contract.__name__}"


@pytest.mark.parametrize("contract", CONTRACTS, ids=named)
def test_a_command_or_query_has_one_route_or_a_reason_to_have_none(contract: type[Request]) -> None:
    routes = [route for route in ROUTES if route.contract is contract]
    assert (len(routes), contract in NOT_ON_THE_WEB) in ((1, False), (0, True)), (
        f"{named(contract)} needs a line in services/gateway/api/routes.py: a route, or a reason for none"
    )


@pytest.mark.parametrize("contract", CONTRACTS, ids=named)
def test_a_command_or_query_declares_its_right_and_its_answer(contract: type[Request]) -> None:
    assert isinstance(contract.right, Right)
    assert issubclass(contract.answer, View)


def test_reasons_are_given_for_what_exists() -> None:
    assert set(NOT_ON_THE_WEB) <= set(CONTRACTS)
    assert all(NOT_ON_THE_WEB.values())


def test_no_two_routes_share_an_address() -> None:
    addresses = [(route.method, re.sub(r"{\w+}", "{}", route.path)) for route in ROUTES]
    assert sorted(addresses) == sorted(set(addresses))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_route_fills_fields_of_its_contract_and_leaves_ours_alone(route: Route) -> None:
    names = set(route.contract.__struct_fields__)
    filled = set(route.parameters) | set(body_of(route).__struct_fields__)
    assert filled == names - STAMPED
    assert set(path_of(route).__struct_fields__) == set(route.parameters)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_only_a_query_without_personal_fields_is_asked_by_get(route: Route) -> None:
    """What stands in an address is kept by proxies and browsers."""
    may_be_asked_by_get = issubclass(route.contract, Query) and not route.contract.is_personal
    assert (route.method is GET) == may_be_asked_by_get


@pytest.mark.parametrize("contract", CONTRACTS, ids=named)
def test_a_field_called_address_is_where_the_asker_sits(contract: type[Request]) -> None:
    """The gateway stamps it; an address in which somebody lives needs another name or a struct around it."""
    fields = [field for field in msgspec.structs.fields(contract) if field.name == "address"]
    assert all((field.type, field.default) == (str, "") for field in fields)


# ------------------------------------------------------------ the description


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the operations of the document by method and path."""
    return {
        (method, path): operation
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
        if method in HTTP_METHODS
    }


def test_the_description_is_openapi() -> None:
    assert not [str(problem)[:300] for problem in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()]


def test_every_route_is_described_with_its_right_and_its_refusals() -> None:
    described = operations()
    for route in ROUTES:
        operation = described.pop((route.method.lower(), route.template))
        assert operation["operationId"] == route.contract.method()
        assert operation["x-right"] == route.contract.right
        assert (operation["security"] == [{}]) == (route.contract.right is Right.OPEN)
        assert operation["summary"]
        assert {"200", *map(str, REFUSALS)} == set(operation["responses"])
        in_path = [each["name"] for each in operation["parameters"] if each["in"] == "path"]
        assert in_path == list(route.parameters)
    assert list(described) == [("post", "/api/v1/sign-out")]


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for operation in operations().values()]
    assert len(names) == len(set(names))


def test_no_description_offers_what_only_the_door_fills() -> None:
    for (method, path), operation in operations().items():
        offered = {each["name"] for each in operation["parameters"] if each["in"] in ("query", "path")}
        body = (
            operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        )
        if body:
            offered |= set(DOCUMENT["components"]["schemas"][body["$ref"].rpartition("/")[2]]["properties"])
        assert not offered & STAMPED, (method, path)


def test_every_status_of_a_refusal_is_described() -> None:
    assert set(STATUS_OF_KIND.values()) | set(STATUS_OF_CODE.values()) == set(REFUSALS)


# ------------------------------------------------------------ words


def test_every_refusal_of_the_gateway_has_its_sentence() -> None:
    import_module("services.gateway.contracts")
    refusals = [kind for kind in declared(Refusal) if kind.__module__.startswith("services.gateway")]
    assert refusals
    for refusal in refusals:
        assert set(catalogue()[refusal.code]) == set(LANGUAGES)


def test_templates_say_only_what_the_catalogue_knows() -> None:
    said = set()
    for template in (SERVICES / "gateway" / "templates").glob("*.html"):
        said |= set(re.findall(r'"(gateway\.[\w.]+[\w])"', template.read_text(encoding="utf-8")))
    assert said
    assert not said - set(catalogue())


def test_every_template_is_used() -> None:
    folder = SERVICES / "gateway" / "templates"
    text = "".join(
        file.read_text() for file in [*folder.glob("*.html"), *SERVICES.glob("gateway/pages/*.py")]
    )
    assert not [file.name for file in folder.glob("*.html") if f'"{file.name}"' not in text]
