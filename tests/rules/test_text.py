"""Texts that remember where they were written."""

from shikra.rules import text as texts

SOURCE = texts.Source("f.yaml", "one\r\ntwo three\rfour\nfive")


def test_a_place_counts_all_kinds_of_line_ends() -> None:
    """Lines end in every way that editors write, and count from 1 as columns do."""
    offsets = [SOURCE.text.index(word) for word in ("one", "two", "three", "four", "five")]
    assert [SOURCE.place(offset) for offset in offsets] == [(1, 1), (2, 1), (2, 5), (3, 1), (4, 1)]
    assert SOURCE.line(2) == "two three"


def test_a_joined_text_leads_to_each_of_its_files() -> None:
    """An appended text leads to the file that appends."""
    other = texts.Source("g.yaml", "- more")
    joined = texts.joined((texts.written(SOURCE, 5, 8), texts.written(other, 2, 6)))
    assert joined.value == "twomore"
    assert (joined.span(1, 3).file, joined.span(1, 3).column) == ("f.yaml", 2)
    assert (joined.span(3, 7).file, joined.span(3, 7).column) == ("g.yaml", 3)


def test_a_stripped_text_leads_where_it_did() -> None:
    """Leaving out blanks moves no place."""
    text = texts.written(texts.Source("f", "x:   value  "), 2, 12).stripped()
    assert text.value == "value"
    assert text.span(0, 5) == texts.written(texts.Source("f", "x:   value  "), 5, 10).span(0, 5)


def test_a_span_stays_on_its_line() -> None:
    """A span that goes on for lines is shown to the end of its first."""
    assert texts.written(SOURCE, 0, len(SOURCE.text)).span(0, 20).length == 3


def test_what_stands_for_a_text_leads_to_it() -> None:
    """A text that isn't in the file leads to the one in whose place it is."""
    span = texts.written(SOURCE, 5, 8).instead("something longer").span(10, 12)
    assert (span.line, span.column, span.length) == (2, 1, 3)


def test_a_place_leads_back_to_its_offset() -> None:
    """Line and column of every character give its offset again, and none lies outside."""
    for offset in range(len(SOURCE.text)):
        assert SOURCE.offset(*SOURCE.place(offset)) == offset
    assert SOURCE.offset(99, 99) == len(SOURCE.text)


def test_of_a_long_line_the_part_round_the_place_is_shown() -> None:
    """An excerpt is bounded, and says in which column it begins."""
    source = texts.Source("f", "x" * 5000 + "here" + "x" * 5000)
    excerpt, column = texts.written(source, 5000, 5004).excerpt(0)
    assert len(excerpt) == 1000
    assert excerpt[5001 - column :].startswith("here")
    assert texts.written(SOURCE, 5, 8).excerpt(0) == ("two three", 1)
