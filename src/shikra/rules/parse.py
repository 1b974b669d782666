"""
Turn a condition's text into a tree.

In: text in which lists are already put in. Out: a tree, or the first mistake with its place.
Parentheses are kept on a stack of our own, so no depth of them can exhaust Python's.
"""

from typing import assert_never

from shikra.rules import diagnostics, ir, lex, tree

MAX_PARENTHESES = 250
"""Falco stops at a depth of 1,000 and counts four for each parenthesis."""

MAX_CALLS = 100
"""Transformers within transformers."""

_NUMBER_OPERATORS = (ir.Op.LE, ir.Op.LT, ir.Op.GE, ir.Op.GT)
_LIST_OPERATORS = (ir.Op.INTERSECTS, ir.Op.IN, ir.Op.PMATCH)
_WORD_OPERATORS = (
    ir.Op.GLOB,
    ir.Op.IGLOB,
    ir.Op.CONTAINS,
    ir.Op.ICONTAINS,
    ir.Op.BCONTAINS,
    ir.Op.STARTSWITH,
    ir.Op.BSTARTSWITH,
    ir.Op.ENDSWITH,
    ir.Op.REGEX,
)
_OPERATORS = [op.value for op in ir.Op]
_TRANSFORMERS = {transformer.value: transformer for transformer in ir.Transformer}


def parse(text: str) -> tree.Expr | diagnostics.Mistake:
    """Parse a whole condition."""
    try:
        return _Parser(lex.Scanner(text)).condition()
    except diagnostics.MistakeError as error:
        return error.mistake


def operand(scanner: lex.Scanner) -> tree.Left | None:
    """Read a field or a transformer where the scanner stands; raises ``MistakeError``."""
    return _Parser(scanner).left()


def call(scanner: lex.Scanner) -> tree.Call | None:
    """Read a transformer where the scanner stands; raises ``MistakeError``."""
    return _Parser(scanner).call()


def index(scanner: lex.Scanner) -> str | None:
    """Read an argument in brackets, if there is one; raises ``MistakeError``."""
    if not scanner.symbol("["):
        return None
    argument = scanner.argument()
    if argument is None:
        raise scanner.stop("expected a valid field argument: a quoted string or a bare string")
    if not scanner.symbol("]"):
        raise scanner.stop("expected a ']' token")
    return argument


class _Level:
    """What stands between a parenthesis that is still open and where we are."""

    def __init__(self, start: int, parenthesis: int = 0) -> None:
        self.start = start
        self.parenthesis = parenthesis
        self.alternatives: list[tree.Expr] = []
        self.conjuncts: list[tree.Expr] = []
        self.conjunction_start = start
        self.negation_start = start
        self.is_negated = False
        self.has_negation = False

    def add(self, expr: tree.Expr, end: int) -> None:
        """Take a part, negated if ``not`` stood before it."""
        if self.is_negated:
            expr = tree.Negate(expr, tree.At(self.negation_start, end))
        self.is_negated = self.has_negation = False
        self.conjuncts.append(expr)

    def close_conjunction(self, end: int) -> None:
        """Make one part of what ``and`` joined."""
        at = tree.At(self.conjunction_start, end)
        parts = tuple(self.conjuncts)
        self.alternatives.append(parts[0] if len(parts) == 1 else tree.All(parts, at))
        self.conjuncts = []

    def close(self, end: int) -> tree.Expr:
        """Make one expression of all that was read."""
        self.close_conjunction(end)
        parts = tuple(self.alternatives)
        return parts[0] if len(parts) == 1 else tree.Either(parts, tree.At(self.start, end))


