"""
Ask CloudWatch Logs, by aiobotocore.

In: spans of time and tokens of pages. Out: pages with the messages of API servers' audit streams.
Streams are told apart here as well as there: what stands in for AWS may ignore the prefix. Whoever
AWS' own tools would be is asked as: variables of the environment, a profile, a pod's web identity
(IRSA) or Pod Identity, the machine's role. Everything that goes wrong is ``Refused``; but for
throttling the line is hung up then, so that the next try reads credentials again.
"""

import asyncio
import contextlib
import hashlib
import re
from collections.abc import Mapping
from typing import Any, NoReturn

import msgspec
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.exceptions import BotoCoreError, ClientError

from shikra.sources.audit.cloudwatch_page import Message, Page, Refused, Span

STREAMS = "kube-apiserver-audit"

_CONNECT_S = 5.0
_THROTTLING = frozenset({"ThrottlingException", "Throttling", "TooManyRequestsException"})
_OF_REQUEST = frozenset({"InvalidParameterException"})  # a token that is too old
_NO_WORD = re.compile(r"[^A-Za-z0-9._-]+")
_MAX_CODE = 64
_MAX_DETAILS = 300


class ClientConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to ask for what; what is empty, AWS' own tools' settings say."""

    group: str
    region: str = ""
    profile: str = ""
    endpoint_url: str = ""
    answer_seconds: float = 30.0  # then it doesn't answer


class LogsClient:
    """One line to CloudWatch Logs, opened when it is needed."""

    def __init__(self, config: ClientConfig) -> None:
        """Connect later."""
        self._config = config
        self._client: Any = None
        self._models: Any = None  # AWS' descriptions of itself: reading them takes 80 ms
        self._open = contextlib.AsyncExitStack()

    async def page(self, span: Span, token: str | None) -> Page:
        """Return a page; raise ``Refused``."""
        try:
            async with asyncio.timeout(self._config.answer_seconds):
                client = await self._connected()
                answer = await client.filter_log_events(**_asked(self._config.group, span, token))
            return _page(answer)
        except ClientError as error:
            await self._refuse(str(error.response.get("Error", {}).get("Code", "unknown")), error)
        except BotoCoreError as error:
            await self._refuse(type(error).__name__, error)
        except TimeoutError as error:
            await self._refuse("NoAnswer", error)
        except Exception as error:  # noqa: BLE001  the fence around AWS' client
            await self._refuse(type(error).__name__, error)

    async def close(self) -> None:
        """Hang up. Harmless when repeated."""
        self._client = None
        with contextlib.suppress(Exception):  # what is left of a line that broke
            await self._open.aclose()

    async def _connected(self) -> Any:
        if self._client is None:
            session = AioSession(profile=self._config.profile or None)
            if self._models is None:
                self._models = session.get_component("data_loader")
            session.register_component("data_loader", self._models)
            making = session.create_client(
                "logs",
                region_name=self._config.region or None,
                endpoint_url=self._config.endpoint_url or None,
                config=AioConfig(
                    connect_timeout=_CONNECT_S,
                    read_timeout=self._config.answer_seconds,
                    retries={"total_max_attempts": 1},  # we do, and count
                ),
            )
            self._client = await self._open.enter_async_context(making)
        return self._client

    async def _refuse(self, code: str, error: Exception) -> NoReturn:
        if code not in _THROTTLING:
            await self.close()
        word = _NO_WORD.sub("_", code)[:_MAX_CODE]
        details = "".join(c if c.isprintable() else " " for c in str(error))[:_MAX_DETAILS]
        raise Refused(word, details, is_of_request=code in _OF_REQUEST) from error


def _asked(group: str, span: Span, token: str | None) -> dict[str, Any]:
    """Return the request in AWS' words."""
    asked = {"logGroupName": group, "logStreamNamePrefix": STREAMS, "startTime": span.start_ms}
    if span.end_ms is not None:
        asked["endTime"] = span.end_ms
    if token is not None:
        asked["nextToken"] = token
    return asked


class NoEvents(ValueError):  # noqa: N818  it is counted by this name
    """The answer has no list of events: AWS' client reads so what isn't JSON."""


def _page(answer: Mapping[str, Any]) -> Page:
    if "events" not in answer:
        raise NoEvents
    events = [
        _message(event) for event in answer["events"] if event["logStreamName"].startswith(STREAMS)
    ]
    return Page(events, answer.get("nextToken") or None)


def _message(event: Mapping[str, Any]) -> Message:
    key = hashlib.blake2b(event["eventId"].encode(), digest_size=16).digest()
    return Message(key=key, at_ms=event["timestamp"], text=event["message"])
