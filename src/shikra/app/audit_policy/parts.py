"""
Which part of an audit event a field reads: what decides the level at which it must be written.

In: a field as a rule reads it. Out: the part. A policy knows of some parts what they will be (the
verb, the object): these are named. A JSON pointer is looked at by its first keys.
"""

import enum
from collections.abc import Mapping

from shikra.rules.ir import Read


class Part(enum.Enum):
    """What a field is read from."""

    VERB = "verb"
    STAGE = "stage"
    RESOURCE = "resource"
    SUBRESOURCE = "subresource"
    NAMESPACE = "namespace"
    NAME = "name"
    USER = "user"
    REQUEST_BODY = "the request's body"
    RESPONSE_BODY = "the answer's body"
    REST = "the rest"  # written at each level


_BY_FIELD: Mapping[str, Part] = {
    "ka.verb": Part.VERB,
    "ka.stage": Part.STAGE,
    "ka.target.resource": Part.RESOURCE,
    "ka.target.subresource": Part.SUBRESOURCE,
    "ka.target.namespace": Part.NAMESPACE,
    "ka.target.name": Part.NAME,
    "ka.user.name": Part.USER,
    "ka.req.configmap.name": Part.NAME,
    "ka.resp.name": Part.RESPONSE_BODY,
    "ka.target.pod.name": Part.RESPONSE_BODY,
}
_BY_POINTER: Mapping[str, Part] = {
    "verb": Part.VERB,
    "stage": Part.STAGE,
    "objectRef/resource": Part.RESOURCE,
    "objectRef/subresource": Part.SUBRESOURCE,
    "objectRef/namespace": Part.NAMESPACE,
    "objectRef/name": Part.NAME,
    "user/username": Part.USER,
}
_BODIES: Mapping[str, Part] = {
    "requestObject": Part.REQUEST_BODY,
    "responseObject": Part.RESPONSE_BODY,
}
_POINTED = ("json.value", "jevt.value")
_OF_REQUEST = "ka.req."


def part(read: Read) -> Part:
    """Return what a field is read from."""
    if read.field in _POINTED:
        pointer = (read.argument or "").removeprefix("/")
        body = _BODIES.get(pointer.partition("/")[0], Part.REST)
        return _BY_POINTER.get(pointer, body)
    of_request = Part.REQUEST_BODY if read.field.startswith(_OF_REQUEST) else Part.REST
    return _BY_FIELD.get(read.field, of_request)
