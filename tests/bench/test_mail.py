"""Mail in bulk: ten thousand digests into a Postfix of our own; what a spam filter thinks of each kind of mail.

`TOCSIN_BENCH_READERS` makes it fewer.
"""

import os
import re
import shutil
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from service import resources
from service.adapters.channels import Channels
from service.adapters.channels.dkim import signed, signers
from service.adapters.maps import Cartographer
from service.adapters.render import Renderer
from service.adapters.render.samples import sample_digest, sample_digests, sample_events
from service.adapters.store import SqlStore
from service.bootstrap import SystemClock
from service.core.subscription import Subscription, Wish
from service.pipeline.deliver import Deliver
from service.pipeline.manage import subscribe
from tests.adapters.test_channels_dkim import pem
from tests.servers_mail import postfix

pytestmark = pytest.mark.bench
READERS = int(os.environ.get("TOCSIN_BENCH_READERS", "10000"))
CHUNK = 500


def a_renderer() -> Renderer:
    maps = Cartographer(resources.shipped("config") / "map" / "countries.json")
    folders = resources.folders("templates", None)
    return Renderer(
        folders,
        base_url="https://tocsin.example",
        mail_from="Tocsin <alerts@tocsin.example>",
        on_fallback=pytest.fail,
        maps=maps,
    )


def test_ten_thousand_digests_into_postfix(sqlite_store: SqlStore) -> None:
    """Rendered for each, signed with RSA, kept, claimed, sent, recorded. At most 120 s on two quiet cores."""
    store, render = sqlite_store, a_renderer()
    now = datetime.now(UTC)
    readers: list[Subscription] = []
    for start in range(0, READERS, CHUNK):
        with store.write() as tx:
            readers += [
                subscribe(tx, Wish(kind="email", address=f"r{n}@example.org", mode="digest"), known_rules=(), now=now)
                for n in range(start, start + CHUNK)
            ]
    began, cpu = time.monotonic(), time.process_time()
    digest = replace(sample_digest(), now=now)
    for start in range(0, READERS, CHUNK):
        with store.write() as tx:
            for reader in readers[start : start + CHUNK]:
                message_id = f"msg_{reader.subscription_id:032d}"
                message = replace(digest, message_id=message_id, subscription=reader)
                tx.outbox.put(
                    dedup_key=message_id,
                    message_id=message_id,
                    kind="digest",
                    subscription=reader,
                    rendered=render.digest(message),
                    due_at=now,
                    now=now,
                )
    queued, queued_cpu = time.monotonic() - began, time.process_time() - cpu
    with postfix() as (port, _):
        channels = Channels(
            smtp_url=f"smtp://127.0.0.1:{port}",
            mail_from="Tocsin <alerts@tocsin.example>",
            mail_dir=Path("unused"),
            bounces_to="bounces@tocsin.example",
            dkim_key=pem(generate_private_key(65537, 2048)),
            user_agent="Tocsin/bench",
            now=SystemClock().now,
        )
        deliver = Deliver(store=store, sender=channels, clock=SystemClock(), jitter=lambda: 0.5)
        began, cpu, sent = time.monotonic(), time.process_time(), 0
        while done := deliver.run(SystemClock().now()):
            assert all(attempt.ok for attempt in done), next(attempt.error for attempt in done if not attempt.ok)
            sent += len(done)
        took, took_cpu = time.monotonic() - began, time.process_time() - cpu
    size = len(render.digest(digest).body)
    print(  # noqa: T201
        f"\n{sent:,} digests of {size:,} bytes: queued in {queued:.1f} s ({queued_cpu:.1f} s CPU), "
        f"sent in {took:.1f} s ({took_cpu:.1f} s CPU of ours), {sent / (queued + took):.0f}/s in all"
    )
    assert sent == READERS
    assert queued_cpu + took_cpu <= 120 * READERS / 10_000 * 2, "of two cores, and twice that on a busy machine"


def test_a_spam_filter_has_nothing_against_us() -> None:
    """SpamAssassin without the network: at most 0.5 points for every kind of mail, signed and received as usual."""
    if shutil.which("spamassassin") is None:
        pytest.skip("spamassassin (Debian package) is not installed")
    by = signers(pem(generate_private_key(65537, 2048)), selectors="tocsin", domain="tocsin.example")
    send = a_renderer()
    mails = [*map(send.event, sample_events()), *map(send.digest, sample_digests())]
    received = (
        b"Received: from mail.tocsin.example (mail.tocsin.example [192.0.43.7])\r\n"
        b"\tby mx.example.org (Postfix) with ESMTPS id 4XyZ\r\n\tfor <reader@example.org>; "
    )
    for mail in mails:
        at = re.search(rb"Date: ([^\r]*)", mail.body)
        assert at
        wire = received + at[1] + b"\r\n" + signed(mail.body, by)
        done = subprocess.run(["spamassassin", "-L", "-t"], input=wire, capture_output=True, check=True, timeout=120)
        status = re.search(rb"X-Spam-Status: (?:.|\n[ \t])*", done.stdout)
        assert status
        score = re.search(rb"score=(-?[\d.]+)", status[0])
        assert score
        words = " ".join(status[0].decode().split())
        print(f"{float(score[1]):5.1f}  {mail.subject[:70]}  {words[:200]}")  # noqa: T201
        assert float(score[1]) <= 0.5
