"""Shikra: runtime security for Kubernetes; rules evaluated where that is cheapest."""

__version__ = "0.1.0"