class _Parser:
    """Recursive descent in the leaves, a stack for the parentheses."""

    def __init__(self, scanner: lex.Scanner) -> None:
        self.scan = scanner
        self.calls = 0

    def condition(self) -> tree.Expr:
        scan = self.scan
        scan.blank()
        levels = [_Level(scan.position)]
        while True:
            self.opening(levels)
            levels[-1].add(self.check(), scan.position)
            end = scan.position
            scan.blank()
            while len(levels) > 1 and scan.symbol(")"):
                inner = levels.pop().close(end)
                end = scan.position
                levels[-1].add(inner, end)
                scan.blank()
            if not self.joint(levels[-1], end):
                break
        if len(levels) > 1:
            if scan.is_at_end:
                begin = levels[-1].parenthesis
                scan.position = begin + 1
                raise scan.stop("expected a ')' token", "nothing closes this '('", begin)
            raise scan.stop(f"unexpected token after '{scan.last}', expecting 'or', 'and', ')'")
        if not scan.is_at_end:
            raise scan.stop(f"unexpected token after '{scan.last}', expecting 'or', 'and'")
        return levels[0].close(end)

    def opening(self, levels: list[_Level]) -> None:
        """Read the negations and parentheses before a check."""
        scan = self.scan
        while True:
            scan.blank()
            start = scan.position
            level = levels[-1]
            if self.negation():
                if not level.has_negation:
                    level.negation_start = start
                level.has_negation = True
                level.is_negated = not level.is_negated
            elif scan.symbol("("):
                if len(levels) > MAX_PARENTHESES:
                    raise scan.stop("exceeded max depth limit of 1000", start=start)
                scan.blank()
                levels.append(_Level(scan.position, start))
            else:
                return

    def negation(self) -> bool:
        scan = self.scan
        rest = scan.text[scan.position + 3 : scan.position + 4]
        return bool(rest) and rest in lex.BLANKS + "(" and scan.symbol("not")

    def joint(self, level: _Level, end: int) -> bool:
        """Read ``and`` or ``or``; the parts before it are taken."""
        scan = self.scan
        word = "and" if scan.symbol("and") else "or" if scan.symbol("or") else ""
        if not word:
            return False
        has_blank = scan.blank()
        if not has_blank and scan.peek() != "(":
            raise scan.stop(f"expected blank or '(' after '{word}'")
        if word == "or":
            level.close_conjunction(end)
            level.conjunction_start = scan.position
        return True

    def check(self) -> tree.Leaf:
        """Read a comparison or a macro's name."""
        scan = self.scan
        start = scan.position
        left = self.left()
        if left is not None:
            return self.comparison(left, start)
        name = scan.identifier()
        if name is None or name in ("and", "or", "not"):
            scan.position = start
            raise scan.stop("expected a '(' token, a field check, or an identifier")
        return tree.MacroCall(name, tree.At(start, scan.position))

    def left(self) -> tree.Left | None:
        return self.call() or self.field()

    def field(self) -> tree.Field | None:
        scan = self.scan
        start = scan.position
        name = scan.field_name()
        if name is None:
            return None
        argument = index(scan)
        return tree.Field(name, argument, tree.At(start, scan.position))

    def call(self) -> tree.Call | None:
        """Read a transformer; a name that no parenthesis follows is none."""
        scan = self.scan
        start = scan.position
        name = scan.identifier()
        transformer = _TRANSFORMERS.get(name or "")
        if transformer is None or not scan.symbol("("):
            if name and scan.peek() == "(" and name not in ("and", "or", "not"):
                raise self.unknown_call(name, start)
            scan.position = start
            return None
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise scan.stop(f"exceeded max depth limit of {MAX_CALLS} transformers", start=start)
        arguments = self.arguments()
        self.calls -= 1
        selected = index(scan)
        return tree.Call(transformer, arguments, selected, tree.At(start, scan.position))

    def unknown_call(self, name: str, start: int) -> Exception:
        if name == "val":
            hint = "it reads a field on the right side of a comparison"
            return self.scan.stop("'val' can't be used here", hint, start)
        hint = diagnostics.nearest(name, _TRANSFORMERS)
        return self.scan.stop(f"unknown transformer '{name}'", hint, start)

    def arguments(self) -> tuple[tree.Argument, ...]:
        scan = self.scan
        found: list[tree.Argument] = []
        while True:
            scan.blank()
            start = scan.position
            if scan.symbol("("):
                items = self.items()
                found.append(tree.Items(items, tree.At(start, scan.position)))
            else:
                found.append(self.item())
            scan.blank()
            if scan.symbol(")"):
                return tuple(found)
            if not scan.symbol(","):
                raise scan.stop("expected ',' or ')' after a transformer's argument")

    def items(self) -> tuple[tree.Field | tree.Value | tree.Call, ...]:
        scan = self.scan
        scan.blank()
        if scan.symbol(")"):
            return ()
        found = [self.item()]
        while True:
            scan.blank()
            if scan.symbol(")"):
                return tuple(found)
            if not scan.symbol(","):
                raise scan.stop("expected ',' or ')' in a list of arguments")
            scan.blank()
            found.append(self.item())

    def item(self) -> tree.Field | tree.Value | tree.Call:
        scan = self.scan
        left = self.left()
        if left is not None:
            return left
        start = scan.position
        quoted = scan.quoted()
        if quoted is None:
            number = scan.number()
            if number is None:
                raise scan.stop("expected a field, a transformer, a quoted string or a number")
            quoted = number.encode()
        return tree.Value(quoted, tree.At(start, scan.position))

    def comparison(self, left: tree.Left, start: int) -> tree.Leaf:
        scan = self.scan
        scan.blank()
        if scan.symbol("exists"):
            return tree.Exists(left, tree.At(start, scan.position))
        for op in _NUMBER_OPERATORS:
            if scan.symbol(op.value):
                right = self.computed() or self.number()
                return tree.Compare(left, op, right, tree.At(start, scan.position))
        for op in _LIST_OPERATORS:
            if scan.symbol(op.value):
                many = self.computed() or self.list_value()
                return tree.Compare(left, op, many, tree.At(start, scan.position))
        return self.string_comparison(left, start)

    def string_comparison(self, left: tree.Left, start: int) -> tree.Compare:
        scan = self.scan
        is_doubled = scan.symbol("==")
        op = ir.Op.EQ if is_doubled or scan.symbol("=") else self.string_operator()
        before = scan.position
        quantifier = self.quantifier()
        right: tree.Right
        if quantifier is not None:
            right = self.list_value()
        else:
            scan.position = before
            right = self.computed() or self.string()
        at = tree.At(start, scan.position)
        return tree.Compare(left, op, right, at, quantifier, is_doubled)

    def string_operator(self) -> ir.Op:
        scan = self.scan
        if scan.symbol("!="):
            return ir.Op.NE
        for op in _WORD_OPERATORS:
            if scan.word(op.value):
                return op
        start = scan.position
        seen = (scan.identifier() or "").strip()
        raise scan.stop(
            "expected a valid check operator: one of " + ", ".join(f"'{op}'" for op in _OPERATORS),
            diagnostics.nearest(seen, _OPERATORS),
            start,
        )

    def quantifier(self) -> ir.Quantifier | None:
        """Read ``oneof`` and its kin, where a list follows; else it is a string."""
        scan = self.scan
        if not scan.blank():
            return None
        for quantifier in ir.Quantifier:
            if scan.symbol(quantifier.value):
                if not scan.blank():
                    return None
                if scan.peek() == "(":
                    return quantifier
                list_start = scan.position
                name = scan.identifier()
                scan.position = list_start
                return quantifier if name and name not in ("and", "or") else None
        return None

    def computed(self) -> tree.Field | tree.Call | None:
        """Read ``val(field)`` or a transformer on the right side."""
        scan = self.scan
        scan.blank()
        start = scan.position
        if not scan.symbol("val("):
            return self.right_call()
        scan.blank()
        field = self.field()
        if field is None:
            raise scan.stop("expected a field within 'val'", "transformers need no 'val'")
        scan.blank()
        if not scan.symbol(")"):
            raise scan.stop("expected a ')' token after the field of 'val'")
        if scan.peek() == "[":
            raise scan.stop("filter error: transformer 'val' does not support field arguments")
        return tree.Field(field.name, field.argument, tree.At(start, scan.position))

    def right_call(self) -> tree.Call | None:
        """Read a transformer; any other word is a string, or wrong further on."""
        scan = self.scan
        start = scan.position
        name = scan.identifier()
        is_call = name in _TRANSFORMERS and scan.peek() == "("
        scan.position = start
        return self.call() if is_call else None

    def number(self) -> tree.Value:
        scan = self.scan
        start = scan.position
        number = scan.number()
        if number is None:
            raise scan.stop("expected a number value", "'<' and its kin compare with numbers only")
        return tree.Value(number.encode(), tree.At(start, scan.position))

    def string(self) -> tree.Value:
        scan = self.scan
        scan.blank()
        start = scan.position
        string = scan.string()
        if string is None:
            hint = "a list needs 'in', or 'oneof', 'anyof', 'allof'" if scan.peek() == "(" else ""
            raise scan.stop("expected a string value", hint)
        return tree.Value(string, tree.At(start, scan.position))

    def list_value(self) -> tree.Values | tree.ListName:
        scan = self.scan
        scan.blank()
        start = scan.position
        if not scan.symbol("("):
            name = scan.identifier()
            if name is None:
                raise scan.stop("expected a list in parentheses", "as in: proc.name in (cat, dd)")
            return tree.ListName(name, tree.At(start, scan.position))
        values: list[tree.Value] = []
        scan.blank()
        if scan.symbol(")"):
            return tree.Values((), tree.At(start, scan.position))
        while True:
            values.append(self.string())
            scan.blank()
            if scan.symbol(")"):
                return tree.Values(tuple(values), tree.At(start, scan.position))
            if not scan.symbol(","):
                raise scan.stop("expected ',' or ')' in a list of values")
            scan.blank()


def kind(node: tree.Right | tree.Items) -> str:
    """Name a node's kind, for messages."""
    match node:
        case tree.Field():
            return "field"
        case tree.Call():
            return "transformer"
        case tree.Value() | tree.ListName():
            return "value"
        case tree.Values() | tree.Items():
            return "list"
        case _:
            assert_never(node)
