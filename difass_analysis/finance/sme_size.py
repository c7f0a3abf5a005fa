"""Size class of an enterprise, with partner and linked enterprises and the two-period rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import inf, isnan
from typing import Literal, cast

from difass_analysis.errors import UsageError, one_of
from difass_analysis.finance.aid_parameters import parameter

SizeName = Literal["micro", "small", "medium", "large", "unknown"]
ORDER = ("micro", "small", "medium", "large")
RECOMMENDATION = "2003/361/EC"
_MEASURES = ("headcount", "turnover", "balance")


@dataclass(frozen=True, kw_only=True)
class Accounts:
    """Figures of one accounting period; None where not known.

    Attributes
    ----------
    headcount : float or None
        Staff in annual work units.
    turnover, balance : float or None
        Turnover and balance sheet total in EUR.
    """

    headcount: float | None = None
    turnover: float | None = None
    balance: float | None = None

    def bounds(self) -> tuple[tuple[float, float], ...]:
        """Lowest and highest that each figure can be: from 0 without end where not known."""
        given = (self.headcount, self.turnover, self.balance)
        return tuple(
            (0.0, inf) if one is None or isnan(one) or one < 0 else (float(one), float(one))
            for one in given
        )


Bounds = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class SizeClass:
    """A size class and how it came about.

    Attributes
    ----------
    size_class : str
        ``micro``, ``small``, ``medium``, ``large`` (no SME), or ``unknown``.
    by_figures : str
        The class by the figures of this period alone.
    lowest, highest : str
        Classes between which the unknown figures leave it.
    reason : str
        Why it is unknown, or what decided other than the figures.
    steps : tuple of str
        Each step, in order.
    """

    size_class: SizeName
    by_figures: SizeName
    lowest: SizeName
    highest: SizeName
    reason: str
    steps: tuple[str, ...]


@cache
def _limits() -> tuple[tuple[SizeName, float, float, float], ...]:
    found = []
    for name in ORDER[:3]:
        staff, turnover, balance = (
            float(parameter(RECOMMENDATION, name=f"{name}_{measure}").number)
            for measure in _MEASURES
        )
        found.append((cast(SizeName, name), staff, turnover, balance))
    return tuple(found)


def class_of(headcount: float, *, turnover: float, balance: float) -> SizeName:
    """Class by ceilings: headcount must hold, and turnover or balance sheet.

    Examples
    --------
    >>> class_of(49, turnover=12e6, balance=10e6), class_of(50, turnover=1, balance=1)
    ('small', 'medium')
    """
    for name, staff, most_turnover, most_balance in _limits():
        if headcount < staff and (turnover <= most_turnover or balance <= most_balance):
            return name
    return "large"


def class_range(bounds: Bounds) -> tuple[SizeName, SizeName]:
    """Return the classes at the lowest and the highest of the figures."""
    low, high = (
        class_of(bounds[0][end], turnover=bounds[1][end], balance=bounds[2][end]) for end in (0, 1)
    )
    return low, high


def added(first: Bounds, other: Bounds, *, share: tuple[float, float] = (1.0, 1.0)) -> Bounds:
    """Add bounds, the others times a share that is itself between two values."""
    return tuple(
        (a[0] + b[0] * share[0], a[1] + (b[1] * share[1] if share[1] else 0.0))
        for a, b in zip(first, other, strict=True)
    )


def missing_measures(bounds: Bounds) -> str:
    """Name the figures that are not known.

    Examples
    --------
    >>> missing_measures(Accounts(headcount=3).bounds())
    'turnover and balance'
    """
    names = [n for n, (low, high) in zip(_MEASURES, bounds, strict=True) if low != high]
    return " and ".join(names)


def status_over_periods(classes: Sequence[str]) -> SizeName:
    """Class after several periods: it changes only after two consecutive ones beyond a ceiling.

    Parameters
    ----------
    classes : sequence of str
        Class by figures of each period, oldest first; the first one is where it starts.

    Notes
    -----
    Recommendation 2003/361/EC, Annex, Art. 4(2). Where two periods lie beyond in the same
    direction but in different classes, the nearer of them is taken. An unknown period leaves
    what follows unknown, unless two known ones agree.

    Examples
    --------
    >>> status_over_periods(["small", "medium"]), status_over_periods(["small", "medium", "large"])
    ('small', 'medium')
    """
    wrong = [one for one in classes if one not in (*ORDER, "unknown")]
    if wrong or not classes:
        raise one_of("size class", str((wrong or [""])[0]), [*ORDER, "unknown"])
    status = classes[0]
    for before, now in pairwise(classes):
        status = _next(status, before, now)
    return cast(SizeName, status)


def _next(status: str, before: str, now: str) -> str:
    if before == now and now != "unknown":
        return now
    if "unknown" in (status, before, now):
        # A period within the present class keeps it, whatever the other one was.
        return status if status in (before, now) else "unknown"
    place, a, b = (ORDER.index(one) for one in (status, before, now))
    if min(a, b) > place:
        return ORDER[min(a, b)]
    return ORDER[max(a, b)] if max(a, b) < place else status


def sme_class(
    own: Accounts,
    *,
    partners: Sequence[tuple[float, Accounts]] = (),
    linked: Sequence[Accounts] = (),
    previous_classes: Sequence[str] = (),
    public_share: float = 0.0,
) -> SizeClass:
    """Size class of one enterprise from its accounts and those of others.

    Parameters
    ----------
    own : Accounts
        Its figures of the last closed period.
    partners : sequence of (float, Accounts)
        Share held (0.25 to 0.5, in either direction) and figures; added in proportion.
    linked : sequence of Accounts
        Enterprises linked by more than half, or by control; added whole.
    previous_classes : sequence of str
        Classes by figures of earlier periods, oldest first, as status and for the two-period
        rule.
    public_share : float
        Share that public bodies hold.

    Returns
    -------
    SizeClass
        ``unknown`` with its reason where the missing figures could change the class.

    Raises
    ------
    UsageError
        When a partner's share is none of a partner.

    Notes
    -----
    Recommendation 2003/361/EC, Annex, Art. 2 to 6; the ceilings were checked, the rules on
    partners, public bodies and two periods are marked unverified in :func:`legal_parameters`.

    Examples
    --------
    >>> own = Accounts(headcount=40, turnover=8e6, balance=7e6)
    >>> sme_class(own).size_class
    'small'
    >>> partner = Accounts(headcount=60, turnover=9e6, balance=9e6)
    >>> sme_class(own, partners=[(0.3, partner)]).steps[-1]
    'By figures: medium (58 annual work units).'
    """
    least, most = (
        float(parameter(RECOMMENDATION, name=name).number)
        for name in ("partner_share", "linked_share")
    )
    for share, _ in partners:
        if not least <= share <= most:
            raise UsageError(
                f"A share of {share} makes no partner enterprise.",
                todo=f"Partners hold {least} to {most}; above that they are linked.",
            )
    total = own.bounds()
    steps = [f"Own figures: {_said(total)}."]
    for one in linked:
        total = added(total, one.bounds())
    if linked:
        steps.append(f"With {len(linked)} linked, whole: {_said(total)}.")
    for share, one in partners:
        total = added(total, one.bounds(), share=(share, share))
    if partners:
        steps.append(f"With {len(partners)} partners, in proportion: {_said(total)}.")
    return classified(
        total, steps=steps, previous_classes=previous_classes, public=(public_share, public_share)
    )


def classified(
    total: Bounds,
    *,
    steps: Sequence[str],
    previous_classes: Sequence[str] = (),
    public: tuple[float, float] = (0.0, 0.0),
) -> SizeClass:
    """Class of figures already put together, with the rules on public bodies and two periods.

    Examples
    --------
    >>> classified(Accounts(headcount=5, turnover=1e6).bounds(), steps=[]).size_class
    'micro'
    """
    least = float(parameter(RECOMMENDATION, name="public_share").number)
    low, high = class_range(total)
    now: SizeName = low if low == high else "unknown"
    said = f"By figures: {now if low == high else f'{low} to {high}'}"
    done = [*steps, f"{said} ({_number(total[0])} annual work units)."]
    if public[0] >= least:
        text = f"Public bodies hold {public[0]:.4g} of it, 0.25 or more: no SME."
        return SizeClass(
            size_class="large",
            by_figures=now,
            lowest="large",
            highest="large",
            reason=text,
            steps=(*done, text),
        )
    reason = ""
    if now == "unknown":
        reason = f"Not known: {missing_measures(total)}, of it or of those added to it."
    final: SizeName = now
    if previous_classes:
        low, high = _range_over_periods(previous_classes, low, high)
        final = low if low == high else "unknown"
        done.append(f"After {len(previous_classes) + 1} periods: {final}.")
        if final == "unknown":
            reason = reason or "Not known: the class of an earlier period."
        elif final != now:
            reason = _TWO_PERIODS
    # Public bodies count at once, whatever the class of earlier periods was.
    if public[1] >= least and final != "large":
        reason, final, high = "A share of public bodies is not known.", "unknown", "large"
    return SizeClass(
        size_class=final,
        by_figures=now,
        lowest=low,
        highest=high,
        reason=reason,
        steps=tuple(done),
    )


_TWO_PERIODS = "The class changes only after two consecutive periods."


def _range_over_periods(
    previous: Sequence[str], low: SizeName, high: SizeName
) -> tuple[SizeName, SizeName]:
    """Classes after all periods with the unknown ones at their lowest and at their highest.

    A larger class in any period never makes the class after them smaller.
    """

    def at(bound: str) -> list[str]:
        return [bound if one == "unknown" else one for one in previous]

    return (
        status_over_periods([*at(ORDER[0]), low]),
        status_over_periods([*at(ORDER[-1]), high]),
    )


def _said(bounds: Bounds) -> str:
    return ", ".join(
        f"{name} {_number(pair)}" for name, pair in zip(_MEASURES, bounds, strict=True)
    )


def _number(pair: tuple[float, float]) -> str:
    low, high = pair
    if low == high:
        return f"{low:,.10g}"
    return f"at least {low:,.10g}" if high == inf else f"{low:,.10g} to {high:,.10g}"
