"""The pages over HTTP: the board for everybody, also while services are away, and what stands for a fault."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import uuid4

import eventlet
import pytest

from services.chassis import clock
from services.chassis.refusals import Faulted, Malformed, Unavailable
from services.claims import contracts as claims
from services.directory import contracts as directory
from services.gateway.pages.copies import MOST
from services.wishes.contracts import Category, Urgency, WishKind
from tests.support.gateway import Gateway, Script, gateway
from tests.support.journal import journal

VOID = {"meta", "link", "img", "br", "hr", "input"}


def an_offer(**changes: Any) -> claims.OfferView:
    """Return an open offer."""
    given: dict[str, Any] = {
        "wish_id": uuid4(),
        "code": "XY-2026-0001",
        "title": "想要一台收音机",
        "kind": WishKind.GOODS,
        "category": Category.CULTURE,
        "urgency": Urgency.ORDINARY,
        "value": 120,
        "skill": None,
        "places": 3,
        "places_left": 2,
        "state": "open",
        "community_id": uuid4(),
        "community_name": "幸福社区",
        "service_days": 14,
        "released_at": datetime(2026, 11, 7, 1, tzinfo=UTC),
    }
    return claims.OfferView(**(given | changes))


def the_city(**settings: Any) -> directory.AreaList:
    """Return the answer of the directory about the city."""
    area = directory.AreaView(
        id=uuid4(),
        parent_id=None,
        kind=directory.AreaKind.CITY,
        name="周口市",
        code="zhoukou",
        path="/zhoukou/",
        settings=directory.AreaSettings(**settings),
        own_settings={},
    )
    return directory.AreaList(items=[area])


@pytest.fixture
def door(simulated_clock: clock.SimulatedClock) -> Iterator[Gateway]:
    """A gateway whose pages never go without asking; it is noon of Monday 2 November 2026."""
    with gateway(a_city_with_an_offer(), board_fresh_seconds=0.0, page_deadline=60.0) as opened:
        yield opened


def a_city_with_an_offer() -> Script:
    """Return services that know a city and an offer."""
    script = Script()
    script.answer(claims.ListOffers, claims.Board(items=[an_offer()]))
    script.answer(directory.ListAreas, the_city())
    return script


class Outline(HTMLParser):
    """Checks that tags are closed in order and remembers what matters to a screen reader."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every `tag`."""
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_board_lists_open_wishes_in_chinese(door: Gateway) -> None:
    door.script.answer(
        claims.ListOffers,
        claims.Board(
            items=[an_offer(), an_offer(title="陪诊一次", urgency=Urgency.URGENT, value=0, skill="护理")]
        ),
    )
    reply = door.client().get("/")
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for said in (
        "想要一台收音机",
        "XY-2026-0001",
        "幸福社区",
        "还剩 2 个，共 3 个",
        "约 120 元",
        "认领后 14 天内",
    ):
        assert said in reply.text
    for said in ("陪诊一次", "紧急", "不需要花钱", "护理"):
        assert said in reply.text
    for said in ("服务热线", "12345", "投诉与建议", "更新时间：2026年11月2日 12:00:00"):
        assert said in reply.text
    assert door.script.heard[0] == claims.ListOffers(limit=30)


def test_the_board_has_the_outline_that_a_screen_reader_wants(door: Gateway) -> None:
    outline = Outline(door.client().get("/").text)
    assert outline.all("html") == [{"lang": "zh-CN"}]
    assert [len(outline.all(tag)) for tag in ("header", "main", "footer", "h1", "title")] == [1, 1, 1, 1, 1]
    assert outline.all("a")[0]["href"] == "#content"
    assert outline.all("main")[0]["id"] == "content"
    assert all("alt" in image for image in outline.all("img"))
    assert all("aria-label" in nav for nav in outline.all("nav"))
    assert not outline.all("script")
    assert not [attributes for _, attributes in outline.tags if "style" in attributes]
    assert not [each for each in outline.all("link") if "://" in str(each["href"])]


def test_what_a_resident_wrote_is_shown_and_never_run(door: Gateway) -> None:
    door.script.answer(
        claims.ListOffers,
        claims.Board(
            items=[an_offer(title="<script>alert(1)</script>{{7*7}}", community_name='"><img src=x>')]
        ),
    )
    page = door.client().get("/").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in page
    assert not Outline(page).all("script")
    assert "<img src=x>" not in page


