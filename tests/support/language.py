"""
Make up conditions: trees of any shape, and texts of the language's own words.

For properties that hold of every condition, whatever its fields mean.
"""

from hypothesis import strategies

from shikra.rules import ir, tree

WORDS = [
    *(" ", " ", "\n", "(", ")", "[", "]", ",", "=", "'", '"', "\\", "%", "x", "5", "-", "."),
    *("and", "or", "not", "exists", "val", "a.b", "proc.name", "macro", "\\x41", "\\x", "é"),
    *(op.value for op in ir.Op),
    *(quantifier.value for quantifier in ir.Quantifier),
    *(f"{transformer.value}(" for transformer in ir.Transformer),
]
"""What conditions are made of."""

HERE = tree.At(0, 0)
NUMBERS = (ir.Op.LT, ir.Op.LE, ir.Op.GT, ir.Op.GE)
LISTS = (ir.Op.IN, ir.Op.INTERSECTS, ir.Op.PMATCH)
STRINGS = tuple(op for op in ir.Op if op not in (*NUMBERS, *LISTS, ir.Op.EXISTS))

names = strategies.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: name not in ("and", "or", "not")
)
field_names = strategies.lists(names, min_size=2, max_size=3).map(".".join)
arguments = strategies.none() | strategies.text(
    strategies.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=8
)
fields = strategies.builds(tree.Field, field_names, arguments, strategies.just(HERE))
values = strategies.builds(
    tree.Value,
    strategies.binary(max_size=12) | strategies.sampled_from([b"oneof", b"and", b"tolower(x)"]),
    strategies.just(HERE),
)
numbers = strategies.builds(
    tree.Value,
    strategies.integers(-(2**64), 2**64).map(lambda number: str(number).encode()),
    strategies.just(HERE),
)


def _calls(inner: strategies.SearchStrategy[tree.Left]) -> strategies.SearchStrategy[tree.Left]:
    single = inner | values
    items = strategies.builds(
        tree.Items, strategies.lists(single, max_size=3).map(tuple), strategies.just(HERE)
    )
    return strategies.builds(
        tree.Call,
        strategies.sampled_from(ir.Transformer),
        strategies.lists(single | items, min_size=1, max_size=3).map(tuple),
        arguments,
        strategies.just(HERE),
    )


lefts: strategies.SearchStrategy[tree.Left] = strategies.recursive(fields, _calls, max_leaves=4)
lists = strategies.builds(
    tree.Values, strategies.lists(values, max_size=4).map(tuple), strategies.just(HERE)
)
list_names = strategies.builds(tree.ListName, names, strategies.just(HERE))


@strategies.composite
def comparisons(draw: strategies.DrawFn) -> tree.Compare:
    """Any comparison that the grammar has."""
    left = draw(lefts)
    op = draw(strategies.sampled_from([*NUMBERS, *LISTS, *STRINGS]))
    if op in NUMBERS:
        return tree.Compare(left, op, draw(numbers | lefts), HERE)
    if op in LISTS:
        return tree.Compare(left, op, draw(lists | list_names | lefts), HERE)
    is_doubled = op is ir.Op.EQ and draw(strategies.booleans())
    quantifier = draw(strategies.none() | strategies.sampled_from(ir.Quantifier))
    right = draw(values | lefts if quantifier is None else lists | list_names)
    return tree.Compare(left, op, right, HERE, quantifier, is_doubled)


leaves = (
    comparisons()
    | strategies.builds(tree.Exists, lefts, strategies.just(HERE))
    | strategies.builds(tree.MacroCall, names, strategies.just(HERE))
)


def _gates(inner: strategies.SearchStrategy[tree.Expr]) -> strategies.SearchStrategy[tree.Expr]:
    parts = strategies.lists(inner, min_size=2, max_size=3).map(tuple)
    return (
        strategies.builds(tree.All, parts, strategies.just(HERE))
        | strategies.builds(tree.Either, parts, strategies.just(HERE))
        | strategies.builds(tree.Negate, inner, strategies.just(HERE))
    )


conditions: strategies.SearchStrategy[tree.Expr] = strategies.recursive(
    leaves, _gates, max_leaves=8
)
"""Any tree that a condition can have."""
