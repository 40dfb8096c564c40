"""Watch rules on the pages and by the API: readable for all, changed only by whoever is signed in."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from service.core.rules import Subject
from service.settings import Settings
from service.web import create_app, serve
from tests.core.rules.given import event, told
from tests.pipeline.archived import keep
from tests.standins import NOON
from tests.web.conftest import TestSite

TOKEN = "a-long-operator-token"
FILE = """# ours
version: 1
rules:
  - id: harbour   # since the spring
    title: Harbour <watch>
    match: kind:strike AND drone
    owner: desk
    tests:
      - {text: Drone hits pier, event: {kind: strike}, fires: true}
"""
Form = dict[str, str]


@pytest.fixture
def path(site: TestSite) -> Path:
    path = site.settings.data_dir / "config" / "rules" / "ports.yaml"
    path.write_text(FILE)
    return path


@pytest.fixture
def guarded(site: TestSite, path: Path) -> Iterator[httpx.Client]:  # noqa: ARG001  the file is to be there
    """The site with an operator's token, for somebody who is not signed in."""
    settings = Settings(data_dir=site.settings.data_dir, operator_token=TOKEN)
    app = create_app(replace_settings(site, settings))
    with serve(app, "127.0.0.1", 0) as server, httpx.Client(base_url=server.url, timeout=60) as browser:
        browser.headers["Accept"] = "text/html"
        yield browser


def replace_settings(site: TestSite, settings: Settings) -> TestSite:
    site.settings = settings
    return site


