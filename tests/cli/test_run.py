"""What `tocsin run` writes into its log."""

import logging

from service.cli.run import Masked


def test_the_log_shows_mail_addresses_in_part() -> None:
    """Also those that a mail server repeats, and those in the story of a failure."""
    words = "channel 7 is disabled: 550 5.1.1 <ada.lovelace@home.example>: unknown"
    failure = ValueError("no home for bob@x.example")
    record = logging.LogRecord("tocsin", logging.ERROR, "", 0, words, (), (ValueError, failure, None))
    said = Masked(logging.Formatter("%(message)s")).format(record)
    assert said.splitlines()[0] == "channel 7 is disabled: 550 5.1.1 <a…@home.example>: unknown"
    assert said.endswith("ValueError: no home for b…@x.example")


def test_what_is_no_mail_address_stays_as_it_is_in_the_log() -> None:
    words = "feed 3 https://news.example/@desk: 2 of 5; smtp://tocsin:***@mail.example:25"
    record = logging.LogRecord("tocsin", logging.INFO, "", 0, words, (), None)
    assert Masked(None).format(record) == words
