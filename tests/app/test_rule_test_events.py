"""The events of a rule's test."""

import json
from pathlib import Path

from shikra.app import rule_test_events
from shikra.app.rule_test_file import Case, Kept
from shikra.model.diagnostic import Diagnostic, Span
from shikra.model.event import Event
from support import audited


def test_all_that_is_wrong_with_a_file_is_told_beside_what_is_right(tmp_path: Path) -> None:
    """Each event of a file comes in its order; one that is none is told by its line."""
    lines = (audited.document(), {"kind": "Event"}, audited.document(verb="list"))
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, lines)))
    here = Span(str(tmp_path / "x.test.yaml"), 3, 5)
    kept = Kept("log.jsonl", Span(here.file, 7, 11), {"user": {"username": "bob"}})
    case = Case(name="n", rule="R", fires=True, event={}, span=here, field_spans={}, kept=kept)
    first, wrong, last = rule_test_events.read(case)
    assert isinstance(first, Event)
    assert isinstance(last, Event)
    assert isinstance(wrong, Diagnostic)
    assert [one.fields["ka.user.name"] for one in (first, last)] == [b"bob", b"bob"]
    assert [one.fields["ka.verb"] for one in (first, last)] == [b"get", b"list"]
    assert f"{here.file}:7:11: SHIKRA_TEST_VALUE log.jsonl:2: event 1" in str(wrong)
