"""Readers of a rule. ``live``: Python functions, the reference for what a rule means."""
