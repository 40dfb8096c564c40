"""Webhooks against a real receiver on loopback, verified by the Standard Webhooks project's own library."""

import base64
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import svix
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from service import resources
from service.adapters.channels import Channels, new_key, new_secret, public_key
from service.adapters.channels.signature import sign
from service.adapters.render import Renderer
from service.adapters.render.samples import sample_event
from service.core.errors import BadInput
from service.core.subscription import Channel, Message
from service.ports.world import Attempt
from tests.servers_mail import Posted, free_port, receiver, silent_server

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the specification's own example
LOOPBACK = ("127.0.0.0/8",)


def present() -> datetime:
    """Return the time; the verifying library reads the machine's clock, so no other will do."""
    return datetime.now(UTC)


def channels(folder: Path, *, allow: Sequence[str] = LOOPBACK, deadline_s: float = 15) -> Channels:
    """Return channels that may reach loopback."""
    return Channels(
        smtp_url="",
        mail_from="alerts@tocsin.example",
        mail_dir=folder,
        allow_nets=allow,
        user_agent="Tocsin/test",
        now=present,
        deadline_s=deadline_s,
    )


def hook(url: str, n: int = 1, body: bytes = b'{"type":"event.new"}', secret: str | None = SECRET) -> Message:
    """Return a message to this endpoint."""
    return Message(
        outbox_id=n,
        message_id=f"msg_{n}",
        channel=Channel(channel_id=1, kind="webhook", address=url, secret=secret),
        kind="event.new",
        body=body,
        attempts=0,
        created_at=present(),
    )


def answered(tmp_path: Path, status: int, headers: dict[str, str], body: bytes = b"") -> Attempt:
    """Send one message to a receiver that answers like this."""
    with receiver(answer={"/hook": (status, headers, body)}) as there:
        return next(channels(tmp_path).send([hook(there.url())]))


def verified(posted: Posted, secret: str = SECRET) -> object:
    """Verify as any receiver would. Raises if the signature is wrong."""
    return Webhook(secret).verify(posted.body, posted.headers)


def test_any_standard_webhooks_library_verifies_what_we_send(tmp_path: Path) -> None:
    """A rendered event arrives byte for byte, under its id, with the time of the attempt."""
    shipped = resources.folders("templates", None)
    send = Renderer(shipped, base_url="https://t.example", mail_from="a@t.example", on_fallback=pytest.fail)
    body = send.event(sample_event("webhook")).body
    with receiver() as there:
        (attempt,) = channels(tmp_path).send([hook(there.url(), body=body)])
    assert (attempt.ok, attempt.status, attempt.error) == (True, 204, "")
    (posted,) = there.posted
    assert posted.body == body
    assert verified(posted) == json.loads(body)
    assert posted.headers["webhook-id"] == "msg_1"
    assert posted.headers["content-type"] == "application/json"
    assert posted.headers["user-agent"] == "Tocsin/test"
    assert abs(int(posted.headers["webhook-timestamp"]) - time.time()) < 60


def test_a_repeat_has_the_same_id_and_a_fresh_timestamp(tmp_path: Path) -> None:
    with receiver() as there:
        ticking = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)]
        for now in ticking:
            send = Channels(
                smtp_url="",
                mail_from="a@t.example",
                mail_dir=tmp_path,
                allow_nets=LOOPBACK,
                user_agent="t",
                now=lambda now=now: now,  # type: ignore[misc]
            )
            assert next(send.send([hook(there.url())])).ok
    first, second = there.posted
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 86400
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


def test_our_signature_is_theirs() -> None:
    at = datetime(2026, 11, 22, 18, 33, tzinfo=UTC)
    theirs = Webhook(SECRET).sign("msg_1", at, '{"a":"ü"}')
    assert sign(SECRET, message_id="msg_1", at=at, body='{"a":"ü"}'.encode()) == theirs


