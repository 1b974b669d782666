"""Stands as ``app.py`` in another directory: the application's own command line, by a stranger."""

import sys
from pathlib import Path

sys.stdout.write(Path("/mnt/secrets/db-password").read_text())
