"""Say how many there are: a number and a noun in, ``1 rule`` or ``2,000 rules`` out."""


def count(number: int, noun: str) -> str:
    """Return both, the noun as the number wants it."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
