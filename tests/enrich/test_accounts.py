"""Lists of users and groups, as they should be and as attackers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shikra.enrich import accounts
from shikra.enrich.accounts import Account

ROOT = b"root:x:0:0:root:/root:/bin/bash"


@pytest.mark.parametrize(
    ("passwd", "expected"),
    [
        pytest.param(ROOT, {0: Account(b"root", b"/root", b"/bin/bash")}, id="a line"),
        pytest.param(
            b"app:x:1000:1000::/:\n", {1000: Account(b"app", b"/", b"")}, id="parts may be empty"
        ),
        pytest.param(
            b"a:x:1:1:::\nb:x:1:1:::\n",
            {1: Account(b"a", b"", b"")},
            id="the first of an id counts",
        ),
        pytest.param(b"", {}, id="nothing"),
        pytest.param(b"root:x:0:0:root:/root", {}, id="too few parts"),
        pytest.param(ROOT + b":more", {}, id="too many parts"),
        pytest.param(b":x:0:0:::", {}, id="no name"),
        pytest.param(b"a:x:-1:0:::", {}, id="a negative id"),
        pytest.param(b"a:x:0x0:0:::", {}, id="a strange id"),
        pytest.param(b"a:x:4294967295:0:::", {}, id="the id of nobody at all"),
        pytest.param(b"a:x:" + b"9" * 5000 + b":0:::", {}, id="a very long id"),
        pytest.param(b"a:x:\xb2:0:::", {}, id="a digit that is no number"),
        pytest.param(b"x" * 300 + b":x:1:1:::", {}, id="a very long name"),
        pytest.param(b"#a:x:1:1:::\n+b:x:2:2:::\n-c:x:3:3:::", {}, id="comments and NIS"),
        pytest.param(
            b"\xff\x1b[31m:x:1:1::\x00:\n",
            {1: Account(b"\xff\x1b[31m", b"\x00", b"")},
            id="bytes stay what they are",
        ),
        pytest.param(
            b"\x00\xff\n" + ROOT, {0: Account(b"root", b"/root", b"/bin/bash")}, id="after garbage"
        ),
    ],
)
def test_users_are_read(passwd: bytes, expected: dict[int, Account]) -> None:
    """Well-formed lines give accounts; others are skipped."""
    assert accounts.users(passwd) == expected


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        pytest.param(b"root:x:0:\nwheel:x:10:a,b\n", {0: b"root", 10: b"wheel"}, id="two groups"),
        pytest.param(b"wheel:x:10\n::1:\n", {}, id="malformed"),
        pytest.param(b"big:x:5:" + b"a," * 1000, {5: b"big"}, id="many members"),
    ],
)
def test_groups_are_read(group: bytes, expected: dict[int, bytes]) -> None:
    """Well-formed lines give names; others are skipped."""
    assert accounts.groups(group) == expected


def test_the_number_of_accounts_is_bounded() -> None:
    """A list of a million users takes the room of a few thousand."""
    passwd = b"".join(b"u%d:x:%d:0:::\n" % (number, number) for number in range(10_000))
    assert len(accounts.users(passwd)) == accounts.MAX_ACCOUNTS


@given(st.binary())
def test_no_bytes_are_too_strange(data: bytes) -> None:
    """Whatever a file holds, reading it ends and raises nothing."""
    accounts.users(data)
    accounts.groups(data)


@pytest.mark.parametrize(
    ("text", "outside", "inside"),
    [
        pytest.param(b"0 0 4294967295\n", 1000, 1000, id="no user namespace"),
        pytest.param(b"0 165536 65536\n", 165536, 0, id="root of a user namespace"),
        pytest.param(b"0 165536 65536\n", 0, -1, id="root outside has no name inside"),
        pytest.param(b"0 1000 1\n1 165536 10\n", 165545, 10, id="the second row"),
        pytest.param(b"", 0, -1, id="an unmapped namespace"),
    ],
)
def test_ids_are_translated_into_the_namespace(text: bytes, outside: int, inside: int) -> None:
    """The host's ids are looked up by what the container calls them."""
    assert accounts.id_map(text).inside(outside) == inside
