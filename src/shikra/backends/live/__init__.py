"""Rules as Python functions: what a rule means is what this says."""
