"""Turns bytes into entries, in a process that can be killed."""

from service.adapters.parse.process import ParseWorker

__all__ = ["ParseWorker"]
