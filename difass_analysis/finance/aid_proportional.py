"""De minimis loans and guarantees without a grant equivalent of their own: the simple rule."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from difass_analysis.errors import UsageError, one_of
from difass_analysis.finance.aid_parameters import Parameter, optional_parameter, status_note

Instrument = Literal["loan", "guarantee"]
_LEGS = (5, 10)


@dataclass(frozen=True, kw_only=True)
class ProportionalEquivalent:
    """Grant equivalent by the proportional rule, and what it was made from.

    Attributes
    ----------
    equivalent_amount : decimal.Decimal or None
        Grant equivalent in EUR, exact; None where the rule cannot be used.
    ceiling_amount, limit_amount : decimal.Decimal
        Ceiling of the Regulation, and the largest loan (or guaranteed part) at this length.
    leg_years : int
        5 or 10: the length that the limit goes with.
    reason : str
        Why the rule cannot be used; empty where it can.
    note : str
        Unverified parameters that were used.
    """

    equivalent_amount: Decimal | None
    ceiling_amount: Decimal
    limit_amount: Decimal
    leg_years: int
    reason: str
    note: str


def proportional_equivalent(
    amount: float | Decimal,
    *,
    years: float | Decimal,
    regulation: str,
    instrument: Instrument = "loan",
    secured_share: float | None = None,
    road_freight: bool = False,
) -> ProportionalEquivalent:
    """Grant equivalent of a de minimis loan or guarantee, as a proportion of the ceiling.

    ``ceiling * amount / largest amount * years / years of that limit``: limits of amount and
    length are maxima and cannot be exchanged for each other.

    Parameters
    ----------
    amount : number
        The loan in EUR, or of a guarantee the guaranteed part.
    years : number
        Length of the loan.
    regulation : str
        ``1407/2013`` or ``2023/2831``.
    instrument : str
        ``loan`` or ``guarantee``.
    secured_share : float, optional
        Of a loan the share with collateral, which must be at least half; of a guarantee the
        share of the loan that is guaranteed, at most 80 %. Not checked without it, and the
        reason says so.
    road_freight : bool
        Road freight for hire or reward: ceiling and limits are halved under 1407/2013.

    Raises
    ------
    UsageError
        When amount or years are not above 0, or the regulation has no such rule here.

    Notes
    -----
    Regulations 1407/2013 and 2023/2831, Art. 4(3)(b) and 4(6)(b). Borrowers in insolvency are
    excluded; that is for the user to know.

    Examples
    --------
    >>> proportional_equivalent(1_000_000, years=1, regulation="1407/2013").equivalent_amount
    Decimal('40000')
    >>> proportional_equivalent(2_000_000, years=1, regulation="1407/2013").reason
    'The loan of 2,000,000 is above the largest one of 1,000,000 for 5 years.'
    """
    size, length = Decimal(str(amount)), Decimal(str(years))
    if not (size.is_finite() and length.is_finite() and size > 0 and length > 0):
        raise UsageError(
            f"{amount} over {years} years is no {instrument}.", todo="Give numbers above 0."
        )
    leg = _LEGS[0] if length <= _LEGS[0] else _LEGS[1]
    used = _used(regulation, instrument, leg, road_freight)
    ceiling, most, secured = used
    # The limits of road freight carriers are half of the others, as their ceiling is.
    limit = most.number / 2 if ceiling.name == "road_freight_ceiling" else most.number
    reason = _why_not(size, length, limit, leg, instrument) or _why_not_secured(
        secured, instrument, secured_share
    )
    value = ceiling.number * size * length / (limit * leg)
    return ProportionalEquivalent(
        equivalent_amount=None if reason else _plain(value),
        ceiling_amount=ceiling.number,
        limit_amount=_plain(limit),
        leg_years=leg,
        reason=reason,
        note=" ".join(
            part
            for part in (
                status_note(used),
                "" if secured_share is not None else "Collateral or guaranteed share not checked.",
            )
            if part
        ),
    )


def _plain(value: Decimal) -> Decimal:
    """Write a number without an exponent and without zeros at its end."""
    return Decimal(f"{value.normalize():f}")


def _used(
    regulation: str, instrument: str, leg: int, road_freight: bool
) -> tuple[Parameter, Parameter, Parameter]:
    if instrument not in ("loan", "guarantee"):
        raise one_of("instrument", instrument, ["loan", "guarantee"])
    freight = optional_parameter(regulation, name="road_freight_ceiling") if road_freight else None
    ceiling = freight or optional_parameter(regulation, name="ceiling")
    most = optional_parameter(regulation, name=f"{instrument}_limit_{leg}")
    share = "loan_collateral" if instrument == "loan" else "guarantee_share"
    secured = optional_parameter(regulation, name=share)
    if ceiling is None or most is None or secured is None:
        raise UsageError(
            f"No proportional rule of '{regulation}' is held.",
            todo="Take 1407/2013 or 2023/2831, or compute the grant equivalent.",
        )
    return ceiling, most, secured


def _why_not(size: Decimal, length: Decimal, limit: Decimal, leg: int, instrument: str) -> str:
    if length > _LEGS[-1]:
        return f"{length} years are more than the {_LEGS[-1]} years of the rule."
    if size > limit:
        what = "The loan" if instrument == "loan" else "The guaranteed part"
        return f"{what} of {size:,} is above the largest one of {_plain(limit):,} for {leg} years."
    return ""


def _why_not_secured(secured: Parameter, instrument: str, share: float | None) -> str:
    if share is None:
        return ""
    given = Decimal(str(share))
    if not given.is_finite() or given < 0:
        raise UsageError(f"secured_share = {share} is no share.", todo="Write 0.8 for 80 %.")
    if instrument == "loan" and given < secured.number:
        return f"Collateral covers {given:.0%} of the loan, less than {secured.number:.0%}."
    if instrument == "guarantee" and given > secured.number:
        return f"{given:.0%} of the loan is guaranteed, more than {secured.number:.0%}."
    return ""
