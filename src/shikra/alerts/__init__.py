"""Alerts on their way to those who must know."""
