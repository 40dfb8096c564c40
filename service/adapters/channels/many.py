"""Everything else, through Apprise (https://github.com/caronc/apprise), which speaks to a hundred services by URL.

It is an extra, and works in threads of its own. It connects by itself: the address guard does not see where. Only
operators can name such an address.
"""

import asyncio
import json
import warnings
from importlib.util import find_spec
from typing import Any

from service.core.errors import SendFailed
from service.core.subscription import Message

MISSING = "Apprise is not installed: pip install 'tocsin[apprise]'"
AT_ONCE = 4
DEADLINE_S = 60.0


def apprise_installed() -> bool:
    """Tell whether the extra is here, without importing it."""
    return find_spec("apprise") is not None


def check_url(url: str) -> str:
    """Return what is wrong with an Apprise URL, empty if nothing is."""
    if not apprise_installed():
        return MISSING
    return "" if _notifier(url) is not None else "Apprise knows no such service, or the URL lacks something"


class Many:
    """Sends one message at a time per thread, at most four at once."""

    def __init__(self) -> None:
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def send(self, message: Message) -> None:
        """Hand the message over. Raises SendFailed."""
        if not apprise_installed():
            raise SendFailed(MISSING, retry=True)
        said = json.loads(message.body)
        async with self._gate:
            try:
                async with asyncio.timeout(DEADLINE_S):
                    went_well = await asyncio.to_thread(_notify, message.channel.address, said)
            except TimeoutError:
                raise SendFailed(f"no end within {DEADLINE_S:g} s", retry=True) from None
        if not went_well:
            raise SendFailed("the service did not take it; Apprise does not say why", retry=True)


def _notify(url: str, said: dict[str, str]) -> bool:
    notifier = _notifier(url)
    return bool(notifier and notifier.notify(title=said["title"], body=said["body"], body_format="text"))


def _notifier(url: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it makes of old modules is its own business
        import apprise  # noqa: PLC0415  an extra, and slow to import: only who uses it waits

    made = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False, app_id="Tocsin", app_desc="Tocsin"))
    return made if made.add(url) else None
