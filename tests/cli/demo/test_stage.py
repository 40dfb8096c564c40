"""A stage goes on after a kill where it was, under the same addresses; after a stop it is a new one."""

import smtplib
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from service import resources
from service.cli.demo.command import demo_settings
from service.cli.demo.server import LoopbackServer
from service.cli.demo.stage import Stage
from service.cli.demo.story import Story, load_story


@pytest.fixture(scope="module")
def story() -> Story:
    return load_story(resources.shipped("config") / "demo" / "story.yaml")


def stage(path: Path, story: Story, *, fresh: bool = False) -> Stage:
    return Stage(path / "demo", story, play_s=60, fresh=fresh)


def test_the_page_the_feeds_and_both_inboxes_are_served(tmp_path: Path, story: Story) -> None:
    with stage(tmp_path, story) as one, httpx.Client(trust_env=False) as client:
        assert "Mailbox" in client.get(one.server.url).text
        assert all(client.get(url).status_code == 200 for url in one.feeds.feed_urls().values())
        assert client.post(one.webhook_url, content=b"{}").status_code == 401
        with smtplib.SMTP("127.0.0.1", one.mail.port) as smtp:
            smtp.sendmail("a@demo.example", ["b@demo.example"], b"Subject: hello\r\n\r\nhello\r\n")
        assert "hello" in client.get(f"{one.server.url}/lists").text


def test_pages_are_where_they_are_said_to_be(tmp_path: Path, story: Story) -> None:
    with Stage(tmp_path / "demo", story, play_s=60, bind="127.0.0.1:8123") as one:
        settings = demo_settings(one, {"TOCSIN_BIND": "127.0.0.1:9"})
        assert one.web_url == settings.base_url == f"http://{settings.bind}" == "http://127.0.0.1:8123"


def test_a_killed_stage_goes_on_later_than_anything_it_showed_at_the_same_addresses(
    tmp_path: Path, story: Story
) -> None:
    with stage(tmp_path, story) as killed:
        killed.begin()
        shown = killed.clock.now()
        with smtplib.SMTP("127.0.0.1", killed.mail.port) as smtp:
            smtp.sendmail("a@demo.example", ["b@demo.example"], b"Subject: kept\r\n\r\n\r\n")
    with stage(tmp_path, story) as again:
        assert again.resumed
        assert again.clock.now() >= shown
        assert (again.server.url, again.bind, again.secret) == (killed.server.url, killed.bind, killed.secret)
        assert [row["subject"] for row in again.mailbox.rows()] == ["kept"]
        assert again.feeds.feed_urls() == killed.feeds.feed_urls()


def test_after_a_kill_the_clock_runs_fast_until_all_leases_of_the_dead_are_over(tmp_path: Path, story: Story) -> None:
    with stage(tmp_path, story) as killed:
        killed.begin()
    with stage(tmp_path, story) as again:
        assert again.clock.course.end >= killed.clock.now() + timedelta(seconds=again.lease_s)


@pytest.mark.parametrize("way", ["stopped", "fresh", "unbegun"])
def test_a_stopped_fresh_or_never_begun_stage_is_empty(tmp_path: Path, story: Story, way: str) -> None:
    with stage(tmp_path, story) as first:
        (first.folder.path / "tocsin.db").touch()
        if way != "unbegun":
            first.begin()
        if way == "stopped":
            first.stopped()
    with stage(tmp_path, story, fresh=way == "fresh") as again:
        assert not again.resumed
        assert again.secret != first.secret
        assert not (again.folder.path / "tocsin.db").exists()


def test_a_port_that_was_taken_meanwhile_is_owned_up_to(tmp_path: Path, story: Story) -> None:
    with stage(tmp_path, story) as killed:
        killed.begin()
        port = killed.server.port
    other = LoopbackServer(port)
    with stage(tmp_path, story) as again:
        assert again.moved_from == port
        assert again.server.port != port
    other.close()


def test_a_stage_that_cannot_be_set_up_lets_go_of_its_folder(tmp_path: Path, story: Story) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / ".tocsin-demo").touch()
    (tmp_path / "demo" / "mailbox").mkdir()
    with stage(tmp_path, story) as killed:
        killed.begin()
    (tmp_path / "demo" / "mailbox" / "index.jsonl").unlink()
    (tmp_path / "demo" / "mailbox" / "index.jsonl").mkdir()
    with pytest.raises(OSError, match="directory"):
        stage(tmp_path, story)
    with stage(tmp_path, story, fresh=True):
        pass
