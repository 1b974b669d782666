"""
Everything that can be set, and what it is when nothing is.

Keys are Falco's where Falco has the setting; ours are the last of ``Settings``. ``config`` reads
a file into this.
"""

import enum
from typing import Annotated

import msgspec
from msgspec import Meta

from shikra.model.diagnostic import Span
from shikra.model.enforcement import Mode
from shikra.model.rule import Priority

DEFAULT_PACKS = ("pack:vault-secrets", "pack:runtime")

Address = Annotated[str, Meta(min_length=1, description="an address or a name")]
AtLeastOne = Annotated[int, Meta(ge=1)]
Bytes = Annotated[int, Meta(ge=1_024, le=1 << 30)]
Identifier = Annotated[str, Meta(pattern="^[a-zA-Z_][a-zA-Z0-9_]*$")]
Port = Annotated[int, Meta(ge=0, le=65_535)]
Seconds = Annotated[float, Meta(ge=0, le=60)]
Patience = Annotated[float, Meta(ge=3, le=3_600)]
Rate = Annotated[float, Meta(ge=0.01, le=1_000_000)]
RingBytes = Annotated[int, Meta(ge=65_536, le=1 << 30)]
Soak = Annotated[float, Meta(ge=0, le=31_536_000)]
Share = Annotated[float, Meta(ge=0, le=1)]
UrlPath = Annotated[str, Meta(pattern="^/[a-zA-Z0-9._~/-]+$", description="a path like /healthz")]


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A mapping in the file: each attribute is a key."""


class Target(Section, frozen=True, kw_only=True):
    """Which rules: by name with ``*``, or by a tag."""

    rule: str | None = None  # its name, in which `*` stands for anything
    tag: str | None = None  # one of its tags


class Selection(Section, frozen=True, kw_only=True):
    """One step of switching rules on or off."""

    enable: Target | None = None
    disable: Target | None = None


class RuleMatching(enum.Enum):
    """How many rules one event may fire."""

    ALL = "all"
    FIRST = "first"


class DropAction(enum.Enum):
    """What is done when too many events are lost."""

    IGNORE = "ignore"
    LOG = "log"
    ALERT = "alert"
    EXIT = "exit"


class Drops(Section, frozen=True, kw_only=True):
    """When the loss of events is worth telling, and how."""

    threshold: Share = 0.1  # of the events of one second; then all, until none is lost
    actions: tuple[DropAction, ...] = (DropAction.LOG, DropAction.ALERT)  # all of them
    rate: Annotated[float, Meta(gt=0)] = 0.03333  # told again at most this often, in a second
    max_burst: AtLeastOne = 1  # told at once before the rate counts


class RuleLimit(Section, frozen=True, kw_only=True):
    """How many alerts of one rule are told one by one, of all processes together."""

    burst: AtLeastOne = 1_000  # at once
    rate: Rate = 100.0  # after those, in a second


class AlertLimit(Section, frozen=True, kw_only=True):
    """How many alerts of one rule and process are told one by one; more are told as a count."""

    burst: Annotated[int, Meta(ge=0)] = 100  # at once; `0`: no limit, nor one for all processes
    rate: Rate = 10.0  # after those, in a second
    of_rule: RuleLimit = RuleLimit()


class Queue(Section, frozen=True, kw_only=True):
    """How many alerts may wait for a slow output. Always bounded."""

    capacity: AtLeastOne = 4_096  # alerts; what comes when it is full is dropped and counted


class StdoutOutput(Section, frozen=True, kw_only=True):
    """Alerts on standard output."""

    enabled: bool = True  # whether alerts are printed


class FileOutput(Section, frozen=True, kw_only=True):
    """Alerts in a file."""

    enabled: bool = False  # whether alerts are written to a file
    filename: str = "shikra-alerts.log"  # appended to; made readable for its owner alone
    keep_alive: bool = False  # kept open from one alert to the next


class Webserver(Section, frozen=True, kw_only=True):
    """Metrics and health, on this machine alone unless set otherwise."""

    enabled: bool = True  # whether metrics and health are served
    listen_address: Address = "127.0.0.1"  # an address of this machine; `0.0.0.0` is all of them
    listen_port: Port = 8765  # 0: any free one
    k8s_healthz_endpoint: UrlPath = "/healthz"  # the path of the health check


class Written(msgspec.Struct, frozen=True):
    """Text that is looked into later, so it knows where in the file it stands."""

    text: str
    span: Span | None = None
    excerpt: str = ""
    is_verbatim: bool = False  # the file has it letter by letter


class ExtraField(msgspec.Struct, frozen=True):
    """One more value of an alert's fields: of the field ``name``, or what ``format`` prints."""

    name: Written
    format: Written | None = None