@pytest.fixture
def editor(guarded: httpx.Client) -> httpx.Client:
    """The same, signed in."""
    answer = guarded.post("/sign-in", data={"token": TOKEN, "name": "ada", "to": "/rules/harbour"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/rules/harbour")
    return guarded


def form_on(browser: httpx.Client, address: str) -> Form:
    """Return the hidden values and the text of the form on a page."""
    page = browser.get(address).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    found = re.search(r'<textarea id="text"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    return hidden | {"text": found[1].replace("&lt;", "<").replace("&gt;", ">") if found else "", "reason": "quieter"}


def test_without_a_token_the_pages_can_be_read_and_say_how_to_switch_editing_on(
    client: httpx.Client, path: Path
) -> None:
    for address in ("/rules", "/rules/harbour", "/rules/harbour/history", "/sign-in"):
        page = client.get(address)
        assert page.status_code == 200, address
        assert "tocsin users add" in page.text
        assert "<textarea" not in page.text
    assert "Harbour &lt;watch&gt;" in client.get("/rules").text
    refused = client.post("/rules/harbour", data={"do": "save", "text": "x", "csrf": ""})
    assert refused.status_code == 403
    assert client.post("/sign-in", data={"token": "", "name": "x"}).status_code == 403
    assert path.read_text() == FILE


def test_signing_in_takes_the_token_and_gives_a_cookie_that_no_script_and_no_other_site_can_use(
    guarded: httpx.Client,
) -> None:
    wrong = guarded.post("/sign-in", data={"token": "not-the-operator-token"})
    assert (wrong.status_code, wrong.headers.get("set-cookie")) == (403, None)
    right = guarded.post("/sign-in", data={"token": TOKEN, "to": "//evil.example/"})
    assert right.headers["location"] == "/rules"
    cookie = right.headers["set-cookie"].lower()
    assert [word in cookie for word in ("httponly", "samesite=strict", "path=/", TOKEN)] == [True, True, True, False]


def test_an_operators_own_token_signs_in_under_their_name_until_it_is_revoked(
    client: httpx.Client, site: TestSite, path: Path
) -> None:
    assert "tocsin users add" in client.get("/rules/harbour").text
    given = site.operators.add("Ada L.")
    assert client.post("/sign-in", data={"token": given.secret, "name": "mallory"}).status_code == 303
    form = form_on(client, "/rules/harbour")
    changed = form | {"text": form["text"].replace("drone", "missile").replace("Drone", "Missile"), "do": "save"}
    assert client.post("/rules/harbour", data=changed).status_code == 303
    assert site.desk.history("harbour")[0].author == "Ada L."
    answer = client.get("/api/v1/rules", headers={"Authorization": f"Bearer {given.secret}"})
    assert answer.status_code == 200
    site.operators.revoke(given.token.token_id)
    assert client.get("/api/v1/rules", headers={"Authorization": f"Bearer {given.secret}"}).status_code == 401
    assert client.post("/rules/harbour", data=changed).status_code == 403
    assert "Missile" in path.read_text()


def test_signing_out_ends_the_session_for_whoever_has_a_copy_of_the_cookie(editor: httpx.Client) -> None:
    copy = editor.cookies["tocsin"]
    form = form_on(editor, "/rules/harbour")
    assert editor.post("/sign-out", data={"csrf": form["csrf"]}).status_code == 303
    editor.cookies.set("tocsin", copy)
    assert editor.post("/rules/harbour", data=form | {"do": "check"}).status_code == 403


def test_whoever_guesses_at_tokens_has_to_wait_and_others_do_not(guarded: httpx.Client) -> None:
    """Ten wrong ones from an address, on the page and by the API together; the right one is not looked at then."""
    for n in range(5):
        assert guarded.post("/sign-in", data={"token": f"wrong-{n}"}).status_code == 403
        answer = guarded.get("/api/v1/rules", headers={"Authorization": f"Bearer wrong-{n}"})
        assert answer.status_code == 401
    refused = guarded.post("/sign-in", data={"token": TOKEN})
    assert refused.status_code == 429
    assert 50 <= int(refused.headers["retry-after"]) <= 60
    assert "Too many wrong tokens" in refused.text
    assert guarded.get("/api/v1/rules", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 429
    other = guarded.post("/sign-in", data={"token": TOKEN}, headers={"X-Forwarded-For": "203.0.113.9"})
    assert other.status_code == 303


def test_over_https_the_cookie_is_for_https_alone(site: TestSite) -> None:
    settings = Settings(data_dir=site.settings.data_dir, operator_token=TOKEN, base_url="https://tocsin.example")
    with serve(create_app(replace_settings(site, settings)), "127.0.0.1", 0) as server:
        answer = httpx.post(f"{server.url}/sign-in", data={"token": TOKEN})
    assert answer.headers["set-cookie"].startswith("__Host-tocsin=")
    assert "secure" in answer.headers["set-cookie"].lower()


def test_an_edit_is_saved_and_in_force(editor: httpx.Client, site: TestSite, path: Path) -> None:
    form = form_on(editor, "/rules/harbour")
    changed = form["text"].replace("drone", "missile").replace("Drone", "Missile").replace("\n", "\r\n")
    answer = editor.post("/rules/harbour", data=form | {"text": changed, "do": "save"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/rules/harbour?saved=1")
    assert path.read_text() == FILE.replace("drone", "missile").replace("Drone", "Missile")
    assert "Saved, and in force." in editor.get(answer.headers["location"]).text
    assert site.desk.current.rules[0].query_text == "kind:strike AND missile"
    page = editor.get("/rules/harbour/history").text
    assert [word in page for word in ("ada", "on this page", "quieter", "Restore version 1")] == [True] * 4


def test_the_preview_shows_what_an_edit_gains_and_loses_and_why_and_makes_tests_of_it(
    editor: httpx.Client, site: TestSite
) -> None:
    texts = ("Drone hits <pier>", "A missile sank a boat. Nobody was hurt.", "Drone over town", "The union said so.")
    pairs = zip(texts[::2], texts[1::2], strict=True)
    subjects = [Subject(event=event(headline=title), accounts=(told(title, body),)) for title, body in pairs]
    keep(site.store, subjects, every=timedelta(hours=30))
    site.clock.forward(days=(NOON - site.clock.now()).days + 4)
    form = form_on(editor, "/rules/harbour") | {"do": "check"}
    page = editor.post("/rules/harbour", data=form | {"text": form["text"].replace("drone", "missile")}).text
    assert "would have sent 1 alert in 30 days; the saved rule 2: +0 −1" in page
    assert "Lacks <code>missile</code>" in page
    pin = re.search(r'name="pin" value="(\d+:yes)"', page)
    assert pin
    edited = form["text"].replace("AND drone", "AND (drone OR missile) AND NOT union")
    page = editor.post("/rules/harbour", data=form | {"text": edited}).text
    assert "Left out by <mark><bdi>union</bdi></mark>" in page
    pinned = editor.post("/rules/harbour", data=form | {"text": edited, "pin": pin[1]}).text
    assert f"- {{article: {pin[1].split(':')[0]}, fires: true}}" in pinned
    assert 'class="bar now"' in pinned
    assert editor.post("/rules/harbour", data=form | {"pin": "1:maybe"}).status_code == 400


def test_a_get_changes_nothing_and_a_form_that_is_not_ours_neither(editor: httpx.Client, path: Path) -> None:
    form = form_on(editor, "/rules/harbour")
    changed = form | {"text": form["text"].replace("drone", "missile"), "do": "save"}
    assert editor.get("/rules/harbour", params=changed).status_code == 200
    for wrong in ({"csrf": ""}, {"csrf": "0" * 64}):
        assert editor.post("/rules/harbour", data=changed | wrong).status_code == 403
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        assert editor.post("/rules/harbour", data=changed, headers=headers).status_code == 403
    assert path.read_text() == FILE


def test_a_cookie_ends_with_time_and_with_the_token(editor: httpx.Client, site: TestSite) -> None:
    assert "Sign out" in editor.get("/rules").text
    site.clock.forward(hours=13)
    assert "Sign out" not in editor.get("/rules").text
    site.clock.forward(hours=-13)
    site.settings = Settings(data_dir=site.settings.data_dir, operator_token=f"{TOKEN}-2")
    assert "Sign out" not in editor.get("/rules").text
    for strange in (b"tocsin=\xe4\xff.\xe4", b"tocsin=e30=.0", b"tocsin=.", b"tocsin=%00"):
        assert httpx.get(f"{editor.base_url}/rules", headers={b"Cookie": strange}).status_code == 200


def test_signing_out_takes_the_cookie_back(editor: httpx.Client) -> None:
    editor.post("/sign-out", data={"csrf": form_on(editor, "/rules/harbour")["csrf"]})
    assert "Sign out" not in editor.get("/rules").text


def test_checking_shows_line_and_caret_and_saves_nothing(editor: httpx.Client, path: Path) -> None:
    form = form_on(editor, "/rules/harbour")
    bad = form | {"text": form["text"].replace("AND drone", "drone"), "do": "check"}
    page = editor.post("/rules/harbour", data=bad)
    assert page.status_code == 200
    assert "Line 3, column 20: two terms side by side. Put AND or OR between them." in page.text
    assert "match: kind:strike drone\n                   ^</pre>" in page.text
    part = editor.post("/rules/harbour", data=bad, headers={"X-Partial": "look"}).text
    assert part.startswith('<div id="look"')
    assert editor.post("/rules/harbour", data=bad | {"do": "save"}).status_code == 422
    assert path.read_text() == FILE


def test_a_red_test_and_a_missing_reason_refuse_the_save(editor: httpx.Client, path: Path) -> None:
    form = form_on(editor, "/rules/harbour") | {"do": "save"}
    red = editor.post("/rules/harbour", data=form | {"text": form["text"].replace("AND drone", "AND shell")})
    assert red.status_code == 422
    assert "harbour should fire on &#39;Drone hits pier&#39;" in red.text
    silent = form | {"text": form["text"].replace("owner: desk", "owner: port"), "reason": " "}
    assert "gives no reason" in editor.post("/rules/harbour", data=silent).text
    assert path.read_text() == FILE


def test_a_conflict_shows_three_versions_and_lets_one_win(editor: httpx.Client, path: Path) -> None:
    form = form_on(editor, "/rules/harbour") | {"do": "save"}
    path.write_text(FILE.replace("owner: desk", "owner: port"))
    mine = form | {"text": form["text"].replace("drone", "drone*")}
    page = editor.post("/rules/harbour", data=mine)
    assert page.status_code == 409
    assert [word in page.text for word in ("owner: port", "What you began with", "Save mine over theirs")] == [True] * 3
    base = re.search(r'name="base" value="(\w+)"', page.text)
    assert base
    assert editor.post("/rules/harbour", data=mine | {"base": base[1]}).status_code == 303
    assert path.read_text() == FILE.replace("drone", "drone*")


def test_a_read_only_file_offers_the_patch(editor: httpx.Client, path: Path) -> None:
    form = form_on(editor, "/rules/harbour") | {"do": "save"}
    path.chmod(0o444)
    page = editor.post("/rules/harbour", data=form | {"text": form["text"].replace("owner: desk", "owner: port")})
    assert page.status_code == 409
    assert "+    owner: port" in page.text


def test_a_rule_is_made_removed_and_restored(editor: httpx.Client, site: TestSite) -> None:
    form = form_on(editor, "/new-rule") | {"do": "save"}
    made = editor.post("/new-rule", data=form | {"text": form["text"].replace("my-rule", "talks")})
    assert made.headers["location"] == "/rules/talks?saved=1"
    assert "is taken" in editor.post("/new-rule", data=form | {"text": form["text"].replace("my-rule", "talks")}).text
    cleared = editor.post("/rules/talks", data=form_on(editor, "/rules/talks") | {"do": "save", "text": " \r\n"})
    assert (cleared.status_code, "no text left" in cleared.text) == (422, True)
    gone = form_on(editor, "/rules/talks") | {"do": "remove"}
    assert editor.post("/rules/talks", data=gone).headers["location"] == "/rules"
    assert editor.get("/rules/talks").status_code == 404
    back = {"csrf": gone["csrf"], "version": "1", "base": ""}
    assert editor.post("/rules/talks/restore", data=back).status_code == 303
    assert [rule.rule_id for rule in site.desk.current.rules] == ["talks", "harbour"]


def test_a_rule_is_kept_quiet_and_speaks_again(editor: httpx.Client, path: Path) -> None:
    csrf = form_on(editor, "/rules/harbour")["csrf"]
    editor.post("/rules/harbour/quiet", data={"csrf": csrf, "last": "1h", "reason": "drill"})
    assert "Snoozed until 22 Nov 19:42 by ada: drill" in editor.get("/rules/harbour").text
    assert "Snoozed until" in editor.get("/rules").text
    editor.post("/rules/harbour/quiet", data={"csrf": csrf, "last": "resume"})
    assert "Snoozed" not in editor.get("/rules").text
    assert editor.post("/rules/harbour/quiet", data={"csrf": csrf, "last": "ever"}).status_code == 400
    assert path.read_text() == FILE


def test_a_pasted_text_is_held_against_the_rule(editor: httpx.Client) -> None:
    form = form_on(editor, "/rules/harbour") | {"do": "check", "tried": "Drone seen\nNobody was hurt."}
    page = editor.post("/rules/harbour", data=form).text
    assert "The rule stays silent." in page
    assert "PASS drone" in page
    assert "FAIL kind:strike" in page


def test_a_bad_hand_edit_is_told_on_every_page_and_counted(editor: httpx.Client, path: Path) -> None:
    editor.get("/rules")
    path.write_text(FILE.replace("AND drone", "drone"))
    for address in ("/events", "/feeds", "/rules", "/rules/harbour"):
        page = editor.get(address).text
        assert "ports.yaml:6:24: E105" in page, address
        assert str(path.parent) not in page
    assert "This text is not in force" in editor.get("/rules/harbour").text
    path.write_text(FILE)
    assert "E105" not in editor.get("/rules").text


def test_what_is_too_large_or_endless_is_not_read(editor: httpx.Client) -> None:
    assert editor.post("/sign-in", content=b"x" * 1_000_001).status_code == 413
    assert editor.post("/sign-in", content=iter([b"a=b"])).status_code == 411


@pytest.fixture
def api(guarded: httpx.Client) -> httpx.Client:
    guarded.headers.update({"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"})
    return guarded


def test_the_api_asks_for_the_token(guarded: httpx.Client, path: Path) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
        answer = guarded.get("/api/v1/rules", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.headers["content-type"] == "application/problem+json"
    assert guarded.put("/api/v1/rules/harbour", json={"text": "x"}).status_code == 401
    assert path.read_text() == FILE


def test_the_api_checks_previews_and_saves_on_what_was_seen(api: httpx.Client, path: Path) -> None:
    assert [rule["id"] for rule in api.get("/api/v1/rules").json()["rules"]] == ["harbour"]
    found = api.get("/api/v1/rules/harbour")
    text = found.json()["text"].replace("owner: desk", "owner: port")
    assert api.post("/api/v1/rules/check", json={"text": text, "id": "harbour"}).json()["ok"] is True
    seen = api.post("/api/v1/rules/preview", json={"text": text, "id": "harbour"}).json()
    assert (seen["verdict"], seen["alerts"], seen["days"]) == ("NO_DATA", 0, [])
    body = {"text": text, "reason": "moved", "by": "ci"}
    assert api.put("/api/v1/rules/harbour", json=body).status_code == 428
    saved = api.put("/api/v1/rules/harbour", json=body, headers={"If-Match": found.headers["etag"]})
    assert saved.status_code == 200
    assert saved.headers["etag"] == api.get("/api/v1/rules/harbour").headers["etag"] != found.headers["etag"]
    assert path.read_text() == FILE.replace("owner: desk", "owner: port")
    late = body | {"text": found.json()["text"].replace("drone", "drone*")}
    conflict = api.put("/api/v1/rules/harbour", json=late, headers={"If-Match": found.headers["etag"]})
    assert conflict.status_code == 409
    assert [
        "desk" in conflict.json()["base"],
        "port" in conflict.json()["theirs"],
        "drone*" in conflict.json()["yours"],
    ]
    assert api.get("/api/v1/rules/harbour/history").json()[0]["author"] == "ci"


def test_the_api_says_of_a_preview_what_the_page_shows(api: httpx.Client, site: TestSite) -> None:
    texts = ("Drone hits <pier>", "Two boats burned.", "Drone over town", "The union said so.")
    pairs = zip(texts[::2], texts[1::2], strict=True)
    subjects = [Subject(event=event(headline=title), accounts=(told(title, body),)) for title, body in pairs]
    keep(site.store, subjects, every=timedelta(hours=30))
    site.clock.forward(days=(NOON - site.clock.now()).days + 4)
    text = api.get("/api/v1/rules/harbour").json()["text"].replace("AND drone", "AND drone AND NOT union")
    seen = api.post("/api/v1/rules/preview", json={"text": text, "id": "harbour"}).json()
    (first, second), (lost,) = seen["days"], seen["lost"]
    assert [first["alerts"], first["saved"], second["alerts"], second["saved"]] == [1, 1, 0, 1]
    assert first["day"] == NOON.date().isoformat()
    assert (lost["headline"], lost["why"]["matched"], lost["why"]["left_out_by"]) == (texts[2], False, ["union"])
    assert (seen["edited"]["alerts"], seen["saved"]["alerts"], seen["complete"]) == (1, 2, True)


def test_the_api_looks_after_operators_and_shows_a_token_once(api: httpx.Client) -> None:
    made = api.post("/api/v1/users", json={"name": "Ada L.", "label": "laptop", "for": "90d"})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    theirs = {"Authorization": f"Bearer {made.json()['token']}"}
    second = api.post("/api/v1/users/Ada L./tokens", json={"label": "ci"}, headers=theirs).json()
    listed = api.get("/api/v1/users").text
    assert [token["label"] for token in json.loads(listed)[0]["tokens"]] == ["laptop", "ci"]
    assert made.json()["token"] not in listed
    assert api.delete(f"/api/v1/tokens/{made.json()['token_id']}").json()["revoked"] is True
    assert api.get("/api/v1/users", headers=theirs).status_code == 401
    assert api.delete("/api/v1/users/Ada L.").status_code == 200
    assert api.get("/api/v1/users", headers={"Authorization": f"Bearer {second['token']}"}).status_code == 401
    assert api.get("/api/v1/users").json()[0]["removed"]


@pytest.mark.parametrize(
    ("method", "to", "body", "status"),
    [
        ("POST", "users", {"name": " "}, 400),
        ("POST", "users", {"name": "ada", "for": "soon"}, 400),
        ("POST", "users/nobody/tokens", {"label": "ci"}, 404),
        ("DELETE", "users/nobody", None, 404),
        ("DELETE", "tokens/99", None, 404),
    ],
)
def test_the_api_says_what_is_wrong_about_operators(
    api: httpx.Client, method: str, to: str, body: dict[str, str] | None, status: int
) -> None:
    answer = api.request(method, f"/api/v1/{to}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    nobody = api.request(method, f"/api/v1/{to}", json=body, headers={"Authorization": "Bearer wrong"})
    assert nobody.status_code == 401


def test_the_api_adds_a_rule_and_says_what_is_wrong_with_one(api: httpx.Client) -> None:
    new = {"text": "id: talks\ntitle: Talks\nmatch: kind:talks", "reason": "wanted"}
    made = api.put("/api/v1/rules/talks", json=new, headers={"If-None-Match": "*"})
    assert made.status_code == 201
    wrong = api.put(
        "/api/v1/rules/talks", json=new | {"text": new["text"] + " drone"}, headers={"If-Match": made.headers["etag"]}
    )
    assert wrong.status_code == 422
    assert [(fault["line"], fault["column"]) for fault in wrong.json()["errors"]] == [(3, 19)]
    assert api.post("/api/v1/rules/check", json={"text": "id: x"}).json()["ok"] is False
    assert api.get("/api/v1/rules/nowhere").status_code == 404


def test_programs_explain_hold_remove_and_restore(guarded: httpx.Client, site: TestSite, path: Path) -> None:
    guarded.headers["Authorization"] = f"Bearer {site.operators.add('desk bot').secret}"
    home = "/api/v1/rules/harbour"
    said = guarded.get(f"{home}/explain", params={"text": "A drone"}).json()
    assert (said["matched"], [part["passed"] for part in said["tree"]["parts"]]) == (False, [False, True])
    assert guarded.get(f"{home}/explain").status_code == 400
    assert guarded.get(f"{home}/explain", params={"event": 99}).status_code == 404
    assert guarded.post(f"{home}/hold", json={"for": "2h", "reason": "a drill"}).json()["state"] == "snoozed"
    assert guarded.post(f"{home}/hold", json={"for": "soon"}).status_code == 400
    assert "Snoozed until" in guarded.get("/rules").text
    assert guarded.post(f"{home}/resume").json()["ended"] == 1
    etag = guarded.get(home).headers["etag"]
    over = {"reason": "over"}
    assert guarded.request("DELETE", home, json=over).status_code == 428
    assert guarded.request("DELETE", home, json=over, headers={"If-Match": '"0"'}).status_code == 409
    assert guarded.request("DELETE", home, json=over, headers={"If-Match": etag}).json()["changed"]
    assert guarded.get(home).status_code == 404
    assert guarded.post(f"{home}/restore", json={"version": 1}).json()["changed"]
    assert "id: harbour" in path.read_text()
    assert site.desk.history("harbour")[0].author == "desk bot"
