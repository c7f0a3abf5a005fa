"""Legal parameters of State aid: value, unit, article, validity, source and check status."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.metadata import version
from importlib.resources import files

import pandas as pd

from difass_analysis.errors import UsageError, one_of
from difass_analysis.result import Provenance

#: Check status of a parameter that was compared with the source it names.
READ = "read at the source"
UNVERIFIED = "unverified"
#: General de minimis Regulations, oldest first.
DE_MINIMIS = ("1998/2006", "1407/2013", "2023/2831")


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One legal parameter, as its text says it, with article, source and check status."""

    regulation: str
    name: str
    value: str
    unit: str
    article: str
    valid_from: dt.date
    valid_to: dt.date | None
    source: str
    status: str

    @property
    def number(self) -> Decimal:
        """The value as an exact number."""
        return Decimal(self.value)

    @property
    def day(self) -> dt.date:
        """The value as a date."""
        return dt.date.fromisoformat(self.value)


@cache
def _table(name: str) -> pd.DataFrame:
    with files("difass_analysis.finance").joinpath(f"data/{name}.csv").open("rb") as file:
        return pd.read_csv(file, dtype="str", keep_default_na=False)


def legal_parameters() -> pd.DataFrame:
    """List the legal parameters that the package holds: which value, from where, how sure.

    Returns
    -------
    pandas.DataFrame
        ``regulation``, ``name``, ``value``, ``unit``, ``article``, ``valid_from``, ``valid_to``
        (empty: open), ``source``, and ``status``: ``read at the source`` or ``unverified``.

    Examples
    --------
    >>> held = legal_parameters()
    >>> held.loc[held["name"] == "ceiling", ["regulation", "value", "status"]].values.tolist()[1:]
    [['1407/2013', '200000', 'unverified'], ['2023/2831', '300000', 'read at the source']]
    """
    return _table("aid_parameters").copy()


def margin_table() -> pd.DataFrame:
    """Margins over the base rate by rating and collateral (Communication 2008/C 14/02).

    Examples
    --------
    >>> margin_table()["margin_share"].max().item()
    0.1
    """
    return _table("aid_margins").astype({"margin_share": "float64"})


def premium_table() -> pd.DataFrame:
    """Safe-harbour premiums of guarantees to SMEs by rating (Notice 2008/C 155/02, point 3.3).

    Examples
    --------
    >>> premium_table().set_index("rating").loc["none", "premium_share"]
    np.float64(0.038)
    """
    return _table("aid_premiums").astype({"premium_share": "float64"})


def example_limits() -> pd.DataFrame:
    """Limits of Articles 18 and 19 of Regulation 651/2014, as an example for `aid_intensities`.

    Examples
    --------
    >>> example_limits()["max_aid_share"].unique().tolist()
    [0.5]
    """
    kinds = {"max_aid_share": "float64", "max_aid_amount": "float64"}
    return _table("aid_limits").astype(kinds)


@cache
def _parameters() -> dict[tuple[str, str], Parameter]:
    found = {}
    for row in _table("aid_parameters").to_dict("records"):
        texts = {str(name): str(cell) for name, cell in row.items()}
        begin, end = texts.pop("valid_from"), texts.pop("valid_to")
        found[(texts["regulation"], texts["name"])] = Parameter(
            **texts,
            valid_from=dt.date.fromisoformat(begin),
            valid_to=dt.date.fromisoformat(end) if end else None,
        )
    return found


def parameter(regulation: str, *, name: str) -> Parameter:
    """Return one legal parameter.

    Raises
    ------
    UsageError
        When the package holds no such parameter.

    Examples
    --------
    >>> parameter("2023/2831", name="ceiling").number
    Decimal('300000')
    """
    found = optional_parameter(regulation, name=name)
    if found is None:
        raise one_of(
            "legal parameter",
            f"{regulation} {name}",
            [" ".join(key) for key in _parameters()],
        )
    return found


def optional_parameter(regulation: str, *, name: str) -> Parameter | None:
    """Return one legal parameter, or None where the regulation has no such rule."""
    return _parameters().get((regulation, name))


def de_minimis_at(date: dt.date) -> str:
    """Return the general de minimis Regulation in force at a date.

    Raises
    ------
    UsageError
        When none that the package holds was in force.

    Examples
    --------
    >>> de_minimis_at(dt.date(2023, 12, 31)), de_minimis_at(dt.date(2024, 1, 1))
    ('1407/2013', '2023/2831')
    """
    for regulation in DE_MINIMIS:
        ceiling = parameter(regulation, name="ceiling")
        if ceiling.valid_from <= date and (ceiling.valid_to is None or date <= ceiling.valid_to):
            return regulation
    raise UsageError(
        f"No de minimis Regulation that the package holds is in force on {date}.",
        todo="Take a date from 2007-01-01 to 2030-12-31.",
    )


def status_note(parameters: Iterable[Parameter]) -> str:
    """Say which of the parameters used have not been checked at the source; empty when none.

    Examples
    --------
    >>> status_note([parameter("1407/2013", name="ceiling")])
    'Unverified legal parameters: ceiling of 1407/2013 (Art. 3(2)).'
    """
    open_ = [
        f"{one.name.replace('_', ' ')} of {one.regulation} ({one.article})"
        for one in parameters
        if one.status != READ
    ]
    return f"Unverified legal parameters: {'; '.join(dict.fromkeys(open_))}." if open_ else ""


def given_terms(name: str) -> Provenance:
    """Provenance of a calculation from terms that the caller states."""
    return Provenance(programme="terms", name=name, version=version("difass_analysis"))