class Match(Section, frozen=True, kw_only=True):
    """Which rules: all that have what is said here."""

    source: str | None = None  # of their events
    rule: str | None = None  # their name
    tags: tuple[str, ...] = ()  # all of these


class AppendOutput(Section, frozen=True, kw_only=True):
    """What is added to the output of every rule, or of some."""

    match: Match = Match()
    extra_output: Written | None = None  # at the end of the line
    extra_fields: tuple[ExtraField, ...] = ()  # in the output_fields of JSON
    suggested_output: bool = False  # container, image, pod, namespace, if not printed already


class Brake(Section, frozen=True, kw_only=True):
    """When a rule that kills or denies goes back to `observe` by itself: a mistake is likely."""

    pods: AtLeastOne = 10  # it acts in more pods than these
    processes: AtLeastOne = 3  # or on more processes of applications themselves than these
    per_seconds: Annotated[float, Meta(ge=1, le=86_400)] = 60.0  # within this time


class AuditWebhook(Section, frozen=True, kw_only=True):
    """The API server's audit webhook: it sends batches here."""

    enabled: bool = False  # whether events are taken
    listen_address: Address = "127.0.0.1"  # an address of this machine; `0.0.0.0` is all of them
    listen_port: Port = 9765  # 0: any free one
    path: UrlPath = "/k8s-audit"  # where they are sent to
    certificate: str = ""  # file with this server's certificates, PEM; empty: plain HTTP
    key: str = ""  # file with its private key; empty: it stands with the certificate
    client_ca: str = ""  # file with the CAs that a client's certificate must be from; empty: none
    token_file: str = ""  # file with the bearer token that senders must have; empty: none
    max_request_bytes: Bytes = 12 << 20  # of a request, unpacked; more is answered with 413
    request_seconds: Annotated[float, Meta(ge=0.1, le=600)] = 30.0  # a slower request is ended


class AuditFile(Section, frozen=True, kw_only=True):
    """The API server's log file, a line of JSON an event."""

    path: str = ""  # audit.log, followed through its rotations; empty: none
    from_start: bool = False  # the first time: from its beginning, not only what is new


class AuditCloudwatch(Section, frozen=True, kw_only=True):
    """CloudWatch Logs, where EKS puts the audit log."""

    cluster: str = ""  # name of the EKS cluster; empty: none
    region: str = ""  # empty: as AWS' own tools find it
    profile: str = ""  # of AWS' configuration; empty: as AWS' own tools find it
    endpoint_url: str = ""  # another address of the service; empty: AWS'
    poll_seconds: Annotated[float, Meta(ge=1, le=3_600)] = 10.0  # between two looks
    overlap_seconds: Annotated[float, Meta(ge=0, le=86_400)] = 300.0  # events come so much later
    buffer: AtLeastOne = 500  # events that are handed on at once


