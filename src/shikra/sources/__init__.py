"""Bytes from somewhere become events."""
