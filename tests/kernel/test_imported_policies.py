"""What Tetragon's policies end is ended by the rules that they become, and nothing else is."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from shikra.app.import_tracingpolicy import command, show
from shikra.model.enforcement import Means
from shikra.model.kernel_tables import ContainerBits
from shikra.rules.read import RuleFile
from support import killing
from support.judging import Judge
from support.killing import ENDED, SECRET, Ended, Scene
from support.probing import PYTHON

pytestmark = pytest.mark.kernel

READ = "import os, sys; os.write(1, os.read(os.open(sys.argv[1], 0), 100))"
APPLICATION = "import sys\nfor line in sys.stdin: print(open(line.strip()).read(), flush=True)"
CONNECT = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])))"
IS_CONTAINER = ContainerBits(1)  # the only question on containers is whether it is one
_HEAD = "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: live}\nspec:\n"
_STRANGERS = "{operator: NotIn, followForks: true, isNamespacePID: true, values: [1]}"
_OPEN = """  kprobes:
  - call: security_file_open
    args: [{{index: 0, type: file}}]
    selectors:
    - matchArgs: [{{index: 0, operator: Prefix, values: ["{path}"]}}]
      matchPIDs: [{strangers}]
      matchBinaries: [{{operator: NotIn, values: [{program}]}}]
      matchActions: [{{action: Sigkill}}]
"""
_START = """  lsmhooks:
  - hook: bprm_check_security
    args: [{{index: 0, type: linux_binprm}}]
    selectors:
    - matchArgs: [{{index: 0, operator: Equal, values: ["{path}"]}}]
      matchActions: [{{action: Sigkill}}]
"""
_CONNECT = """  kprobes:
  - call: tcp_connect
    args: [{{index: 0, type: sock}}]
    selectors:
    - matchArgs:
      - {{index: 0, operator: DAddr, values: [127.0.0.0/8]}}
      - {{index: 0, operator: DPort, values: ["{port}"]}}
      matchActions: [{{action: Sigkill}}]
"""


@pytest.fixture(scope="module")
def scene(judge: Judge) -> Iterator[Scene]:
    """Return a container with a secret, whose first process reads what it is told to."""
    application = (PYTHON, "-I", "-S", "-c", APPLICATION)
    with killing.scene(judge, application) as made:
        yield made


def order(scene: Scene, policy: str) -> None:
    """Put what a policy becomes in force, in this container alone."""
    done = command.translated([RuleFile("policy", (_HEAD + policy).encode())])
    assert not done.diagnostics
    ((_, _, rule),) = show.named(done.translations)
    assert rule.means is Means.KILL
    scene.order(rule.condition, on="evt.type exists")
    scene.judge.kernel.tell_container(scene.key, IS_CONTAINER)


def test_a_stranger_never_reads_what_a_policy_guards(scene: Scene) -> None:
    """Who isn't of the application dies at the open; the application, which is, reads on."""
    order(scene, _OPEN.format(path=scene.token.parent, strangers=_STRANGERS, program="/bin/none"))
    assert scene.python(READ, str(scene.token)) == Ended(ENDED, b"")
    assert scene.first.stdin is not None
    assert scene.first.stdout is not None
    scene.first.stdin.write(f"{scene.token}\n".encode())
    scene.first.stdin.flush()
    assert scene.first.stdout.readline().strip() == SECRET


def test_a_program_that_a_policy_leaves_out_reads(scene: Scene) -> None:
    """The executables of NotIn are let be."""
    program = Path(PYTHON).resolve()
    order(scene, _OPEN.format(path=scene.token.parent, strangers=_STRANGERS, program=program))
    assert scene.python(READ, str(scene.token)) == Ended(0, SECRET)


def test_a_program_that_a_policy_ends_never_runs(scene: Scene) -> None:
    """A start is ended by the path of its program, through any link; others run."""
    program = Path("/bin/echo").resolve()
    order(scene, _START.format(path=program))
    assert scene.run("/bin/echo", "x") == Ended(ENDED, b"")
    assert scene.run("/bin/printf", "x") == Ended(0, b"x")


def test_a_connection_that_a_policy_ends_isnt_used(scene: Scene) -> None:
    """A connection is ended by its address and port; another port is let be."""
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        ports = [str(each.getsockname()[1]) for each in (one, other)]
        order(scene, _CONNECT.format(port=ports[0]))
        assert [scene.python(CONNECT, port).status for port in ports] == [ENDED, 0]