def test_an_empty_board_says_when_wishes_go_up_next(door: Gateway) -> None:
    door.script.answer(claims.ListOffers, claims.Board(items=[]))
    page = door.client().get("/").text
    assert "现在没有等待认领的心愿" in page
    assert "下一次发布：<strong>2026年11月7日（星期六）09:00</strong>" in page


def test_after_the_release_of_this_month_the_next_is_named(
    door: Gateway, simulated_clock: clock.SimulatedClock
) -> None:
    simulated_clock.set(datetime(2026, 11, 7, 1, 0, 1, tzinfo=UTC))
    door.script.answer(claims.ListOffers, claims.Board(items=[]))
    assert "2026年12月5日（星期六）09:00" in door.client().get("/").text


@pytest.mark.parametrize(
    ("areas", "said"),
    [
        (the_city(release_rule="manual"), "由社区另行通知"),
        (directory.AreaList(items=[]), "由社区另行通知"),
        (Unavailable(), "由社区另行通知"),
        (
            the_city(release_rule="fixed_day", fixed_day=20, release_at="18:30"),
            "2026年11月20日（星期五）18:30",
        ),
    ],
)
def test_the_next_release_follows_the_rule_of_the_city_and_is_not_guessed(
    door: Gateway, areas: Any, said: str
) -> None:
    door.script.answer(claims.ListOffers, claims.Board(items=[]))
    door.script.answer(directory.ListAreas, areas)
    assert said in door.client().get("/").text


def test_while_claims_is_away_the_last_board_is_shown_with_its_time(
    door: Gateway, simulated_clock: clock.SimulatedClock
) -> None:
    client = door.client()
    assert "正在恢复" not in client.get("/").text
    simulated_clock.set(clock.now() + timedelta(minutes=3))
    door.script.answer(claims.ListOffers, Unavailable())
    reply = client.get("/")
    assert reply.status == 200
    assert "系统正在恢复。下面是 2026年11月2日 12:00:00 时的内容" in reply.text
    assert "想要一台收音机" in reply.text


def test_pages_that_somebody_invents_take_the_board_from_nobody_in_an_outage(door: Gateway) -> None:
    client = door.client()
    assert client.get("/").status == 200
    offers = claims.Board(items=[an_offer()])
    no_page = Malformed(contract="ListOffers", problem="no_page_after")
    door.script.answer(claims.ListOffers, lambda asked: no_page if asked.after.startswith("x") else offers)
    for number in range(MOST + 10):
        client.get(f"/?after=x{number}")
        client.get(f"/?after=2026-11-07T01:00:00~{number}")
    door.script.answer(claims.ListOffers, Unavailable())
    reply = client.get("/")
    assert (reply.status, "系统正在恢复" in reply.text) == (200, True)


def test_a_service_that_hangs_holds_a_visitor_up_for_the_deadline_of_pages_only() -> None:
    script, awake = a_city_with_an_offer(), eventlet.event.Event()
    with gateway(script, board_fresh_seconds=0.0, page_deadline=1.0) as door:
        client = door.client()
        while client.get("/").status != 200:
            eventlet.sleep(0.05)
        script.answer(claims.ListOffers, lambda _: awake.wait())
        with eventlet.Timeout(30):  # any other call would be waited for twice as long
            assert "想要一台收音机" in client.get("/").text
        awake.send(None)


def test_a_board_that_was_never_seen_is_an_honest_503(door: Gateway) -> None:
    door.script.answer(claims.ListOffers, Faulted())
    reply = door.client().get("/")
    assert (reply.status, reply.headers["Retry-After"]) == (503, "5")
    for said in ("系统暂时不可用", "服务热线", reply.headers["X-Request-Id"]):
        assert said in reply.text


def test_the_board_is_asked_for_once_however_many_look() -> None:
    script = Script()
    script.answer(claims.ListOffers, lambda _: eventlet.sleep(0.2) or claims.Board(items=[an_offer()]))
    script.answer(directory.ListAreas, the_city())
    with gateway(script, board_fresh_seconds=60.0, page_deadline=60.0) as door:
        pages = [eventlet.spawn(door.client().get, "/") for _ in range(30)]
        assert {page.wait().status for page in pages} == {200}
    assert [type(asked).__name__ for asked in script.heard] == ["ListOffers", "ListAreas"]


