"""Whether the cells of a column can be what its heading says, and what they say without one."""

from __future__ import annotations

from collections.abc import Mapping

_MOST, _SOME, _FEW = 0.8, 0.4, 0.1
_AGAINST = 0.4
_LEAST_FILLED = 0.0

_DATES = ("approval_date", "start_date", "end_date", "final_payment_date")
# A heading that leaves open whether the cells are names or codes is settled by the cells.
_NAMES_AND_CODES = {
    "priority_name": "priority",
    "intervention_name": "intervention",
    "programme_name": "programme_id",
    "country": "country_code",
    "region_name": "region",
}

# Of these even the published lists have now names, now codes, now acronyms under one heading.
_OPEN = ("region", "region_name", "programme_name")


def settled_by_cells(column: str, looks: Mapping[str, float]) -> bool:
    """Whether a heading need not be doubted for want of cells.

    Examples
    --------
    >>> settled_by_cells("region_name", {}), settled_by_cells("end_date", {})
    (False, True)
    """
    return column not in _OPEN or looks.get("filled", 0.0) > _LEAST_FILLED


def fit(column: str, looks: Mapping[str, float]) -> list[tuple[str, float, str]]:
    """Return the column that heading and cells fit, with a factor on the score and the reason.

    Parameters
    ----------
    column : str
        What the heading says; empty for no column.
    looks : mapping of str to float
        Shares of the cells, from `looks_like`; empty without cells.

    Returns
    -------
    list of tuple
        Column, factor, what the cells look like.

    Examples
    --------
    >>> fit("end_date", {"filled": 1.0, "date": 0.0, "year": 0.0})
    [('end_date', 0.4, 'do not look like dates or years')]
    """
    if not column or not looks or looks.get("filled", 0.0) <= _LEAST_FILLED:
        return [(column, 1.0, "")]
    if column in _DATES or column.endswith("_date"):
        return [_wanted(column, looks, "dates or years", "date", "year")]
    if column.endswith("_amount"):
        return [_wanted(column, looks, "numbers", "number", "money")]
    if column.endswith("_share"):
        return [_wanted(column, looks, "rates", "percent", "share_0_1", "share_0_100")]
    if column in ("url", "beneficiary_url"):
        return [_wanted(column, looks, "web addresses", "url")]
    if column == "postal_code":
        return [_code_or_place(looks)]
    if column == "municipality" and looks.get("postcode", 0.0) >= _MOST:
        return [("postal_code", 1.0, "look like postcodes")]
    if column in ("region", *_NAMES_AND_CODES):
        return [_name_or_code(column, looks)]
    return [_text(column, looks)]


def _wanted(
    column: str, looks: Mapping[str, float], what: str, *kinds: str
) -> tuple[str, float, str]:
    if max(looks.get(kind, 0.0) for kind in kinds) >= _SOME:
        return column, 1.0, ""
    return column, _AGAINST, f"do not look like {what}"


def _code_or_place(looks: Mapping[str, float]) -> tuple[str, float, str]:
    if looks.get("postcode", 0.0) >= _SOME or looks.get("number", 0.0) >= _SOME:
        return "postal_code", 1.0, ""
    return "municipality", 0.95, "are no postcodes"


def _name_or_code(column: str, looks: Mapping[str, float]) -> tuple[str, float, str]:
    if column in ("region", "region_name"):
        coded = looks.get("nuts_code", 0.0)
        if coded >= _SOME:
            return "region", 1.0, "are NUTS codes"
        return ("region_name", 0.97, "are no NUTS codes") if column == "region" else (column, 1, "")
    if column == "country":
        coded = looks.get("country_code", 0.0)
    elif column == "programme_name":
        if looks.get("fund_acronym", 0.0) >= _MOST:
            return "fund", 0.97, "are acronyms of funds"
        coded = looks.get("cci_code", 0.0)
    else:
        coded = max(looks.get("integer", 0.0), looks.get("number", 0.0))
    if coded >= _MOST:
        return _NAMES_AND_CODES[column], 1.0, "are codes"
    return column, 1.0, ""


def _text(column: str, looks: Mapping[str, float]) -> tuple[str, float, str]:
    """Check columns of names: cells that are nearly all money or dates are something else."""
    names = ("title", "summary", "beneficiary_name", "authority_name", "county", "municipality")
    if column in names:
        for kind, what in (("date", "dates"), ("money", "amounts"), ("number", "numbers")):
            if looks.get(kind, 0.0) >= _MOST:
                return column, _AGAINST, f"look like {what}"
    return column, 1.0, ""


def from_values(looks: Mapping[str, float]) -> list[tuple[str, float, str]]:
    """Return columns that the cells alone point to, with a score and the reason.

    Examples
    --------
    >>> from_values({"nuts_code": 1.0})
    [('region', 0.75, 'are NUTS codes')]
    """
    signs = {
        "nuts_code": ("region", "are NUTS codes"),
        "cci_code": ("programme_id", "are CCI codes"),
        "fund_acronym": ("fund", "are acronyms of funds"),
    }
    return [
        (column, 0.75, what)
        for kind, (column, what) in signs.items()
        if looks.get(kind, 0.0) >= _MOST
    ]
