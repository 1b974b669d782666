"""The table follows forks, execs and exits, and stays within its bounds."""

import pytest

from shikra.model import process
from shikra.sources.kernel import btf, processes, procfs, records
from support.kernel_records import call, executed, record

CONTAINER = 99


def fork(child: int, creator: int, *, pid: int = 0, flags: int = 0) -> records.ForkRecord:
    """Return a fork; a record's id is its pid unless it is said otherwise."""
    return record(
        records.ForkRecord,
        process=child,
        creator=creator,
        pid=pid or child,
        comm=b"forked\0",
        flags=flags,
    )


def leave(ended: int, *, pid: int = 0) -> records.ExitRecord:
    """Return an exit."""
    return record(records.ExitRecord, process=ended, pid=pid or ended)


@pytest.fixture
def table(types: btf.Btf) -> processes.ProcessTable:
    """Return a table that finds nothing in /proc."""
    return processes.ProcessTable(types, lambda _: None)


def names(of: process.Process | None) -> list[bytes]:
    """Return the names of all creators."""
    assert of is not None
    return [each.name for each in of.ancestors()]


def test_a_child_runs_its_creators_image(table: processes.ProcessTable) -> None:
    """Until it executes something, a child is what its creator was."""
    table.executed(executed(b"sh", b"-c", b"x", process=1, pid=1, comm=b"sh", exepath=b"/bin/sh"))
    table.forked(fork(2, 1))
    child = table.by_id(2)
    assert child is not None
    assert (child.command_line, child.exepath, child.pid) == (b"sh -c x", b"/bin/sh", 2)
    assert child.parent is table.by_id(1)


def test_equal_environments_are_kept_once(table: processes.ProcessTable) -> None:
    """A process that was given its creator's environment shares it."""
    table.executed(executed(b"sh", process=1, pid=1, environment=b"A=1\0B=2\0"))
    table.forked(fork(2, 1))
    table.executed(executed(b"cat", process=3, previous=2, pid=2, environment=b"A=1\0B=2\0"))
    table.executed(executed(b"env", process=4, previous=3, pid=2, environment=b"A=1\0"))
    first, last = table.by_id(1), table.by_id(4)
    assert first is not None
    assert last is not None
    assert (first.environment, last.environment) == (b"A=1\0B=2", b"A=1")
    table.forked(fork(5, 1))
    table.executed(executed(b"cat", process=6, previous=5, pid=5, environment=b"A=1\0B=2\0"))
    same = table.by_id(6)
    assert same is not None
    assert same.environment is first.environment


def test_a_new_image_keeps_the_creator(table: processes.ProcessTable) -> None:
    """Executing changes who one is, not who made one."""
    table.executed(executed(b"sh", process=1, pid=1, comm=b"sh"))
    table.forked(fork(2, 1))
    table.executed(executed(b"cat", process=3, previous=2, creator=1, pid=2, comm=b"cat"))
    assert names(table.by_id(3)) == [b"sh"]
    assert table.by_pid(2) is table.by_id(3)


def test_what_was_executed_last_is_known(table: processes.ProcessTable) -> None:
    """The file of the last exec is kept with the process; a child's isn't told."""
    table.executed(executed(b"sh", process=1, pid=1, exe_device=8, exe_inode=9, flags=1))
    table.forked(fork(2, 1))
    image = table.image(1)
    assert image is not None
    assert (image.process.id, image.flags, image.exe.device, image.exe.inode) == (1, 1, 8, 9)
    assert table.image(2) is None
    assert table.image(3) is None


@pytest.mark.parametrize(
    ("known", "exepath", "is_cut"),
    [
        pytest.param(b"/deep/and/deeper/app", b"/deep/and/deeper/app", False, id="looked up"),
        pytest.param(b"/bin/other", b"/deeper/app", True, id="another image by now"),
        pytest.param(None, b"/deeper/app", True, id="gone"),
    ],
)
def test_a_path_that_the_kernel_cut_is_looked_up(
    types: btf.Btf, known: bytes | None, exepath: bytes, is_cut: bool
) -> None:
    """An executable that is too deep has its whole path if its process is there, or is marked."""
    entry = known and procfs.ProcEntry(
        pid=1,
        parent_pid=0,
        name=b"app",
        arguments=b"",
        exepath=known,
        cgroups=b"",
        is_cut=False,
    )
    table = processes.ProcessTable(types, lambda _: entry or None)
    flags = table.flags.exepath_cut
    table.executed(executed(b"app", process=1, pid=1, exepath=b"/deeper/app", flags=flags))
    table.forked(fork(2, 1))
    for process_id in (1, 2):
        found = table.by_id(process_id)
        assert found is not None
        assert (found.exepath, found.is_exepath_cut) == (exepath, is_cut)


