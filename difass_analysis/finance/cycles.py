"""A revolving fund in closed form: what is lent in some cycles, and what keeps its value."""

from __future__ import annotations

from math import inf, isfinite, log1p, nan

from difass_analysis.errors import UsageError


def retention(*, loss: float, net_cost: float, yield_kept: float) -> float:
    """Return the part of the money lent that comes back to be lent again, in one cycle.

    ``q = 1 - loss - net cost + yield kept``, all as fractions of what is lent.

    Parameters
    ----------
    loss : float
        Principal that is never paid back, 0 to 1.
    net_cost : float
        Cost of running the fund that nobody else pays, 0 or more.
    yield_kept : float
        Interest and fees that stay in the fund, 0 or more.

    Raises
    ------
    UsageError
        When a fraction is out of range.

    Examples
    --------
    >>> round(retention(loss=0.06, net_cost=0.03, yield_kept=0.04), 10)
    0.95
    """
    for name, value, most in (
        ("loss", loss, 1.0),
        ("net_cost", net_cost, inf),
        ("yield_kept", yield_kept, inf),
    ):
        if not 0 <= value <= most or not isfinite(value):
            raise UsageError(
                f"{name} is {value:g}: it is a fraction of what is lent in a cycle.",
                todo="Write 6 % as 0.06.",
            )
    return 1 - loss - net_cost + yield_kept


def total_lent(capital: float, *, retention: float, cycles: int) -> float:
    """Return what a fund lends in so many cycles, the first one included.

    ``C (1 - q^n) / (1 - q)``, and ``C n`` where nothing is lost (q = 1).

    Parameters
    ----------
    capital : float
        Capital C lent in the first cycle, in money, 0 or more.
    retention : float
        q, 0 or more; above 1 the fund grows.
    cycles : int
        n, 1 or more.

    Raises
    ------
    UsageError
        When an argument is out of range.

    Notes
    -----
    Sum of a geometric series: in cycle k the fund lends C q^(k-1).

    Examples
    --------
    >>> round(total_lent(1, retention=0.95, cycles=4), 4)
    3.7099
    >>> total_lent(1, retention=1, cycles=4)
    4.0
    """
    _refuse(capital, retention)
    if cycles < 1 or cycles != int(cycles):
        raise UsageError(f"cycles is {cycles:g}.", todo="Give a whole number from 1 upwards.")
    return float(capital * sum(retention**place for place in range(int(cycles))))


def lending_limit(capital: float, *, retention: float) -> float:
    """Return what a fund lends in the end, if it goes on for ever: ``C / (1 - q)``.

    Returns
    -------
    float
        NaN where the fund loses nothing (q = 1 or above): there is no limit.

    Raises
    ------
    UsageError
        When the capital or the retention is below 0.

    Examples
    --------
    >>> round(lending_limit(1, retention=0.95), 10)
    20.0
    >>> lending_limit(1, retention=1)
    nan
    """
    _refuse(capital, retention)
    return capital / (1 - retention) if retention < 1 else nan


def _refuse(capital: float, retention: float) -> None:
    if not (0 <= capital < inf and 0 <= retention < inf):
        raise UsageError(
            f"capital is {capital:g} and retention {retention:g}: both must be 0 or more.",
            todo="A retention of 95 % is written as 0.95.",
        )


def inflation_of_cycle(inflation: float, *, cycle_years: float) -> float:
    """Return the rise of prices over one cycle, from the yearly one.

    Examples
    --------
    >>> round(inflation_of_cycle(0.02, cycle_years=3), 6)
    0.061208
    """
    if inflation <= -1 or not cycle_years > 0:
        raise UsageError(
            f"inflation is {inflation:g} a year and cycle_years {cycle_years:g}.",
            todo="Write 2 % as 0.02, and the length of a cycle in years above 0.",
        )
    return float((1 + inflation) ** cycle_years - 1)


def cycles_until(share: float, *, retention: float) -> float:
    """Return after how many cycles only this share of the capital is left.

    Returns
    -------
    float
        ``log(share) / log(q)``; NaN where the capital does not shrink (q = 1 or above), 0 where
        all is lost in the first cycle.

    Examples
    --------
    >>> round(cycles_until(0.5, retention=0.95), 2)
    13.51
    """
    _refuse(1.0, retention)
    if not 0 < share < 1:
        raise UsageError(f"share is {share:g}.", todo="Give a share between 0 and 1.")
    if retention >= 1:
        return nan
    return 0.0 if retention == 0 else log1p(share - 1) / log1p(retention - 1)
