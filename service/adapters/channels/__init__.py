"""Where messages leave the building: email by SMTP or into a folder, webhooks by HTTP."""

from service.adapters.channels.many import check_url
from service.adapters.channels.sender import Channels
from service.adapters.channels.signature import new_key, new_secret, public_key

__all__ = ["Channels", "check_url", "new_key", "new_secret", "public_key"]