class Audit(Section, frozen=True, kw_only=True):
    """The Kubernetes audit log. Each way in that is set is used."""

    webhook: AuditWebhook = AuditWebhook()
    file: AuditFile = AuditFile()
    cloudwatch: AuditCloudwatch = AuditCloudwatch()
    max_event_bytes: Bytes = 256 << 10  # of a longer event, what is long is left out
    queue_events: AtLeastOne = 50_000  # that may wait to be evaluated; then senders must wait
    session_window_seconds: Annotated[float, Meta(ge=0.1, le=600)] = 10.0  # see alerts' `session`
    state_dir: str = "/var/lib/shikra/audit"  # remembers over a restart what was read

    @property
    def is_on(self) -> bool:
        """Whether any way in is set."""
        return self.webhook.enabled or bool(self.file.path) or bool(self.cloudwatch.cluster)


class Enforce(Section, frozen=True, kw_only=True):
    """How far rules go that ask for enforcement. Of several modes the weakest is in force."""

    mode: Mode = Mode.OBSERVE  # of all rules, everywhere
    namespaces: dict[str, Mode] = msgspec.field(default_factory=dict)  # `*`: each other namespace
    rules: dict[str, Mode] = msgspec.field(default_factory=dict)  # `*`: each other rule
    soak_seconds: Soak = 0.0  # how long a rule that is new is observed first
    host: bool = False  # on the machine itself, too, outside of containers
    only_cgroup: str = ""  # only in containers whose cgroup is below this path; empty: in all
    brake: Brake = Brake()


class Settings(Section, frozen=True, kw_only=True):
    """The whole configuration."""

    rules_files: tuple[str, ...] = DEFAULT_PACKS  # files, folders, pack:NAME; in this order
    rules: tuple[Selection, ...] = ()  # switches rules on and off, in this order
    priority: Priority = Priority.DEBUG  # the least severe that is still loaded
    rule_matching: RuleMatching = RuleMatching.ALL  # how many rules one event may fire
    watch_config_files: bool = True  # reload when a file has changed
    json_output: bool = False  # one object a line instead of text
    json_include_output_property: bool = True  # the line as text prints it
    json_include_message_property: bool = False  # the same without time and priority
    json_include_output_fields_property: bool = True  # the values of the output's fields
    json_include_tags_property: bool = True  # the rule's tags
    time_format_iso_8601: bool = False  # date and time zone too
    static_fields: dict[Identifier, str] = msgspec.field(
        default_factory=dict
    )  # as static.NAME in rules
    append_output: tuple[AppendOutput, ...] = (AppendOutput(suggested_output=True),)
    outputs_queue: Queue = Queue()
    stdout_output: StdoutOutput = StdoutOutput()
    file_output: FileOutput = FileOutput()
    syscall_event_drops: Drops = Drops()
    webserver: Webserver = Webserver()

    audit: Audit = Audit()
    enforce: Enforce = Enforce()
    control_socket: str = "/run/shikra/control.sock"  # of `shikra enforce`; empty: there is none
    state_dir: str = "/var/lib/shikra"  # what the next start must know; empty: nothing is kept
    pin_dir: str = "/sys/fs/bpf/shikra"  # keeps lineage while a rule is enforced; empty: nothing
    heartbeat_max_age_seconds: Patience = 10.0  # of a CPU's sign of life; then alert, unhealthy
    alert_limit: AlertLimit = AlertLimit()
    metadata_wait_seconds: Seconds = 1.0  # for a container's metadata, before a rule does without
    container_sockets: tuple[str, ...] = ()  # of runtimes and engines; empty: the usual places
    ring_bytes: RingBytes = 8 << 20  # for calls that wait to be read; rounded up to a power of two


FALCO_ONLY = frozenset(
    {
        "base_syscalls",
        "buffer_format_base64",
        "buffered_outputs",
        "capture",
        "config_files",
        "engine",
        "falco_libs",
        "http_output",
        "libs_logger",
        "load_plugins",
        "log_level",
        "log_stderr",
        "log_syslog",
        "metrics",
        "output_timeout",
        "plugins",
        "plugins_hostinfo",
        "program_output",
        "syscall_event_timeouts",
        "syslog_output",
    }
)
"""Settings of Falco that have no meaning here yet: a better hint than a similar name."""
