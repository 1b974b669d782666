"""
The rule language: text in, a circuit and diagnostics out. Pure functions, no input or output.

``build`` runs the passes: ``read`` and ``collect`` take documents, ``lists`` and ``exceptions``
rewrite conditions, ``parse`` makes trees, ``macros`` tells their names apart, ``check`` holds
fields and operators against the catalogue, ``lower`` makes the circuit of ``ir``, and
``template`` compiles outputs.
"""
