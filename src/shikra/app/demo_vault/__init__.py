"""
``shikra demo vault``: a secret that is mounted for one application, and everybody who reads it.

``needs`` and ``bundle`` say what a container takes, ``secret`` and ``scene`` make it, ``readers``
lists who reads, ``sensor`` runs Shikra beside it, ``judge`` decides what came of it, ``report``
prints that, and ``vault`` does one after the other. What runs in the container is in ``inside``.
"""
