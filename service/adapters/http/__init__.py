"""One HTTP exchange with a machine we do not trust. The only package that knows httpx and httpcore."""

from service.adapters.http.client import HttpClient, HttpResponse, user_agent
from service.adapters.http.failure import HttpFailure
from service.adapters.http.guard import Resolve, lookup

__all__ = ["HttpClient", "HttpFailure", "HttpResponse", "Resolve", "lookup", "user_agent"]
