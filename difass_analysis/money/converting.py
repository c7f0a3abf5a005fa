"""Convert a whole programme into one currency or one year's prices, and say so everywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from difass_analysis.errors import InputError, UsageError
from difass_analysis.money.dates import Dating, choose_dates
from difass_analysis.money.envelopes import converted_settings
from difass_analysis.money.factors import Exchange, Parity, Rule
from difass_analysis.money.reference_rates import (
    EURO,
    Basis,
    BeforeJoining,
    check_basis,
    check_before_joining,
    check_currency,
)
from difass_analysis.money.remarks import left_out_findings, remarks_of
from difass_analysis.money.rows import (
    COUNTRY_COLUMN,
    Converted,
    TablePlan,
    convert_rows,
    currency_place,
    money_columns,
)
from difass_analysis.money.series import YearlySeries, read_series
from difass_analysis.programme import Programme
from difass_analysis.programme.lookup import Lookup, Place

#: Name of the currency in which amounts at purchasing power are given.
PPS = "PPS"


@dataclass(frozen=True, eq=False, kw_only=True)
class _Job:
    """What is done to a programme: the rule of amounts, and what it is called afterwards."""

    rule: Rule
    to: str
    price_basis: str
    basis: Basis
    opening: tuple[str, ...]
    series: YearlySeries | None = None


def convert(
    programme: Programme,
    *,
    to: str = EURO,
    basis: Basis = "year",
    date_column: str | Mapping[str, str] | None = None,
    year: int | Mapping[str, int | None] | None = None,
    deflators: pd.DataFrame | str | Path | None = None,
    price_year: int | None = None,
    before_joining: BeforeJoining = "reference",
) -> Programme:
    """What are a programme's amounts in another currency, or in the prices of one year?

    Every money column of every table is converted row by row, at the rate of the year or month
    of that row's date. Rows whose date, currency or rate is not known have no amount afterwards:
    they are counted in the findings and in the caveats of every result, and never converted at a
    nearby date. With deflators, amounts are first brought to the prices of ``price_year`` in
    their own currency and then converted at the average rate of that year.

    Parameters
    ----------
    programme : Programme
        The data. Its currency is that of ``programme.toml``; where a table has a column
        ``currency``, that of the row.
    to : str
        ISO code of the currency wanted. The programme's own, with deflators, changes prices only.
    basis : {"year", "month"}
        Average rate of the calendar year, or of the month, of the date.
    date_column : str or mapping of table to column, optional
        The column that dates the amounts, also of a table that rows refer to. Without it that of
        operations is ``approval_date``, ``start_date`` or ``year``, whichever is filled most;
        those of other tables are listed in docs/money.md.
    year : int or mapping of table to year, optional
        The year of all amounts (of a table) that has no date; None in the mapping leaves the
        table's amounts out.
    deflators : pandas.DataFrame or path, optional
        See :func:`read_series`.
    price_year : int, optional
        The year in whose prices amounts shall be; needed with deflators, and only then.
    before_joining : {"reference", "fixed"}
        Rate of a currency that joined the euro, for the time before: the average of the time, or
        the fixed rate.

    Returns
    -------
    Programme
        With its currency, price basis, envelopes, provenance and caveats changed accordingly.

    Raises
    ------
    UsageError
        When an argument is not one that can be had, or a table with amounts has no date.
    InputError
        When the programme states no currency, the deflators cannot be used, not one amount can
        be converted, or the extra ``money`` is not installed.

    Notes
    -----
    Yearly averages suit flows such as grants and payments; stocks such as an outstanding loan
    would take the rate of their day, and the caveats name them. ``real = nominal * D[base] /
    D[year]`` comes before the exchange rate, or changes of the exchange rate would pass for
    changes of prices. Council Regulation (EC) No 1103/97, Article 4, for fixed rates.

    Examples
    --------
    >>> frame = pd.DataFrame({"operation_id": ["a", "b"], "year": [2012, 2012],
    ...                       "public_amount": [195.583, 391.166]})
    >>> from difass_analysis.programme import Settings
    >>> settings = Settings(id="x", name="x", currency="DEM", price_basis="current")
    >>> marks = Programme.from_frames(settings=settings, operations=frame)
    >>> euro = convert(marks)
    >>> euro.currency, euro.table("operations")["public_amount"].round(6).tolist()
    ('EUR', [100.0, 200.0])
    >>> print(euro.caveats[0])
    Amounts converted from DEM to EUR: fixed rate of DEM, ...; operations by year.
    """
    check_basis(basis)
    check_before_joining(before_joining)
    # Prices can be changed without exchange rates, so none are asked for.
    if to != programme.currency:
        to = check_currency(to)
    series = _deflators(programme, deflators, price_year, basis)
    lookup, money = _money_of(programme)
    if series is None and programme.currency == to and not _has_currencies(lookup, money):
        note = f"Amounts were in {to} already: nothing was converted."
        return replace(programme, caveats=(*programme.caveats, note))
    if programme.currency not in ("", to):
        check_currency(programme.currency)
    stated = constant_year(programme.price_basis)
    rule = Exchange(
        to=to,
        basis=basis if stated is None else "year",
        before_joining=before_joining,
        deflators=series,
        price_year=price_year if series is not None else stated,
    )
    opening = () if series is None else (_prices_sentence(series, price_year),)
    job = _Job(
        rule=rule,
        to=to,
        price_basis=programme.price_basis if series is None else f"constant:{price_year}",
        basis=rule.basis,
        opening=opening,
        series=series,
    )
    return _carried_out(programme, job, lookup, money, date_column=date_column, year=year)


def purchasing_power(
    programme: Programme,
    parities: pd.DataFrame | str | Path,
    *,
    date_column: str | Mapping[str, str] | None = None,
    year: int | Mapping[str, int | None] | None = None,
) -> Programme:
    """What do a programme's amounts buy, in purchasing power standards?

    ``PPS = amount in national currency / parity of its year``. For comparing real inputs between
    countries; questions of budget are asked in euro.

    Parameters
    ----------
    programme : Programme
        The data, in national currency.
    parities : pandas.DataFrame or path
        A table as for :func:`read_series`, whose ``index`` is the number of units of national
        currency for one unit of purchasing power, and ``base`` what it is relative to.
    date_column, year
        As in :func:`convert`.

    Returns
    -------
    Programme
        With the currency ``PPS``; amounts without a date or a parity are left out and counted.

    Raises
    ------
    UsageError, InputError
        As :func:`convert`.

    Examples
    --------
    >>> calls = pd.DataFrame({"call_id": ["a"], "year": [2015], "public_amount": [220.0]})
    >>> from difass_analysis.programme import Settings
    >>> settings = Settings(id="x", name="x", currency="RON")
    >>> lei = Programme.from_frames(settings=settings, calls=calls)
    >>> table = pd.DataFrame({"currency": ["RON"], "year": [2015], "index": [2.2],
    ...                       "base": ["EU27_2020"], "source": ["statistical office"]})
    >>> float(purchasing_power(lei, table).table("calls")["public_amount"].iloc[0].round(6))
    100.0
    """
    series = read_series(parities, what="parities")
    lookup, money = _money_of(programme)
    bases = ", ".join(dict.fromkeys(series.frame["base"]))
    opening = (
        f"Amounts in purchasing power standards: amount in {programme.currency or 'its currency'} "
        f"/ parity of the year ({series.sources()}; {bases} = 1).",
    )
    job = _Job(
        rule=Parity(parities=series),
        to=PPS,
        price_basis=programme.price_basis,
        basis="year",
        opening=opening,
        series=series,
    )
    return _carried_out(programme, job, lookup, money, date_column=date_column, year=year)


def constant_year(price_basis: str) -> int | None:
    """Year in whose prices amounts are, from ``constant:<year>``; None for current prices.

    Examples
    --------
    >>> constant_year("constant:2015"), constant_year("current")
    (2015, None)
    """
    found = re.fullmatch(r"constant:\s*(\d{4})", price_basis.strip())
    return int(found[1]) if found else None


def _prices_sentence(series: YearlySeries, price_year: int | None) -> str:
    index = f"index {price_year} / index of the year"
    return (
        f"Money in prices of {price_year}: nominal x {index} ({series.sources()}), in its own "
        "currency before any exchange rate."
    )


def _money_of(programme: Programme) -> tuple[Lookup, dict[str, tuple[str, ...]]]:
    lookup = Lookup(programme)
    return lookup, money_columns(lookup)


def _has_currencies(lookup: Lookup, money: Mapping[str, tuple[str, ...]]) -> bool:
    return any(currency_place(lookup, table) is not None for table in money)


def _deflators(
    programme: Programme,
    given: pd.DataFrame | str | Path | None,
    price_year: int | None,
    basis: Basis,
) -> YearlySeries | None:
    if (given is None) != (price_year is None):
        raise UsageError(
            "Deflators and the year of the prices belong together.",
            todo="Give both deflators and price_year, or neither.",
        )
    if given is None:
        return None
    if programme.price_basis.startswith("constant"):
        raise UsageError(
            f"The programme's amounts are in constant prices already ({programme.price_basis}).",
            todo="Leave the deflators out.",
        )
    if basis == "month":
        raise UsageError(
            "Deflated amounts are converted at the average rate of the year of their prices.",
            todo="Leave out basis = 'month', or the deflators.",
        )
    return read_series(given)


def _carried_out(
    programme: Programme,
    job: _Job,
    lookup: Lookup,
    money: Mapping[str, tuple[str, ...]],
    *,
    date_column: str | Mapping[str, str] | None,
    year: int | Mapping[str, int | None] | None,
) -> Programme:
    if not money:
        raise InputError(
            f"Programme '{programme.id}' has no amounts to convert.",
            todo="Leave the conversion out.",
        )
    dates = _dates(programme, job, lookup, money, date_column, year)
    plans = [_plan(programme, job, lookup, name, money[name], dates[name]) for name in money]
    done = [
        convert_rows(plan, lookup=lookup, rule=job.rule, basis=job.basis, to=job.to)
        for plan in plans
    ]
    _refuse_nothing(done)
    settings, envelopes = converted_settings(
        programme.settings,
        to=job.to,
        price_basis=job.price_basis,
        rule=job.rule,
        year=year if isinstance(year, int) else constant_year(programme.price_basis),
    )
    opening = (*job.opening, *(job.series.remarks if job.series is not None else ()))
    said = remarks_of(programme, done, to=job.to, opening=opening, envelopes=envelopes)
    provenance = replace(
        programme.provenance,
        loading=None,  # what is measured now is not what the files hold
        currency=job.to,
        price_basis=job.price_basis,
        settings={**programme.provenance.settings, "money": " ".join(said)},
    )
    # A plain programme, whatever it was: what else a subclass holds may be in the old currency.
    return Programme(
        settings=settings,
        tables={**programme.tables, **{one.plan.table: one.lazy for one in done}},
        engine=programme.engine,
        findings=left_out_findings(programme, done, provenance),
        provenance=provenance,
        checked=programme.checked,
        caveats=(*programme.caveats, *said),
    )


def _dates(
    programme: Programme,
    job: _Job,
    lookup: Lookup,
    money: Mapping[str, tuple[str, ...]],
    date_column: str | Mapping[str, str] | None,
    year: int | Mapping[str, int | None] | None,
) -> dict[str, Dating]:
    stated = constant_year(programme.price_basis)
    if stated is None:
        return choose_dates(lookup, money, basis=job.basis, date_column=date_column, year=year)
    if date_column is not None or year is not None:
        raise UsageError(
            f"Amounts in prices of {stated} are converted at the rate of {stated}, whatever "
            "their date.",
            todo="Leave out date_column and year.",
        )
    return dict.fromkeys(money, stated)


def _plan(
    programme: Programme,
    job: _Job,
    lookup: Lookup,
    table: str,
    money: tuple[str, ...],
    dating: Dating,
) -> TablePlan:
    currency: Place | str | None = currency_place(lookup, table)
    if currency is None and not programme.currency:
        raise InputError(
            f"Programme '{programme.id}' does not say in which currency its amounts are.",
            todo='Write currency = "..." into its programme.toml, or into the profile.',
        )
    country: Place | str = ""
    if job.rule.by_country and job.series is not None:
        keys = job.series.keys
        found = lookup.find(table, COUNTRY_COLUMN)
        if found is None and len(keys) > 1:
            raise UsageError(
                f"Table '{table}' does not say of which country its rows are.",
                todo=f"Add {COUNTRY_COLUMN}, or keep the rows of one country of "
                f"{', '.join(keys[:3])} ... in the table of yearly values.",
            )
        country = found or keys[0]
    return TablePlan(
        table=table,
        money=money,
        dating=dating,
        currency=currency or programme.currency,
        country=country,
    )


def _refuse_nothing(done: list[Converted]) -> None:
    rows = sum(one.rows for one in done)
    lost = sum(sum(one.left_out.values()) for one in done)
    if rows and rows == lost:
        reasons = list(dict.fromkeys(why for one in done for why in one.left_out))
        raise InputError(
            f"Not one of {rows:,} rows with amounts can be converted: {'; '.join(reasons[:3])}.",
            todo="Name another date_column, or state the year of the amounts.",
        )
