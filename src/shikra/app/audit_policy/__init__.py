"""
Which rules an audit policy of Kubernetes starves, and by which of its own rules.

``read`` makes a policy of YAML, ``requests`` finds out what a rule may fire for, ``starved`` holds
one against the other, ``command`` prints what came of it.
"""
