"""The probe's bits become attributes."""

from shikra.sources.kernel import btf, process_flags


def test_bits_and_attributes_agree(types: btf.Btf) -> None:
    """What was made of attributes says those attributes and no others."""
    flags = process_flags.ProcessFlags(types)
    said = flags.attributes(flags.of(in_init_tree=True, is_first=True, has_entered=False))
    assert {name for name, value in said.items() if value} == {"in_init_tree", "is_first"}


def test_no_bit_says_nothing(types: btf.Btf) -> None:
    """Without bits every attribute is false."""
    assert not any(process_flags.ProcessFlags(types).attributes(0).values())
