"""The pages and the API: one of the two faces.

`create_app(site)` makes the ASGI app, `serve(app, host, port)` answers with it from a thread until it is stopped.
"""

from service.web.app import create_app
from service.web.serve import Server, serve
from service.web.site import Site

__all__ = ["Server", "Site", "create_app", "serve"]
