"""The mail to whoever answers for a webhook endpoint: nothing more is sent there, why, and the way back."""

from markupsafe import escape

from service.adapters.render.clean import QUOTE, clean
from service.adapters.render.mail import Letter
from service.adapters.render.quoted import sheet
from service.core.subscription import masked
from service.ports.world import EndpointMessage

BACK = (
    "What waited for it was given up and is kept. Once the endpoint answers again, have the operator open it again "
    "(tocsin subscriptions resume {number}) and send what it missed (tocsin deliveries replay --subscription {number} "
    "--since …). Messages keep their ids, so nothing need be handled twice."
)


def notice(message: EndpointMessage, *, base_url: str) -> Letter:
    """Return the letter. The endpoint is named by its host: its path may hold a token."""
    host, number = masked(message.subscription.channel), message.subscription.subscription_id
    lines = (
        f"Tocsin no longer sends to the webhook at {host} (subscription {number}).",
        f"Why: {clean(message.reason, QUOTE)}.",
        BACK.format(number=number),
        f"{base_url}/deliveries",
    )
    text = "\n\n".join(lines) + "\n"
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    html = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Webhook disabled</title>{body}</html>'
    return Letter(
        message_id=message.message_id,
        to=message.to,
        subject=f"Webhook disabled: {host}",
        text=sheet(text, {}).filled({}),
        html=sheet(html, {}).filled({}),
        at=message.now,
    )
