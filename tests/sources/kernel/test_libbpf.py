"""The system's libbpf is found, or its absence explained."""

import ctypes
from typing import Any

import pytest

from shikra.sources.kernel import libbpf


def test_without_libbpf_its_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the library is told what to install."""

    def refuse(name: str, **_: Any) -> Any:
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    with pytest.raises(libbpf.LibbpfError, match=r"libbpf\.so\.1 is not installed.*libbpf1"):
        libbpf.Libbpf()


@pytest.mark.kernel
def test_an_unknown_function_is_no_function() -> None:
    """Only what is declared with its types can be called."""
    with pytest.raises(AttributeError, match="bpf_no_such_function"):
        _ = libbpf.Libbpf().bpf_no_such_function
