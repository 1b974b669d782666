"""A process of its own that refuses opens: fanotify's permission events, answered."""
