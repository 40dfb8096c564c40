"""What an event's page says was read from a sentence."""

from service.core.develop import OPERATOR, claims_of
from service.core.event import Claim
from service.web.evidence import evidence
from tests.core.accounts import KHARKIV, NOON, account, count, entry_of, strike


def test_a_round_ups_sum_is_said_to_be_of_several_places() -> None:
    for several, says in ((True, "30 killed in several places"), (False, "30 killed")):
        told = account(1, "Northern Wire", strike(place=KHARKIV, killed=count(30), several=several))
        claims = [claim for claim in claims_of(told.report, 1, entry_of(told), copy=False) if claim.quote]
        assert [item.says for item in evidence(claims, [told])] == [says]


def test_what_an_operator_says_is_of_this_place() -> None:
    told = account(1, "Northern Wire", strike(place=KHARKIV, killed=count(30), several=True))
    said = Claim(
        field="killed", value=[3, 3], report_id=1, entry_id=1, outlet=OPERATOR, url=None, quote="seen", told_at=NOON
    )
    assert [item.says for item in evidence([said], [told])] == ["3 killed"]
