"""Who goes into a container by the API server, and what they run there: it is in the URI."""

from shikra.model.event import Reader, Readers
from shikra.sources.audit.document import Document, at
from shikra.sources.audit.readers.requests import parameters
from shikra.sources.audit.readers.wrap import made

_SESSIONS = frozenset({"exec", "attach"})


def _of_session(parameter: str) -> Reader:
    def read(document: Document) -> bytes | None:
        if at(document, "objectRef", "subresource") not in _SESSIONS:
            return None
        values = [value for key, value in parameters(document) if key == parameter]
        return " ".join(values).encode(errors="replace") if values else None

    return made(read)


READERS: Readers = {
    "ka.exec.command": _of_session("command"),
    "ka.exec.container": _of_session("container"),
    "ka.exec.tty": _of_session("tty"),
}
