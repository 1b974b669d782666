"""What a type of event says of its arguments."""

import pytest

from shikra.model.event_type import EventType, Meaning, Parameter, parse


@pytest.mark.parametrize(
    ("row", "made"),
    [
        pytest.param("fork process", EventType("fork", "process", ()), id="no arguments"),
        pytest.param(
            "dup file fd=object",
            EventType("dup", "file", (Parameter("fd", Meaning.OBJECT),)),
            id="meaning",
        ),
        pytest.param(
            "kill signal sig=signal@1",
            EventType("kill", "signal", (Parameter("sig", Meaning.SIGNAL, 1),)),
            id="register",
        ),
        pytest.param(
            "bpf other cmd=choice@0:bpf_commands",
            EventType("bpf", "other", (Parameter("cmd", Meaning.CHOICE, 0, "bpf_commands"),)),
            id="names of values",
        ),
        pytest.param(
            "fork process exe=field:proc.exe",
            EventType("fork", "process", (Parameter("exe", Meaning.FIELD, None, "proc.exe"),)),
            id="another field",
        ),
        pytest.param(
            "init_module other img",
            EventType("init_module", "other", (Parameter("img", Meaning.UNTOLD),)),
            id="not told",
        ),
        pytest.param(
            "fork process  # remark\n    img",
            EventType("fork", "process", ()),
            id="remark, to the row's end",
        ),
        pytest.param(
            "fork process\n    img\n",
            EventType("fork", "process", (Parameter("img", Meaning.UNTOLD),)),
            id="row of two lines",
        ),
    ],
)
def test_a_row_becomes_a_type(row: str, made: EventType) -> None:
    """A row of the table says everything of one type."""
    assert list(parse(row)) == [made]


def test_rows_follow_one_another() -> None:
    """Each line that doesn't begin with a blank is a type; empty lines are none."""
    assert [made.name for made in parse("\n# all\nfork process\n\nkill signal\n")] == [
        "fork",
        "kill",
    ]


def test_an_argument_is_found_by_its_meaning() -> None:
    """Asked for a meaning, a type returns the first argument that has it."""
    made = next(parse("kill signal pid=process@0 sig=signal@1"))
    assert made.parameter(Meaning.SIGNAL) == Parameter("sig", Meaning.SIGNAL, 1)
    assert made.parameter(Meaning.NAME) is None
