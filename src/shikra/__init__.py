"""Shikra: runtime security for Kubernetes; rules evaluated where that is cheapest."""
