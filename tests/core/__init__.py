"""Tests of what we decide."""
