"""
The kinds of object that rules name, and the API groups that policies name them by.

A rule asks for ``deployments``, a policy for ``deployments`` of ``apps``. A kind that isn't here
is taken for one of somebody's own, which only a policy that names no kinds is sure to write.
"""

from collections.abc import Mapping

UNKNOWN_GROUP = "of.somebody.invalid"

_BY_GROUP: Mapping[str, str] = {
    "": "bindings configmaps endpoints events limitranges namespaces nodes persistentvolumeclaims"
    " persistentvolumes pods podtemplates replicationcontrollers resourcequotas secrets"
    " serviceaccounts services",
    "admissionregistration.k8s.io": "mutatingadmissionpolicies mutatingadmissionpolicybindings"
    " mutatingwebhookconfigurations validatingadmissionpolicies"
    " validatingadmissionpolicybindings validatingwebhookconfigurations",
    "apiextensions.k8s.io": "customresourcedefinitions",
    "apiregistration.k8s.io": "apiservices",
    "apps": "controllerrevisions daemonsets deployments replicasets statefulsets",
    "authentication.k8s.io": "selfsubjectreviews tokenreviews",
    "authorization.k8s.io": "localsubjectaccessreviews selfsubjectaccessreviews"
    " selfsubjectrulesreviews subjectaccessreviews",
    "autoscaling": "horizontalpodautoscalers",
    "batch": "cronjobs jobs",
    "certificates.k8s.io": "certificatesigningrequests clustertrustbundles",
    "coordination.k8s.io": "leases",
    "discovery.k8s.io": "endpointslices",
    "networking.k8s.io": "ingressclasses ingresses networkpolicies servicecidrs",
    "node.k8s.io": "runtimeclasses",
    "policy": "poddisruptionbudgets podsecuritypolicies",
    "rbac.authorization.k8s.io": "clusterrolebindings clusterroles rolebindings roles",
    "scheduling.k8s.io": "priorityclasses",
    "storage.k8s.io": "csidrivers csinodes storageclasses volumeattachments",
}
_GROUPS = {kind: group for group, kinds in _BY_GROUP.items() for kind in kinds.split()}

_WITHOUT_NAMESPACE = (
    "apiservices certificatesigningrequests clusterrolebindings clusterroles clustertrustbundles "
    "csidrivers csinodes customresourcedefinitions ingressclasses mutatingadmissionpolicies "
    "mutatingadmissionpolicybindings mutatingwebhookconfigurations namespaces nodes "
    "persistentvolumes podsecuritypolicies priorityclasses runtimeclasses "
    "selfsubjectaccessreviews selfsubjectreviews selfsubjectrulesreviews servicecidrs "
    "storageclasses subjectaccessreviews tokenreviews validatingadmissionpolicies "
    "validatingadmissionpolicybindings validatingwebhookconfigurations volumeattachments"
)
_OF_THE_CLUSTER = frozenset(_WITHOUT_NAMESPACE.split())


def group(kind: str) -> str:
    """Return the API group of a kind."""
    return _GROUPS.get(kind, UNKNOWN_GROUP)


def is_namespaced(kind: str) -> bool:
    """Whether objects of the kind are in namespaces."""
    return kind not in _OF_THE_CLUSTER
