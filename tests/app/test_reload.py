"""Rules and configuration that change while everything runs."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from shikra.app import prepare
from shikra.app.pipeline.counts import Reload
from shikra.app.pipeline.enforcing import By
from shikra.app.prepare import Prepared, Request
from shikra.app.reload import Reloader
from support.events import opened, rule
from support.kernels import Bench

CONFIG = "stdout_output: {enabled: false}\nrules_files: [RULES]\n"
FIRST = rule("First", "fd.name startswith /a")
SECOND = rule("Second", "fd.name startswith /a")
KILLING = rule("Kill", "fd.name startswith /a", more="  enforce: kill\n")
SECONDS = 30
BROKEN = rule("Broken", "fd.nmae startswith /a")


class Files:
    """A configuration and a file of rules, mounted as a ConfigMap is."""

    def __init__(self, folder: Path) -> None:
        """Write the first version."""
        self._folder = folder
        self._version = 0
        self.config = folder / "shikra.yaml"
        self.rules = folder / "rules.yaml"
        self.rules.symlink_to("..data/rules.yaml")
        self.configure("")
        self.swap(FIRST)

    def configure(self, more: str) -> None:
        """Write the configuration."""
        self.config.write_text(CONFIG.replace("RULES", str(self.rules)) + more)

    def swap(self, text: str) -> None:
        """Write the rules into a new folder, and swap the link to it."""
        self._version += 1
        data = self._folder / f"..{self._version}"
        data.mkdir()
        (data / "rules.yaml").write_text(text)
        link = self._folder / "..data_tmp"
        link.symlink_to(data.name)
        link.replace(self._folder / "..data")


class Reloading(Bench):
    """An assembly with a reloader, and one event now and then."""

    def __init__(self, files: Files) -> None:
        """Begin with what the files say."""
        request = Request(config=files.config)
        prepared = prepare.prepare(request, {})
        assert isinstance(prepared, Prepared)
        super().__init__(prepared.plan, prepared.settings)
        self.files = files
        self._reloader = Reloader(request, prepared, {}, self.clock)

    async def look(self) -> None:
        """Look twice: a change must last."""
        for _ in range(2):
            await self._reloader.look(self.assembly)

    async def run(self) -> None:
        """Look again and again."""
        await self._reloader.run(self.assembly)

    def ask_only(self) -> None:
        """Ask for a reload, as SIGHUP does."""
        self._reloader.ask()

    async def ask(self) -> None:
        """Ask for a reload, and look once."""
        self.ask_only()
        await self._reloader.look(self.assembly)

    def fires(self) -> list[str]:
        """Let one event happen; return the rules that fire."""
        self.assembly.sensor.counts.matches.clear()
        self.assembly.sensor.take(opened("/a"), 0)
        return self.fired()

    @property
    def reloads(self) -> dict[Reload, int]:
        """How often it reloaded, by result."""
        return dict(self.assembly.reloads)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Write a configuration and rules."""
    return Files(tmp_path)


def reloading(files: Files, test: Callable[[Reloading], Coroutine[Any, Any, None]]) -> None:
    """Run a test on an assembly with a reloader."""

    async def run() -> None:
        """Run and clean up."""
        bench = Reloading(files)
        try:
            await test(bench)
        finally:
            bench.assembly.close()
            bench.kernel.close()

    asyncio.run(run())


def test_swapped_rules_are_taken(files: Files) -> None:
    """Rules in a folder that is swapped by a link are in force after the next look."""

    async def test(bench: Reloading) -> None:
        """Swap the rules."""
        await bench.look()
        assert (bench.fires(), bench.reloads) == (["First"], {})
        files.swap(SECOND)
        await bench.look()
        assert (bench.fires(), bench.reloads) == (["Second"], {Reload.TAKEN: 1})
        await bench.look()
        assert bench.reloads == {Reload.TAKEN: 1}

    reloading(files, test)


def break_rules(files: Files) -> None:
    """Misspell a field."""
    files.swap(FIRST + BROKEN)


def break_config(files: Files) -> None:
    """Misspell a key."""
    files.configure("json_ouptut: true\n")


def misplace_alerts(files: Files) -> None:
    """Send alerts to a file in a folder that there isn't."""
    files.configure("file_output: {enabled: true, filename: /nowhere/alerts}\n")