def test_kinds_pages_and_larger_text_are_plain_links(door: Gateway) -> None:
    door.script.answer(claims.ListOffers, claims.Board(items=[an_offer()], next="2026|abc/ü"))
    page = Outline(door.client().get("/?kind=goods&text=large").text)
    assert page.all("html") == [{"lang": "zh-CN", "class": "large"}]
    links = [link["href"] for link in page.all("a")]
    assert "/?kind=goods&after=2026%7Cabc%2F%C3%BC&text=large" in links
    assert "/?kind=service&text=large" in links
    door.client().get("/?kind=goods&after=2026%7Cabc%2F%C3%BC&text=large")
    assert door.script.heard[-1] == claims.ListOffers(kind=WishKind.GOODS, after="2026|abc/ü", limit=30)


@pytest.mark.parametrize(
    "query", ["kind=dream", "text=x", "after=%00", "kind=%ff", "a=b&a=c", "after=" + "x" * 4000]
)
def test_an_address_with_rubbish_in_it_still_shows_the_board(door: Gateway, query: str) -> None:
    assert door.client().get(f"/?{query}").status == 200


def test_whoever_reads_english_gets_english(door: Gateway) -> None:
    reply = door.client(Accept_Language="en-GB").get("/")
    assert "Wishes waiting to be claimed" in reply.text
    assert Outline(reply.text).all("html") == [{"lang": "en"}]
    assert reply.headers["Vary"] == "Accept-Language"
    assert "Saturday, 7 November 2026, 09:00" in reply.text


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/nothing", 404, "没有找到这一页"),
        ("GET", "/static/../service.py", 404, "没有找到这一页"),
        ("GET", "/static/%2e%2e/service.py", 404, "没有找到这一页"),
        ("POST", "/", 405, "这一页不能这样打开"),
    ],
)
def test_a_page_that_fails_says_so_with_hotline_and_number(
    door: Gateway, method: str, path: str, status: int, said: str
) -> None:
    reply = door.client().ask(method, path)
    assert reply.status == status
    for words in (said, "服务热线", "12345", reply.headers["X-Request-Id"]):
        assert words in reply.text
    Outline(reply.text)


def fail() -> str:
    """Fail as code of ours might."""
    raise RuntimeError("canary 王秀英 13800000000")


def test_a_fault_of_ours_is_a_page_that_tells_nothing_about_it(door: Gateway) -> None:
    assert door.web.http is not None
    door.web.http.app._pages.add_url_rule("/broken", "broken", fail)
    reply = door.client().get("/broken")
    assert reply.status == 500
    assert "系统出了故障" in reply.text
    assert "canary" not in reply.text
    Outline(reply.text)


def test_logs_hold_nothing_that_visitors_sent(door: Gateway, capfd: pytest.CaptureFixture[str]) -> None:
    assert door.web.http is not None
    door.web.http.app._pages.add_url_rule("/broken", "broken", fail)
    door.script.answer(claims.GetOffer, lambda _: fail())
    client = door.client(Accept_Language="canary", Cookie="wishtree=canary", Authorization="Bearer canary")
    with journal():
        client.get("/broken?name=canary")
        client.get("/canary?name=canary")
        client.get("/api/v1/offers?canary=canary")
        client.post("/api/v1/sign-in/code", {"canary": "canary"})
        client.ask("CANARY", "/canary")
        door.client().get(f"/api/v1/offers/{uuid4()}?")
        door.client().get("/broken?name=canary")
    written = capfd.readouterr()
    assert "page_faulted" in written.err
    assert "request_faulted" in written.err
    assert "canary" not in (written.out + written.err).lower()


def test_the_sheet_is_ours_small_and_kept_by_browsers(door: Gateway) -> None:
    client = door.client()
    links = Outline(client.get("/").text).all("link")
    for link in links:
        reply = client.get(str(link["href"]))
        assert (reply.status, len(reply.body) < 10_000) == (200, True)
        assert "max-age=86400" in reply.headers["Cache-Control"]
