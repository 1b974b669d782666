"""
Translate comparisons of a connection: addresses, ports, protocol, family.

In: a comparison of a socket, or of an address. Out: a term, or a note on what can't be said.
"""

import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence

from shikra.app.import_tracingpolicy import terms
from shikra.app.import_tracingpolicy.notes import Effect, Note
from shikra.app.import_tracingpolicy.operators import Operator
from shikra.app.import_tracingpolicy.policy import ArgumentMatch
from shikra.app.import_tracingpolicy.terms import Term

_HIGHEST_PORT = 65535
_LOW_PORTS = 1024
_FAMILIES = {"2": "ipv4", "AF_INET": "ipv4", "10": "ipv6", "AF_INET6": "ipv6"}
_FAMILIES |= {"1": "unix", "AF_UNIX": "unix"}
_PROTOCOLS = {"6": "tcp", "17": "udp", "1": "icmp", "255": "raw"}
_PROTOCOLS |= {f"IPPROTO_{name.upper()}": name for name in _PROTOCOLS.values()}
_PROTOCOLS |= {name.upper(): name for name in _PROTOCOLS.values()}
_OF_PEER = {
    Operator.SOURCE_ADDRESS: Operator.ADDRESS,
    Operator.SOURCE_PORT: Operator.PORT,
    Operator.SOURCE_PORT_LOW: Operator.PORT_LOW,
}
"""Of an address that stands alone Tetragon speaks as of a source's."""


class _WrongValueError(Exception):
    """A value that isn't what the operator compares with."""


def translate(match: ArgumentMatch, *, is_peer: bool = False) -> Iterator[Term | Note]:
    """Translate one comparison of a connection, or of an address to connect with."""
    operator = _OF_PEER.get(match.operator, match.operator) if is_peer else match.operator
    make = _TRANSLATED.get(operator)
    if make is None:
        message = f"{match.operator.value} isn't translated; the comparison is left out, so the"
        yield Note(Effect.WIDER, f"{message} rule matches more than the policy", match.at)
        return
    try:
        text = make(match.values)
    except _WrongValueError as error:
        yield Note(Effect.MISTAKE, str(error), match.at)
        return
    yield Term(terms.negated(text, is_negated=match.is_negated))


def _addresses(end: str, values: Sequence[str]) -> str:
    networks = [_network(value) for value in values]
    single = [str(each.network_address) for each in networks if each.num_addresses == 1]
    if len(single) == len(networks):
        return terms.one_of(f"fd.{end}ip", single)
    return f"fd.{end}net in ({', '.join(terms.quoted(str(each)) for each in networks)})"


def _network(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise _WrongValueError(f'"{value}" is no address and no network') from error


def _ports(end: str, values: Sequence[str]) -> str:
    ranges = [_range(value) for value in values]
    single = [str(low) for low, high in ranges if low == high]
    texts = [terms.one_of(f"fd.{end}port", single)] if single else []
    texts += [
        f"(fd.{end}port >= {low} and fd.{end}port <= {high})" for low, high in ranges if low != high
    ]
    return terms.either(texts)


def _range(value: str) -> tuple[int, int]:
    """Return the lowest and the highest port: ``80``, or ``8000:8080``."""
    low, _, high = value.partition(":")
    ports = [low, high or low]
    if not all(port.isascii() and port.isdigit() and int(port) <= _HIGHEST_PORT for port in ports):
        raise _WrongValueError(f'"{value}" is no port and no range of ports')
    return int(ports[0]), int(ports[1])


def _named(field: str, names: Mapping[str, str], values: Sequence[str]) -> str:
    """Compare with what these names or numbers stand for."""
    unknown = [value for value in values if value not in names]
    if unknown:
        raise _WrongValueError(f'"{unknown[0]}" isn\'t known for connections')
    return terms.one_of(field, list(dict.fromkeys(names[value] for value in values)))


_TRANSLATED: Mapping[Operator, Callable[[Sequence[str]], str]] = {
    Operator.ADDRESS: lambda values: _addresses("r", values),
    Operator.SOURCE_ADDRESS: lambda values: _addresses("l", values),
    Operator.PORT: lambda values: _ports("r", values),
    Operator.SOURCE_PORT: lambda values: _ports("l", values),
    Operator.PORT_LOW: lambda _: f"fd.rport < {_LOW_PORTS}",
    Operator.SOURCE_PORT_LOW: lambda _: f"fd.lport < {_LOW_PORTS}",
    Operator.FAMILY: lambda values: _named("fd.type", _FAMILIES, values),
    Operator.PROTOCOL: lambda values: _named("fd.l4proto", _PROTOCOLS, values),
}
