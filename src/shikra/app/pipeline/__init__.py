"""The wiring: sources to rules to alerts to outputs."""
