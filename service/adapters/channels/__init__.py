"""Where messages leave the building: email by SMTP or into a folder, webhooks by HTTP."""

from service.adapters.channels.sender import Channels
from service.adapters.channels.signature import new_secret

__all__ = ["Channels", "new_secret"]
