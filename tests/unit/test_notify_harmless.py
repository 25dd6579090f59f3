"""What people write into an SMS names no site and forges no signature, whatever they write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.channels.harmless import harmless, is_harmless

PIECES = [
    "https://",
    "www.",
    "evil",
    ".",
    "cn",
    ".com",
    "/积分",
    "【",
    "】",
    " ",
    "，",
    "心愿",
    "1",
    "10.0.0.1",
    "W",
]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("【建设银行】积分到期 evil.cn/x", "「建设银行」积分到期 …"),
        ("看http://a.b/c?d=e，谢谢", "看…，谢谢"),
        ("10.1.2.3:80/x 换", "… 换"),
        ("一床厚棉被（1.5米）", "一床厚棉被（1.5米）"),
        ("3.8 节的花", "3.8 节的花"),
    ],
)
def test_links_and_brackets_of_signatures_are_taken_out_and_all_else_stays(written: str, said: str) -> None:
    assert harmless({"title": written, "released": 3}) == {"title": said, "released": 3}


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=12).map("".join))
def test_nothing_that_is_said_can_be_taken_for_a_link(written: str) -> None:
    assert is_harmless(str(harmless({"title": written})["title"]))
