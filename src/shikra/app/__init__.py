"""The program: configuration, wiring, command line. The only package that sees all others."""
