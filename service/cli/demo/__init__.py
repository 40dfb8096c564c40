"""The whole service on a loopback feed server that replays three days of fictional news."""

from service.cli.demo.command import demo

__all__ = ["demo"]
