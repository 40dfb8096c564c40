"""News from hubs (WebSub): feeds that name one are asked for less often while it keeps its promise to tell us.

- ask: the step that asks hubs, in time and again; callback: what hubs ask and tell us; keep: an agreement, written
"""

from service.pipeline.websub.ask import AskedHub, WebSub
from service.pipeline.websub.callback import Callback, Told

__all__ = ["AskedHub", "Callback", "Told", "WebSub"]
