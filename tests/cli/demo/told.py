"""The demo's story as entries, oldest first."""

from datetime import UTC, datetime, timedelta

from service import resources
from service.cli.demo.story import Told, load_story
from service.core.entry import Entry

START = datetime(2026, 11, 19, tzinfo=UTC)
CONFIG = resources.shipped("config")
TOLD = load_story(CONFIG / "demo" / "story.yaml").told(START, START + timedelta(days=5))[::-1]


def entry_of(told: Told, number: int = 1) -> Entry:
    """Return what one outlet told, as it comes from its feed."""
    return Entry(
        entry_id=number,
        feed_id=1,
        outlet=told.outlet.title,
        uid=told.slug,
        url=f"https://news.example/{told.slug}",
        canonical_url=f"news.example/{told.slug}",
        title=told.title,
        summary=told.summary,
        content=told.content,
        lang=told.outlet.lang,
        country=told.outlet.country,
        published=told.published,
        first_seen=told.published,
    )