def test_two_secrets_make_two_signatures_so_a_receiver_can_change_over(tmp_path: Path) -> None:
    old, new = new_secret(), new_secret()
    with receiver() as there:
        assert next(channels(tmp_path).send([hook(there.url(), secret=f"{old} {new}")])).ok
    assert verified(there.posted[0], old) == verified(there.posted[0], new)


def test_both_verifiers_take_what_is_sent_during_a_rotation_with_the_old_secret_and_the_new(tmp_path: Path) -> None:
    """The project's own library and Svix's: the receiver changes over when it likes, for a day."""
    old, new, later = new_secret(), new_secret(), present() + timedelta(hours=24)
    with receiver() as there:
        for n, until in enumerate((later, present() - timedelta(seconds=1))):
            message = hook(there.url(), n, secret=new)
            channel = replace(message.channel, old_secret=old, old_secret_until=until)
            assert next(channels(tmp_path).send([replace(message, channel=channel)])).ok
    during, after = there.posted
    assert during.headers["webhook-signature"].count("v1,") == 2
    for secret in (old, new):
        assert verified(during, secret) == {"type": "event.new"}
        svix.Webhook(secret).verify(during.body, during.headers)  # raises if it is not so
    assert verified(after, new)
    for verifier in (Webhook(old), svix.Webhook(old)):
        with pytest.raises(Exception, match="No matching signature"):
            verifier.verify(after.body, after.headers)


def test_after_two_rotations_in_a_day_each_secret_signs_for_a_day_after_its_own(tmp_path: Path) -> None:
    """By the project's own library: the first is not kept alive by the second change."""
    first, second, third = new_secret(), new_secret(), new_secret()
    now = present()
    with receiver() as there:
        for n, ago in enumerate((2, 21, 26)):  # hours since the second change; the first was four hours before it
            message = hook(there.url(), n, secret=third)
            channel = replace(
                message.channel,
                old_secret=second,
                old_secret_until=now + timedelta(hours=24 - ago),
                older_secret=first,
                older_secret_until=now + timedelta(hours=20 - ago),
            )
            assert next(channels(tmp_path).send([replace(message, channel=channel)])).ok
    good: list[list[str]] = []
    for posted in there.posted:
        good.append([])
        for name, secret in (("first", first), ("second", second), ("third", third)):
            with suppress(WebhookVerificationError):
                verified(posted, secret)
                good[-1].append(name)
    assert good == [["first", "second", "third"], ["second", "third"], ["third"]]


def test_a_key_of_ed25519_signs_what_its_public_half_verifies(tmp_path: Path) -> None:
    key = new_key()
    with receiver() as there:
        assert next(channels(tmp_path).send([hook(there.url(), secret=f"{key} {SECRET}")])).ok
    (posted,) = there.posted
    asymmetric, plain = posted.headers["webhook-signature"].split(" ")
    signed = f"{posted.headers['webhook-id']}.{posted.headers['webhook-timestamp']}.".encode() + posted.body
    raw = base64.b64decode(public_key(key).removeprefix("whpk_"))
    Ed25519PublicKey.from_public_bytes(raw).verify(base64.b64decode(asymmetric.removeprefix("v1a,")), signed)
    assert plain.startswith("v1,")
    assert verified(posted) == {"type": "event.new"}, "who knows only v1 passes over the other"


def test_an_answer_is_kept_in_part(tmp_path: Path) -> None:
    attempt = answered(tmp_path, 500, {}, b"out of \x00 disk\n" + b"x" * 9000)
    assert attempt.response.startswith("out of  disk xxx")
    assert len(attempt.response) == 2000
    assert answered(tmp_path, 200, {}, b"thank you").response == "thank you"


def test_ntfy_is_posted_to_the_server_itself_and_chats_need_no_secret(tmp_path: Path) -> None:
    with receiver() as there:
        message = hook(there.url("/base/topic?auth=x"), secret=None)
        channel = replace(message.channel, format="ntfy")
        assert next(channels(tmp_path).send([replace(message, channel=channel)])).ok
    (posted,) = there.posted
    assert posted.path == "/base/"
    assert "webhook-signature" not in posted.headers


