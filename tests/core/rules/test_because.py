"""Why a rule holds or not, in few words, with the sentence that shows it."""

from service.core.report import Count
from service.core.rules import Subject, because
from service.core.rules.because import quote
from tests.core.rules.given import event, rule, told

BODY = "It rained. Two <b>Shahed</b> drones\nhit the grain store near Odesa. Nobody was hurt."


def test_what_holds_shows_its_sentence_with_the_words_marked() -> None:
    asked = rule("kind:strike AND (drones OR shell*) AND odesa")
    found = because(asked, Subject(event=event(), accounts=(told("Rain"), told("Fire at Odesa", BODY))))
    assert (found.matched, found.text) == (True, 1)
    assert found.quote == (
        ("Two <b>Shahed</b> ", False),
        ("drones", True),
        (" hit the grain store near ", False),
        ("Odesa", True),
        (".", False),
    )


def test_what_does_not_hold_says_what_it_lacks_and_what_it_is_left_out_by() -> None:
    asked = rule("kind:strike AND killed>=5 AND (frigate OR boat) AND NOT ($labour OR anniversary)")
    subject = Subject(event=event(killed=Count(3, 3)), accounts=(told("Drones", "The union asked for more pay."),))
    found = because(asked, subject)
    assert found.lacks == ("killed>=5 (3)", "any of 2 words")
    assert found.left_out_by == ("union, pay",)


def test_a_rule_of_one_part_lacks_that() -> None:
    assert because(rule("frigate"), Subject(accounts=(told("Drones"),))).lacks == ("frigate",)


def test_a_quote_in_any_script_and_without_words() -> None:
    text = told("", "俄罗斯宣布停火协议。")
    assert [piece for piece, hit in quote(rule("停火").query, text) if hit] == ["停火"]
    assert quote(rule("kind:strike").query, told("", "x" * 500))[0][0].endswith("x…")
    assert quote(rule("kind:strike").query, told("A headline")) == ()
