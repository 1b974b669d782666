"""
Translate Tetragon's TracingPolicy objects into rules.

A file is read into typed policies (``read``), each hook of a policy becomes rules (``translate``),
the rules become a file in canonical form (``show``). What can't be said as a rule is a note with
its place. Never is more enforced than the policy asks for: where a rule would match more, it only
alerts and says why.
"""
