"""Write a time as Falco does: nanoseconds since the epoch in, text out."""

import time

SECOND_NS = 1_000_000_000


def local_time(time_ns: int) -> str:
    """``17:57:32.881781397`` in the machine's time zone."""
    seconds, rest = divmod(time_ns, SECOND_NS)
    return time.strftime("%H:%M:%S", time.localtime(seconds)) + f".{rest:09d}"


def local_date_time(time_ns: int) -> str:
    """``2016-08-04 17:57:32.881781397`` in the machine's time zone."""
    seconds, rest = divmod(time_ns, SECOND_NS)
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds)) + f".{rest:09d}"


def local_iso_8601(time_ns: int) -> str:
    """``2016-08-04T16:17:57.881781397+0000`` in the machine's time zone."""
    seconds, rest = divmod(time_ns, SECOND_NS)
    there = time.localtime(seconds)
    return time.strftime(f"%Y-%m-%dT%H:%M:%S.{rest:09d}%z", there)


def utc_iso_8601(time_ns: int) -> str:
    """``2016-08-04T16:17:57.881781397+0000``."""
    return utc(time_ns).removesuffix("Z") + "+0000"


def utc(time_ns: int) -> str:
    """``2016-08-04T16:17:57.881781397Z``."""
    seconds, rest = divmod(time_ns, SECOND_NS)
    return time.strftime(f"%Y-%m-%dT%H:%M:%S.{rest:09d}Z", time.gmtime(seconds))
