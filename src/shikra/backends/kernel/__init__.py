"""The kernel backend: a rule set as tables that the probe evaluates, and a reference of that."""