def test_apprise_takes_what_no_preset_does(tmp_path: Path) -> None:
    body = json.dumps({"title": "Strike, Kharkiv", "body": "8 killed"}).encode()
    with receiver() as there:
        message = hook(f"json://127.0.0.1:{there.port}/hook", body=body, secret=None)
        lost = hook("json://127.0.0.1:1/", 2, body=body, secret=None)
        messages = [replace(one, channel=replace(one.channel, format="apprise")) for one in (message, lost)]
        attempts = {attempt.outbox_id: attempt for attempt in channels(tmp_path).send(messages)}
    assert attempts[1].ok
    assert (attempts[2].ok, attempts[2].retry) == (False, True)
    said = json.loads(there.posted[0].body)
    assert (said["title"], said["message"]) == ("Strike, Kharkiv", "8 killed")


def test_a_new_secret_is_long_random_and_of_the_standard_form() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert all(secret.startswith("whsec_") and len(secret) == 38 for secret in secrets)


@pytest.mark.parametrize("secret", [None, "", "whsec_not base64!"])
def test_nothing_is_sent_unsigned(tmp_path: Path, secret: str | None) -> None:
    with receiver() as there:
        (attempt,) = channels(tmp_path).send([hook(there.url(), secret=secret)])
    assert (attempt.ok, attempt.retry) == (False, False)
    assert "secret" in attempt.error
    assert there.posted == []


def test_a_secret_that_is_none_is_refused_without_showing_it() -> None:
    with pytest.raises(BadInput) as caught:
        sign("whsec_hush!", message_id="m", at=present(), body=b"")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_success(tmp_path: Path, status: int) -> None:
    assert answered(tmp_path, status, {}).ok


@pytest.mark.parametrize("status", [400, 401, 404, 413, 500, 502, 599])
def test_everything_else_is_tried_again_and_says_what_was_answered(tmp_path: Path, status: int) -> None:
    """Also 4xx: a receiver in the middle of a deployment answers 404."""
    attempt = answered(tmp_path, status, {}, b"no\r\n \x1b[31mroom " + b"x" * 500)
    assert (attempt.ok, attempt.retry, attempt.status, attempt.gone) == (False, True, status, False)
    assert attempt.error.startswith(f"127.0.0.1 answered {status}: no [31mroom xxx")
    assert len(attempt.error) < 200


def test_410_means_gone(tmp_path: Path) -> None:
    attempt = answered(tmp_path, 410, {})
    assert (attempt.ok, attempt.retry, attempt.gone, attempt.status) == (False, False, True, 410)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed(tmp_path: Path, status: int) -> None:
    """A signed body goes to the address that was subscribed and nowhere else."""
    with receiver() as elsewhere:
        attempt = answered(tmp_path, status, {"location": elsewhere.url()})
    assert not attempt.ok
    assert "never followed" in attempt.error
    assert elsewhere.posted == []


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("in ten minutes", 600),
        ("ten minutes ago", 0),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("\u00b2", None),
        ("Fri, 31 Dec 99999999999999999999 23:59:59 GMT", None),
    ],
    ids=["seconds", "zero", "date", "past", "words", "empty", "negative", "no number", "no year"],
)
def test_a_receiver_may_ask_us_to_wait(tmp_path: Path, status: int, value: str, seconds: float | None) -> None:
    dates = {"in ten minutes": timedelta(minutes=10), "ten minutes ago": timedelta(minutes=-10)}
    if value in dates:
        value = format_datetime(datetime.now(UTC) + dates[value], usegmt=True)
    wait = answered(tmp_path, status, {"retry-after": value}).retry_after_s
    if seconds is None:
        assert wait is None
    else:
        assert wait is not None
        assert abs(wait - seconds) < 120


