"""
The rule language: text in, a circuit and diagnostics out. Pure functions, no input or output.

``load`` reads documents, ``lex`` and ``parse`` conditions, ``resolve`` puts lists and macros in,
``check`` holds fields and operators against the catalogue, ``lower`` makes the circuit of ``ir``.
"""
