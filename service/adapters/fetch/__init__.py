"""Fetches feeds: many at once, each host left in peace."""

from service.adapters.fetch.fetcher import HttpFetcher

__all__ = ["HttpFetcher"]