def remove_rules(files: Files) -> None:
    """Take the rules away."""
    files.rules.unlink()


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        pytest.param(break_rules, 'unknown field "fd.nmae"', id="rules"),
        pytest.param(break_config, "json_ouptut", id="configuration"),
        pytest.param(misplace_alerts, "/nowhere/alerts can't be written", id="output"),
        pytest.param(remove_rules, "No such file or directory", id="no file"),
    ],
)
def test_a_mistake_leaves_everything_as_it_is(
    files: Files, harm: Callable[[Files], None], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A bad file is told once in the log, the metrics and an alert; the old rules stay."""

    async def test(bench: Reloading) -> None:
        """Do harm and look, more than once."""
        harm(files)
        await bench.look()
        await bench.look()
        assert bench.reloads == {Reload.REFUSED: 1}
        assert not bench.assembly.picture().is_last_reload_taken
        assert bench.assembly.sensor.counts.alerts == 1
        assert bench.fires() == ["First"]

    reloading(files, test)
    assert told.lower() in caplog.text.lower()


def test_a_mistake_can_be_mended(files: Files) -> None:
    """After a refusal, the next version that is right is taken."""

    async def test(bench: Reloading) -> None:
        """Break and mend."""
        break_rules(files)
        await bench.look()
        files.swap(SECOND)
        await bench.look()
        assert bench.fires() == ["Second"]
        assert bench.reloads == {Reload.REFUSED: 1, Reload.TAKEN: 1}
        assert bench.assembly.picture().is_last_reload_taken

    reloading(files, test)


def test_a_reload_may_be_asked_for(files: Files) -> None:
    """With watching switched off, only a signal reloads."""
    files.configure("watch_config_files: false\n")

    async def test(bench: Reloading) -> None:
        """Change, look, ask."""
        files.swap(SECOND)
        await bench.look()
        assert bench.fires() == ["First"]
        await bench.ask()
        assert bench.fires() == ["Second"]

    reloading(files, test)


def test_who_asks_need_not_wait_for_the_next_look(files: Files) -> None:
    """A reload that is asked for begins at once; changes are looked for now and then."""

    async def test(bench: Reloading) -> None:
        """Let it run on a clock that stands."""
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(bench.run())
            await bench.clock.settle()
            files.swap(SECOND)
            bench.ask_only()
            async with asyncio.timeout(SECONDS):
                while not bench.reloads:  # files are read in a thread, whose time is real
                    await bench.clock.settle()
            assert bench.fires() == ["Second"]
            running.cancel()

    reloading(files, test)


def test_settings_are_taken_with_the_rules(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    """A setting takes effect at once, or it is said that it needs a start."""
    caplog.set_level(logging.INFO)

    async def test(bench: Reloading) -> None:
        """Change two settings."""
        files.configure("rules: [disable: {rule: First}]\nwebserver: {listen_port: 1}\n")
        await bench.look()
        assert bench.fires() == []

    reloading(files, test)
    assert "webserver changed: this takes effect when Shikra is started again" in caplog.text
    assert "reloaded: 0 rules" in caplog.text


def test_a_setting_put_back_needs_no_start(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    """What needs a start is told when it changes, not when it is again what runs."""

    async def test(bench: Reloading) -> None:
        """Change a setting, change something else, put it back."""
        for more in ("webserver: {listen_port: 1}\n", "webserver: {listen_port: 1}\n# more\n", ""):
            files.configure(more)
            await bench.look()
        assert bench.reloads == {Reload.TAKEN: 3}

    reloading(files, test)
    assert caplog.text.count("this takes effect when Shikra is started again") == 1


def test_modes_of_enforcement_are_reloaded(files: Files) -> None:
    """A mode that is changed in the configuration is in force after the next look, and told."""

    async def test(bench: Reloading) -> None:
        """Enforce what was observed."""
        await bench.ask()
        before = bench.kernel.ordered[-1]
        assert not before.kill
        files.configure("enforce: {mode: enforce}\n")
        await bench.look()
        assert bench.kernel.ordered[-1].kill == before.observed
        assert bench.assembly.enforcer.changed == {By.CONFIGURATION: 1}

    files.swap(KILLING)
    reloading(files, test)


def test_what_nothing_here_can_enforce_is_refused(
    files: Files, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A rule that is to act, and can't here, leaves everything as it was and is named."""

    async def test(bench: Reloading) -> None:
        """Ask for what can't be had."""
        monkeypatch.setattr(bench.kernel, "can_kill", lambda: False)
        files.configure("enforce: {mode: enforce}\n")
        files.swap(KILLING)
        await bench.look()
        assert bench.reloads == {Reload.REFUSED: 1}
        assert bench.fires() == ["First"]
        assert 'what is to be enforced: "Kill" (kill)' in caplog.text

    reloading(files, test)
