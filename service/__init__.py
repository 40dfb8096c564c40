"""Tocsin: one alert per military strike or round of ceasefire talks, however many feeds report it."""

__version__ = "2026.11.0"
