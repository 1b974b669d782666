"""Shikra: runtime security for Kubernetes; rules evaluated where that is cheapest."""

from shikra.model.diagnostic import RuleError

__all__ = ["RuleError", "__version__"]

__version__ = "0.1.0"
