"""Programs for the demonstration's container: standard library only, started as scripts."""
