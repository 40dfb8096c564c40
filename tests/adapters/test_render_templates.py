"""Operators' templates: what they may do, and that a broken one never swallows an alert."""

from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from service import resources
from service.adapters.render import Renderer, check_templates
from service.adapters.render.samples import sample_digest, sample_event
from service.ports.world import Rendered

BROKEN = {
    "syntax error": ("{% if %}", 1, "Expected an expression"),
    "unclosed block": ("one\n{% for q in m.event.quotes %}\n", 2, "Unexpected end of template"),
    "unknown name": ("fine\n{{ m.casualties }}", 2, "casualties"),
    "unknown filter": ("\n\n{{ m.at | loudly }}", 3, "loudly"),
    "runtime error": ("a\n{{ 1 / 0 }}", 2, "division by zero"),
    "wrong type": ("{{ m.at + 1 }}", 1, "str"),
    "endless loop": ("x\n{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}", 2, "steps"),
    "endless recursion": ("{% macro again() %}{{ again() }}{% endmacro %}\n{{ again() }}", 1, ""),
    "huge text": ("{{ 'x' * 999999999 }}", 1, "more than"),
    "huge number": ("{{ 9 ** 99999999 }}", 1, "more than"),
    "reaching out": ("{{ m.__class__.__mro__[1].__subclasses__() }}", 1, "unsafe"),
    "missing include": ("{% include 'nowhere.txt' %}", 1, "nowhere.txt"),
    "parent missing": ("{% extends 'nowhere.html' %}", 1, "nowhere.html"),
}


def folders(tmp_path: Path, name: str, template: str) -> list[Path]:
    """Return an operator's folder with this one template, before the shipped one."""
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(template)
    return [tmp_path, *resources.folders("templates", None)]


def rendered(dirs: list[Path], faults: list[str]) -> Rendered:
    """Render the sample update."""
    send = Renderer(dirs, base_url="https://t.example", mail_from="a@t.example", on_fallback=faults.append)
    return send.event(sample_event())


@pytest.mark.parametrize("part", ["body.txt", "body.html", "subject.txt"])
@pytest.mark.parametrize(("template", "line", "words"), BROKEN.values(), ids=BROKEN)
def test_a_broken_template_falls_back_and_says_where(
    tmp_path: Path, part: str, template: str, line: int, words: str
) -> None:
    """The shipped template speaks instead; the operator learns the file, the line and the fault."""
    faults: list[str] = []
    dirs = folders(tmp_path, f"alert/{part}", template)
    out = rendered(dirs, faults)
    plain = rendered(resources_only(), [])
    assert out.body == plain.body
    assert faults == [out.fell_back]
    assert out.fell_back.startswith(f"{tmp_path.resolve()}/alert/{part}:{line}: E300 ")
    assert words in out.fell_back


def resources_only() -> list[Path]:
    """Return the shipped folder alone."""
    return list(resources.folders("templates", None))


def test_the_same_fault_is_reported_once_and_written_on_every_message(tmp_path: Path) -> None:
    faults: list[str] = []
    dirs = folders(tmp_path, "alert/body.txt", "{{ nobody }}")
    send = Renderer(dirs, base_url="https://t.example", mail_from="a@t.example", on_fallback=faults.append)
    assert all(send.event(sample_event()).fell_back for _ in range(3))
    assert len(faults) == 1


def test_an_operators_template_is_used_and_its_rest_is_ours(tmp_path: Path) -> None:
    """One file may be replaced alone; a new version is picked up without a restart."""
    dirs = folders(tmp_path, "alert/subject.txt", "[{{ m.event.town }}] {{ m.event.headline | upper }}")
    send = Renderer(dirs, base_url="https://t.example", mail_from="a@t.example", on_fallback=pytest.fail)
    assert send.event(sample_event()).subject == "[Kharkiv] APARTMENT BLOCK HIT IN KHARKIV'S SALTIVKA DISTRICT"
    assert not send.digest(sample_digest()).fell_back


def test_an_operators_subject_cannot_break_the_header(tmp_path: Path) -> None:
    dirs = folders(tmp_path, "alert/subject.txt", "one\nBcc: spy@example.org\n" + "x" * 500)
    body = rendered(dirs, []).body
    assert b"\r\nBcc:" not in body
    subject = message_from_bytes(body, policy=default)["subject"]
    assert subject.startswith("one Bcc: spy@example.org xxx")
    assert len(subject) <= 150


def test_loops_of_an_honest_template_are_not_cut_short(tmp_path: Path) -> None:
    dirs = folders(tmp_path, "alert/subject.txt", "{% for n in range(2000) %}{{ loop.last }}{% endfor %}{{ 3 * 4 }}")
    assert not rendered(dirs, []).fell_back


def test_an_alert_goes_out_even_if_our_own_templates_are_broken(tmp_path: Path) -> None:
    """Nothing but the values is left then, and they are enough."""
    faults: list[str] = []
    folders(tmp_path, "alert/body.txt", "{{")
    out = rendered([tmp_path], faults)
    assert b"Northern Wire" in out.body
    assert b"https://t.example/s/sample-key/unsubscribe" in out.body
    assert out.fell_back
    send = Renderer([tmp_path], base_url="https://t.example", mail_from="a@t.example", on_fallback=faults.append)
    assert b"Depot 11 hit" in send.digest(sample_digest()).body


def test_shipped_templates_have_no_fault() -> None:
    assert check_templates(resources_only()) == []


def test_check_names_every_fault_of_every_template(tmp_path: Path) -> None:
    """Each fault once, whichever sample message brings it out."""
    dirs = folders(tmp_path, "alert/body.txt", "\n{{ m.nobody }}")
    (tmp_path / "alert/body.html").write_text("{% endif %}")
    (tmp_path / "digest").mkdir()
    (tmp_path / "digest/subject.txt").write_text("{% if m.empty %}{{ m.nothing }}{% endif %}")
    places = sorted(
        fault.located().split(": ")[0].removeprefix(f"{tmp_path.resolve()}/") for fault in check_templates(dirs)
    )
    assert places == ["alert/body.html:1", "alert/body.txt:2", "digest/subject.txt:1"]
