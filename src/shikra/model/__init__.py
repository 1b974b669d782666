"""
The vocabulary that every stage shares: events, fields, containers, processes, alerts.

No input or output happens here, and nothing here knows of any other package.
"""
