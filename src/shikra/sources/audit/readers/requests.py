"""Who asked the API server for what, and what it answered."""

from urllib.parse import parse_qsl, urlsplit

from shikra.model.event import Event, Readers
from shikra.model.value import Value
from shikra.sources.audit.document import Document, at, text
from shikra.sources.audit.readers.wrap import document_of, made, many, one

MAX_PARAMETERS = 1_000
_FORBIDDEN = 403


def parameters(document: Document) -> list[tuple[str, str]]:
    """Return the parameters of the request's query, decoded, in their order."""
    uri = document.get("requestURI")
    if not isinstance(uri, str) or "?" not in uri:
        return []
    try:
        query = urlsplit(uri).query
        return parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError:  # not a URI, or of too many parts
        return []


def _parameter(event: Event, argument: str | None) -> Value:
    found = parameters(document_of(event))
    return next((value.encode(errors="replace") for key, value in found if key == argument), None)


def _pod_name(document: Document) -> Value:
    """Return the name that the answer has: a pod may be created without one."""
    target = at(document, "objectRef")
    if at(target, "resource") != "pods" or at(target, "subresource"):
        return None
    return text(at(document, "responseObject", "metadata", "name"))


def _is_forbidden(document: Document) -> Value:
    """Whether the server refused it: by its authorizers, or later on, as by an admission."""
    decision = at(document, "annotations", "authorization.k8s.io/decision")
    code = at(document, "responseStatus", "code")
    return b"true" if decision == "forbid" or code == _FORBIDDEN else b"false"


READERS: Readers = {
    "ka.auditid": one("auditID"),
    "ka.stage": one("stage"),
    "ka.verb": one("verb"),
    "ka.uri": one("requestURI"),
    "ka.uri.param": _parameter,
    "ka.user.name": one("user", "username"),
    "ka.user.groups": many("user", "groups"),
    "ka.impuser.name": one("impersonatedUser", "username"),
    "ka.impersonated.user.name": one("impersonatedUser", "username"),
    "ka.useragent": one("userAgent"),
    "ka.sourceips": many("sourceIPs"),
    "ka.cluster.name": one("annotations", "cluster_name"),
    "ka.auth.decision": one("annotations", "authorization.k8s.io/decision"),
    "ka.auth.reason": one("annotations", "authorization.k8s.io/reason"),
    "ka.auth.openshift.decision": one("annotations", "authentication.openshift.io/decision"),
    "ka.auth.openshift.username": one("annotations", "authentication.openshift.io/username"),
    "ka.validations.admission.policy.failure": one(
        "annotations", "validation.policy.admission.k8s.io/validation_failure"
    ),
    "ka.security.pod.violations": one("annotations", "pod-security.kubernetes.io/audit-violations"),
    "ka.forbidden": made(_is_forbidden),
    "ka.target.name": one("objectRef", "name"),
    "ka.target.namespace": one("objectRef", "namespace"),
    "ka.target.resource": one("objectRef", "resource"),
    "ka.target.subresource": one("objectRef", "subresource"),
    "ka.target.pod.name": made(_pod_name),
    "ka.resp.name": one("responseObject", "metadata", "name"),
    "ka.response.code": one("responseStatus", "code"),
    "ka.response.reason": one("responseStatus", "reason"),
}
