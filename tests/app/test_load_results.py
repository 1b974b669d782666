"""The shape of results in JSON."""

from shikra.app import load_results
from shikra.model.diagnostic import Diagnostic, Severity, Span
from shikra.rules.build import RuleFile

ONE = Diagnostic(
    severity=Severity.ERROR,
    code="LOAD_ERR_VALIDATE",
    message="it is wrong",
    span=Span("a.yaml", 2, 3, 4),
    excerpt="b nmae",
    hint="repair it",
    item='rule "a "quoted" name"',
)


def test_a_result_has_falcos_shape() -> None:
    """Where in what, from the file inwards; the line with marks; a hint of ours."""
    found = load_results.results([RuleFile("a.yaml", b"- x\n- nmae\n")], [ONE])
    (result,) = found["falco_load_results"]
    assert result == {
        "name": "a.yaml",
        "successful": False,
        "schema_validation": "failed: /0 must have keys",
        "errors": [
            {
                "code": "LOAD_ERR_VALIDATE",
                "codedesc": "An item contradicts others or itself",
                "message": "it is wrong",
                "context": {
                    "locations": [
                        {
                            "item_type": "rules content",
                            "item_name": "",
                            "position": {"name": "a.yaml", "line": 1, "column": 1, "offset": 0},
                        },
                        {
                            "item_type": "rule",
                            "item_name": 'a "quoted" name',
                            "position": {"name": "a.yaml", "line": 2, "column": 3, "offset": 6},
                        },
                    ],
                    "snippet": "b nmae\n  ^^^^\n",
                },
                "hint": "repair it",
            }
        ],
        "warnings": [],
    }


def test_files_keep_their_order() -> None:
    """Each file has its result, with mistakes or without."""
    files = [RuleFile(name, b"") for name in ("b.yaml", "a.yaml")]
    found = load_results.results(files, [ONE])["falco_load_results"]
    assert [(one["name"], one["successful"]) for one in found] == [
        ("b.yaml", True),
        ("a.yaml", False),
    ]
