"""Errors that a user can act on.

Every message says what was found, where, and what to do next. The command line prints them
without a traceback and exits with code 2.
"""

from __future__ import annotations


class DifassError(Exception):
    """Base of all errors raised on purpose by this package.

    Parameters
    ----------
    message : str
        What was found, and where.
    todo : str
        The next step for the user.
    """

    def __init__(self, message: str, *, todo: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.message} {self.todo}".strip()


class InputError(DifassError):
    """A file, a folder or a frame cannot be read as what it should be."""


class ProfileError(DifassError):
    """A profile or a programme.toml says something that cannot be done."""


class SchemaError(DifassError):
    """A table or a column is unknown, missing, or of the wrong kind."""


class UsageError(DifassError):
    """An argument or an option has a value that is not offered."""


class IndicatorError(DifassError):
    """An indicator is unknown, or its definition cannot be computed."""


def one_of(what: str, value: str, allowed: list[str]) -> UsageError:
    """Build the error for a value outside a closed list, naming the nearest offers.

    Examples
    --------
    >>> print(one_of("indicator", "leverag", ["leverage", "public"]))
    There is no indicator 'leverag'. Did you mean 'leverage'?
    """
    from difflib import get_close_matches

    near = get_close_matches(value, allowed, n=3, cutoff=0.6)
    if near:
        hint = "Did you mean " + " or ".join(f"'{item}'" for item in near) + "?"
    else:
        hint = _offered(sorted(allowed))
    return UsageError(f"There is no {what} '{value}'.", todo=hint)


def _offered(names: list[str]) -> str:
    """Say what is offered: a dozen names, and how many more there are."""
    if not names:
        return "There is none to choose from."
    more = f" and {len(names) - 12:,} more" if len(names) > 12 else ""
    return f"Offered: {', '.join(names[:12])}{more}."
