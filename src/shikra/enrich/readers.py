"""
How live reads the fields that enrichment fills: containers, pods, names of users.

In: an event with its container as it was known by then. Out: values, ``None`` where there is
none. Of a container that isn't known only the id is: its metadata has no value, not an empty
one. The host is known: its id and name are "host".
"""

import fnmatch
from collections.abc import Callable, Mapping

from shikra.enrich.accounts import Account
from shikra.enrich.users import Users
from shikra.model.container import HOST, Container, Knowledge, Mount
from shikra.model.event import Event, Reader, Readers
from shikra.model.value import Value

NOBODY = 0xFFFFFFFF
"""The kernel's id for "unset"."""


def readers(users: Users) -> Readers:
    """Return a reader for each field; names of users are looked up here."""
    return {
        "container.id": _of_any(lambda c: _text(c.id)),
        "container.full_id": _of_any(lambda c: _text(c.full_id)),
        "container.name": _of_any(lambda c: _text(c.name) if _is_known(c) or c is HOST else None),
        "container.image": _of_known(lambda c: _text(c.image)),
        "container.image.id": _of_known(lambda c: _text(c.image_id)),
        "container.image.repository": _of_known(lambda c: _text(c.repository)),
        "container.image.tag": _of_known(lambda c: _text(c.tag)),
        "container.image.digest": _of_known(lambda c: _text(c.digest)),
        "container.type": _of_known(lambda c: _text(c.runtime)),
        "container.privileged": _of_known(lambda c: c.is_privileged),
        "container.mounts": _of_known(lambda c: b" ".join(map(_mount, c.mounts)) or None),
        "container.mount": _of_mount(_by_source, _mount),
        "container.mount.source": _of_mount(_by_destination, lambda m: m.source.encode()),
        "container.mount.dest": _of_mount(_by_source, lambda m: m.destination.encode()),
        "container.mount.mode": _of_mount(_by_source, lambda _: b""),  # CRI has none
        "container.mount.rdwr": _of_mount(_by_source, _rdwr),
        "container.mount.propagation": _of_mount(_by_source, lambda m: m.propagation.encode()),
        "container.label": _of_label(lambda c: c.labels),
        "container.labels": _of_known(lambda c: _labels(c.labels)),
        "k8s.ns.name": _of_known(lambda c: _text(c.namespace)),
        "k8s.pod.name": _of_known(lambda c: _text(c.pod_name)),
        "k8s.pod.id": _of_known(lambda c: _text(c.pod_uid)),
        "k8s.pod.uid": _of_known(lambda c: _text(c.pod_uid)),
        "k8s.pod.sandbox_id": _of_known(lambda c: _text(c.sandbox_id[:12])),
        "k8s.pod.full_sandbox_id": _of_known(lambda c: _text(c.sandbox_id)),
        "k8s.pod.label": _of_label(lambda c: c.pod_labels),
        "k8s.pod.labels": _of_known(lambda c: _labels(c.pod_labels)),
        "user.name": _of_user(users, lambda account: account.name),
        "user.homedir": _of_user(users, lambda account: account.home),
        "user.shell": _of_user(users, lambda account: account.shell),
        "user.loginname": lambda event, _: _login_name(users, event),
        "group.name": lambda event, gid: _group_name(users, event, gid),
    }


def _is_known(container: Container) -> bool:
    return container.knowledge is Knowledge.KNOWN


def _text(text: str) -> bytes | None:
    return text.encode(errors="surrogateescape") or None


def _of_any(read: Callable[[Container], Value]) -> Reader:
    return lambda event, _: read(event.container)


def _of_known(read: Callable[[Container], Value]) -> Reader:
    return lambda event, _: read(event.container) if _is_known(event.container) else None


def _of_label(labels: Callable[[Container], Mapping[str, str]]) -> Reader:
    def read(event: Event, argument: str | None) -> Value:
        found = labels(event.container).get(argument or "") if _is_known(event.container) else None
        return None if found is None else found.encode()

    return read


def _labels(labels: Mapping[str, str]) -> bytes | None:
    return _text(", ".join(f"{key}:{value}" for key, value in labels.items()))


def _of_mount(key: Callable[[Mount], str], read: Callable[[Mount], bytes]) -> Reader:
    """Read of the mount that the argument chooses: by position, else by a pattern."""

    def read_chosen(event: Event, argument: str | None) -> Value:
        mounts = event.container.mounts if _is_known(event.container) else ()
        if argument is None:
            return None
        if argument.isdecimal():
            chosen = mounts[int(argument) :][:1]
        else:
            chosen = tuple(m for m in mounts if fnmatch.fnmatchcase(key(m), argument))[:1]
        return read(chosen[0]) if chosen else None

    return read_chosen


def _by_source(mount: Mount) -> str:
    return mount.source


def _by_destination(mount: Mount) -> str:
    return mount.destination


def _rdwr(mount: Mount) -> bytes:
    return b"true" if mount.is_writable else b"false"


def _mount(mount: Mount) -> bytes:
    """Write ``source:destination:mode:rdwr:propagation``, the mode empty as with every CRI."""
    text = f"{mount.source}:{mount.destination}:"
    return b":".join((text.encode(), _rdwr(mount), mount.propagation.encode()))


def _of_user(users: Users, read: Callable[[Account], bytes]) -> Reader:
    """
    Read of the user who did it, or of one by id: ``user.name[0]``.

    Rules can't give an id; sources do, for the arguments of a call.
    """

    def read_account(event: Event, argument: str | None) -> Value:
        uid = event.fields["user.uid"] if argument is None else int(argument)
        account = users.user(event.container, uid) if isinstance(uid, int) else None
        return read(account) or None if account else None

    return read_account


def _login_name(users: Users, event: Event) -> Value:
    uid = event.fields["user.loginuid"]
    if not isinstance(uid, int) or uid in {-1, NOBODY}:
        return None
    account = users.user(HOST, uid)  # it is the host that people log in to
    return account.name if account else None


def _group_name(users: Users, event: Event, argument: str | None) -> Value:
    gid = event.fields["group.gid"] if argument is None else int(argument)
    return users.group(event.container, gid) if isinstance(gid, int) else None