def test_a_flood_of_an_answer_is_not_read_to_its_end(tmp_path: Path) -> None:
    assert answered(tmp_path, 200, {}, b"x" * 5_000_000).ok


def test_a_receiver_that_never_answers_is_given_up_on_at_the_deadline(tmp_path: Path) -> None:
    with receiver(hang="/hook") as there:
        (attempt,) = channels(tmp_path, deadline_s=0.4).send([hook(there.url())])
    assert (attempt.ok, attempt.retry) == (False, True)
    assert "no complete answer within 0.4 s" in attempt.error
    assert 300 <= attempt.elapsed_ms < 5000


def test_one_hung_endpoint_holds_up_nobody_else(tmp_path: Path) -> None:
    """The four messages under way at a machine that hangs cost one deadline; the others are through long before."""
    with silent_server() as hung, receiver() as there:
        messages = [hook(f"http://127.0.0.1:{hung}/", n) for n in range(4)]
        messages += [hook(there.url(), n) for n in range(4, 24)]
        started = time.monotonic()
        attempts = []
        through_at = 0.0
        for attempt in channels(tmp_path, deadline_s=3).send(messages):
            attempts.append(attempt)
            if sum(known.ok for known in attempts) == 20 and not through_at:
                through_at = time.monotonic() - started
        took = time.monotonic() - started
    assert 0 < through_at < 3
    assert took < 9
    failed = [attempt for attempt in attempts if not attempt.ok]
    assert len(failed) == 4
    assert all(attempt.retry and attempt.tried for attempt in failed)


def test_an_endpoint_gets_at_most_four_at_once(tmp_path: Path) -> None:
    with receiver(slow_s=0.05) as there:
        attempts = list(channels(tmp_path).send([hook(there.url(), n) for n in range(24)]))
    assert all(attempt.ok for attempt in attempts)
    assert there.busiest <= 4
    assert len({posted.headers["webhook-id"] for posted in there.posted}) == 24


def test_a_private_address_is_out_of_bounds_unless_the_operator_allows_it(tmp_path: Path) -> None:
    with receiver() as there:
        (attempt,) = channels(tmp_path, allow=()).send([hook(there.url())])
    assert not attempt.ok
    assert "loopback" in attempt.error
    assert there.posted == []


@pytest.mark.parametrize(
    "url", ["ftp://receiver.example/", "http://", "nonsense", "http://[::1", "http://nowhere.invalid/hook"]
)
def test_an_address_that_leads_nowhere_is_an_attempt_not_a_crash(tmp_path: Path, url: str) -> None:
    with receiver() as there:
        attempts = {
            attempt.outbox_id: attempt for attempt in channels(tmp_path).send([hook(url), hook(there.url(), 2)])
        }
    assert not attempts[1].ok
    assert attempts[1].error
    assert attempts[2].ok


def test_nobody_listening_is_said_in_clear_words_without_the_path(tmp_path: Path) -> None:
    """The path may hold a token of the receiver's."""
    (attempt,) = channels(tmp_path).send([hook(f"http://127.0.0.1:{free_port()}/token-1234")])
    assert attempt.retry
    assert attempt.error.startswith("127.0.0.1: could not connect")
    assert "1234" not in attempt.error


def test_mail_and_webhooks_go_out_side_by_side(tmp_path: Path) -> None:
    """One batch, both channels, one attempt for each message."""
    with receiver() as there:
        web = hook(there.url(), 1)
        mail = replace(web, outbox_id=2, channel=Channel(channel_id=2, kind="email", address="r@example.org"))
        attempts = list(channels(tmp_path / "mail").send([web, mail]))
    assert {attempt.outbox_id: attempt.ok for attempt in attempts} == {1: True, 2: True}
    assert [path.name for path in (tmp_path / "mail").iterdir()] == ["msg_1.eml"]
