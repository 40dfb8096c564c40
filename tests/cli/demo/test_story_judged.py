"""Every entry of the demo's story becomes what a careful editor would make of it."""

import pytest

from service.adapters.lexicons import load_lexicons
from service.cli.demo.story import Told
from service.pipeline.judge import Judging
from tests.cli.demo.told import CONFIG, TOLD, entry_of

LANGUAGES = load_lexicons([CONFIG / "lexicon"]).keys()
CLEAR = [told for told in TOLD if not told.expect.loose and told.outlet.lang in LANGUAGES]


@pytest.mark.parametrize("told", CLEAR, ids=lambda told: told.slug)
def test_an_entry_is_judged_as_it_should_be(judging: Judging, told: Told) -> None:
    judgement = judging.judge([entry_of(told)])[0]
    if told.expect.stance != "asserts":
        assert [(report.kind, report.stance) for report in judgement.reports] == [("strike", told.expect.stance)]
        return
    kinds = {report.kind for report in judgement.reports if report.new}
    wanted = {"both": {"strike", "talks"}, "none": set()}.get(told.expect.kind, {told.expect.kind})
    assert kinds == wanted, f"{told.title} | {judgement.set_aside or [report.reason for report in judgement.reports]}"
