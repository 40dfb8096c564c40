"""Puts the house together: settings in, steps and store out; and what faces may ask of it."""

from service.bootstrap.app import App
from service.bootstrap.clock import SystemClock

__all__ = ["App", "SystemClock"]