def test_who_left_is_known_until_it_is_dropped(table: processes.ProcessTable) -> None:
    """A call that is read after its process ended, or has another image, is of what it was."""
    table.executed(executed(b"sh", process=1, pid=1, comm=b"sh"))
    table.executed(executed(b"cat", process=2, previous=1, creator=0, pid=1, comm=b"cat"))
    table.exited(leave(2, pid=1))
    assert table.by_pid(1) is None
    for process_id, name in ((1, b"sh"), (2, b"cat")):
        assert table.caller(call(process=process_id, pid=1)).name == name
    assert table.looked_up == 0
    table.drop(table.take_leaving())
    assert len(table) == 0


def test_a_creator_that_executes_later_leaves_its_children_alone(
    table: processes.ProcessTable,
) -> None:
    """A child's creator is as it was when it created."""
    table.executed(executed(b"sh", process=1, pid=1, comm=b"sh"))
    table.forked(fork(2, 1))
    table.executed(executed(b"nginx", process=3, previous=1, pid=1, comm=b"nginx"))
    assert names(table.by_id(2)) == [b"sh"]


def test_a_creator_that_ended_is_still_a_creator(table: processes.ProcessTable) -> None:
    """Whoever ended leaves the table and stays in the lineage of what it made."""
    table.executed(executed(b"sh", process=1, pid=1, comm=b"sh"))
    table.forked(fork(2, 1))
    table.forked(fork(3, 2))
    for ended in (1, 2):
        assert table.exited(leave(ended)) is not None
    table.drop(table.take_leaving())
    assert len(table) == 1
    assert names(table.by_id(3)) == [b"sh", b"sh"]


def test_a_runtimes_helper_is_left_out_of_the_lineage(table: processes.ProcessTable) -> None:
    """Between a shim and a container's first process, nobody sees the runtime's stages."""
    runtime = table.flags.of(is_runtime=True)
    table.executed(executed(b"shim", process=1, pid=1, comm=b"shim"))
    table.forked(fork(2, 1))
    table.executed(executed(b"runc", process=3, previous=2, pid=2, comm=b"runc", flags=runtime))
    table.forked(fork(4, 3, flags=runtime))
    table.executed(executed(b"app", process=5, previous=4, pid=4, comm=b"app"))
    assert names(table.by_id(5)) == [b"shim"]


def test_a_long_chain_of_creators_is_cut(table: processes.ProcessTable) -> None:
    """A chain that was made to be long keeps its nearest creators and a bounded length."""
    table.executed(executed(b"x", process=1, pid=1))
    for child in range(2, 3000):
        table.forked(fork(child, child - 1))
        table.exited(leave(child - 1))
    last = table.by_id(2999)
    assert last is not None
    length, above = 0, last.creator
    while above is not None:
        length, above = length + 1, above.creator
    assert process.MAX_LINEAGE <= length <= 2 * process.MAX_LINEAGE
    assert len(list(last.ancestors())) == process.MAX_LINEAGE


def test_a_full_table_drops_the_oldest_and_counts(types: btf.Btf) -> None:
    """The table never holds more than its limit, and says how many it dropped."""
    table = processes.ProcessTable(types, lambda _: None, limit=3)
    for number in range(1, 6):
        table.executed(executed(b"x", process=number, pid=number))
    assert len(table) == 3
    assert table.evicted == 2
    assert table.by_pid(1) is None
    assert table.by_pid(5) is not None


def test_a_reused_pid_replaces_whose_exit_was_lost(table: processes.ProcessTable) -> None:
    """When the record of an exit never came, the next process of that pid takes its place."""
    table.executed(executed(b"old", process=1, pid=7, comm=b"old"))
    table.forked(fork(2, 0, pid=7))
    table.drop(table.take_leaving())
    assert len(table) == 1
    assert table.by_pid(7) is table.by_id(2)


