"""Sentences say their arguments in words, too: a code among them is said in the same language."""

from services.chassis.words import say


def test_an_argument_that_is_a_code_is_said_in_the_language_of_the_sentence() -> None:
    said = say("wishes.unreadable_sheet", "zh", reason="sheets.column_missing", row="3", columns="姓名")
    assert said.endswith("第 3 行像是表头，但缺少：姓名。请补上这些列后再上传。")
    assert "Row 3 looks like the header" in say(
        "wishes.unreadable_sheet", "en", reason="sheets.column_missing", row="3", columns="姓名"
    )


def test_an_argument_may_be_a_word_that_only_this_sentence_explains() -> None:
    assert "signed in since" in say("directory.batch_cannot_be_undone", "en", why="signed_in")
    assert say("directory.batch_cannot_be_undone", "en", why="for no reason").endswith("for no reason")


def test_a_code_that_is_its_own_argument_is_said_once() -> None:
    assert "{reason}" in say("wishes.unreadable_sheet", "en", reason="wishes.unreadable_sheet")
