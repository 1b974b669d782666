"""The results of checking in JSON, as upstream's tests of ``falco -V`` ask for them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shikra.app import check
from support import shared, vectors


@pytest.mark.parametrize("row", vectors.rows("falco_testing_validation", "tests"))
def test_results_name_what_upstream_names(
    row: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code, the code of each mistake and the item it is in are upstream's."""
    path = shared.shared_data("data/conformance/falco_testing_validation.json")
    files = json.loads(path.read_text())["files"]
    names = []
    for name in row["validate"]:
        file = tmp_path / files[name]["filename"]
        file.write_text(files[name]["content"])
        names.append(str(file))
    code = check.check(names, as_json=True)
    results = json.loads(capsys.readouterr().out)["falco_load_results"]
    assert [result["name"] for result in results] == names
    for expected in row["expect"]:
        if expected.get("what") == "exit_code":
            assert code == expected["value"]
        elif isinstance(expected.get("filter"), dict):
            wanted = expected["filter"]
            item = (wanted["OfCode"], wanted["OfItemType"], wanted.get("OfItemName", ""))
            assert item in set(_items(results, expected["what"]))


def _items(results: list[dict[str, Any]], what: str) -> Iterator[tuple[str, str, str]]:
    for result in results:
        for one in result[what]:
            for place in one["context"]["locations"]:
                yield one["code"], place["item_type"], place["item_name"]