def test_an_unknown_caller_is_looked_up(types: btf.Btf) -> None:
    """A process whose records never came is made of the call and /proc, marked and counted."""
    entry = procfs.ProcEntry(
        pid=7,
        parent_pid=5,
        name=b"cat",
        arguments=b"cat\0/x\0",
        exepath=b"/bin/cat",
        cgroups=b"",
        is_cut=False,
    )
    table = processes.ProcessTable(types, lambda _: entry)
    table.executed(executed(b"sh", process=1, pid=5, comm=b"sh"))
    made = call(process=9, pid=7, container=CONTAINER)
    found = table.caller(made)
    assert (found.command_line, found.container, found.is_inferred) == (b"cat /x", CONTAINER, True)
    assert names(found) == [b"sh"]
    assert table.caller(made) is found
    assert table.looked_up == 1


def test_an_unknown_caller_that_is_gone_has_its_name(table: processes.ProcessTable) -> None:
    """When /proc knows nothing either, the call says the name and the numbers."""
    found = table.caller(call(process=9, pid=7, comm=b"cat\0\0"))
    assert (found.name, found.pid, found.arguments) == (b"cat", 7, ())


def test_lineage_is_as_it_was_at_the_call(table: processes.ProcessTable) -> None:
    """A process that is in a container for one call is so in that event and in no other."""
    table.executed(executed(b"sh", process=1, pid=1, comm=b"sh"))
    flags = table.flags.of(has_entered=True)
    within = table.caller(call(process=1, pid=1, process_flags=flags, container=CONTAINER))
    after = table.caller(call(process=1, pid=1))
    assert (within.has_entered, within.container) == (True, CONTAINER)
    assert (after.has_entered, after.container) == (False, 0)
    assert within.name == after.name


def test_a_process_that_was_classified_stays_where_it_was_put(
    table: processes.ProcessTable,
) -> None:
    """A call of a process that the probe doesn't know the place of is where it was guessed."""
    table.executed(executed(b"sh", process=1, pid=1, flags=table.flags.unclassified))
    table.place(1, table.flags.of(in_init_tree=True), CONTAINER)
    found = table.caller(call(process=1, pid=1, process_flags=table.flags.unclassified))
    assert (found.in_init_tree, found.container) == (True, CONTAINER)


def test_a_listed_process_gets_its_creator_when_it_is_known(
    table: processes.ProcessTable,
) -> None:
    """A process that is older than the sensor has its parent as creator."""
    entry = procfs.ProcEntry(
        pid=2,
        parent_pid=1,
        name=b"app",
        arguments=b"app\0-v\0",
        exepath=b"/app",
        cgroups=b"",
        is_cut=True,
    )
    table.add_existing(executed(process=1, pid=1, comm=b"init"), None)
    inferred = table.flags.inferred
    table.add_existing(executed(process=2, pid=2, comm=b"app", flags=inferred), entry)
    found = table.by_id(2)
    assert found is not None
    assert (found.command_line, names(found), found.is_cut) == (b"app -v", [b"init"], True)
    assert not found.is_creator_unknown


def test_whose_record_was_kept_has_no_guessed_creator(table: processes.ProcessTable) -> None:
    """An orphan isn't its parent's, whatever it executes; its child is its own."""
    entry = procfs.ProcEntry(
        pid=2,
        parent_pid=1,
        name=b"app",
        arguments=b"app\0-v\0",
        exepath=b"/app",
        cgroups=b"",
        is_cut=False,
    )
    table.add_existing(executed(process=1, pid=1, comm=b"init"), None)
    table.add_existing(executed(process=2, pid=2, comm=b"app", creator=7), entry)
    orphan = table.by_id(2)
    assert orphan is not None
    assert (orphan.creator, orphan.is_creator_unknown, orphan.is_reread) == (None, True, True)
    table.forked(fork(3, 2))
    child = table.by_id(3)
    assert child is not None
    assert (child.creator, child.is_creator_unknown, child.is_reread) == (orphan, False, True)
    table.executed(executed(b"sh", process=4, previous=2, pid=2, comm=b"sh"))
    ran = table.by_id(4)
    assert ran is not None
    assert (ran.creator, ran.is_creator_unknown, ran.is_reread) == (None, True, False)


def test_a_fork_that_was_listed_first_changes_nothing(table: processes.ProcessTable) -> None:
    """A record that was waiting while the processes were listed doesn't undo what was found."""
    table.add_existing(executed(process=2, pid=2, comm=b"app"), None)
    table.forked(fork(2, 1))
    found = table.by_id(2)
    assert found is not None
    assert found.name == b"app"
