"""Aid awards: read for what they state, in exact amounts, with their undertaking."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from difass_analysis.errors import InputError, UsageError
from difass_analysis.finance.aid_graph import single_undertakings
from difass_analysis.finance.aid_parameters import DE_MINIMIS, de_minimis_at
from difass_analysis.programme import Programme
from difass_analysis.schema import TABLES
from difass_analysis.schema.model import MONEY_LIMIT

_NUMBER = re.compile(r"(?<!\d)(\d{3,4}/\d{4}|\d{4}/\d{3,4})(?!\d)")
# De minimis Regulations for agriculture, fishery and services of general economic interest have
# ceilings of their own.
_SPECIAL = ("1408/2013", "717/2014", "360/2012", "2023/2832", "1535/2007", "875/2007")
# Exempted aid that is set apart from de minimis aid is no de minimis aid; any other number beside
# the words (a decree, a law of the Member State) does not change what the award says it is.
_EXEMPT = ("651/2014", "702/2014", "1388/2014", "2022/2472", "2022/2473", "800/2008")
# Codes that the Union and ISO 3166 write differently: one Member State, one ceiling.
_STATES = {"GR": "EL", "GB": "UK"}
_FREIGHT = re.compile(r"^[A-U]?[\s.]*49\.?41")
EURO = "EUR"


@dataclass(frozen=True, eq=False, kw_only=True)
class Awards:
    """Awards as read.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row an award: ``award_id``, ``sme_id``, ``undertaking_id``, ``country_code`` (empty:
        not stated), ``day``, ``micro`` (amount in millionths, exact), ``basis``, ``regulation``,
        ``counts`` (general de minimis aid), ``road_freight``, ``joined``, ``doubtful`` (a holding
        of unknown share could join the undertaking to another), ``unplaced`` (fits none of
        several Member States).
    unknown : pandas.DataFrame
        ``award_id``, ``undertaking_id``, ``reason`` of awards that cannot be judged.
    members : pandas.DataFrame
        ``undertaking_id``, ``sme_id``.
    caveats : tuple of str
        How the awards were read.
    """

    frame: pd.DataFrame
    unknown: pd.DataFrame
    members: pd.DataFrame
    caveats: tuple[str, ...]


def award_rows(programme: Programme) -> pd.DataFrame:
    """Return the awards with all columns of the schema, all amounts in EUR.

    Raises
    ------
    InputError
        When there are no awards, or their currency is not EUR throughout, or not known.
    """
    rows = programme.table("aid_awards").reindex(columns=list(TABLES["aid_awards"].names))
    stated = rows["currency"].astype("object").where(rows["currency"].notna(), programme.currency)
    held = sorted({str(one).strip().upper() for one in stated})
    if "" in held:
        raise InputError(
            f"The currency of {sum(str(one).strip() == '' for one in stated):,} aid awards of "
            f"'{programme.id}' is not known.",
            todo="State it in programme.toml, or in the column currency.",
        )
    if [one for one in held if one != EURO]:
        raise InputError(
            f"The aid awards of '{programme.id}' are in {', '.join(held)}; ceilings are in EUR.",
            todo="Convert them first: difass_analysis.money.",
        )
    return rows


def basis_of(text: object) -> tuple[str, str]:
    """Read a stated legal basis: what it is, and the general de minimis Regulation it names.

    Returns
    -------
    tuple of str
        ``de minimis``, ``special de minimis``, ``other`` or ``not stated``; and the number of
        the Regulation, empty where none is named.

    Examples
    --------
    >>> basis_of("Reg. (EU) No 1407/2013, Art. 3"), basis_of("De-minimis aid")
    (('de minimis', '1407/2013'), ('de minimis', ''))
    >>> basis_of("GBER 651/2014 Art. 18"), basis_of(None)
    (('other', ''), ('not stated', ''))

    Numbers are also written the other way round, and beside those of national acts:

    >>> basis_of("Reg. (UE) 2831/2023"), basis_of("aiuti de minimis, D.M. 115/2017")
    (('de minimis', '2023/2831'), ('de minimis', ''))
    """
    if text is None or pd.isna(text) or not str(text).strip():  # type: ignore[call-overload]
        return "not stated", ""
    words = str(text)
    written = _NUMBER.findall(words)
    numbers = {*written, *("/".join(reversed(one.split("/"))) for one in written)}
    named = [one for one in DE_MINIMIS if one in numbers]
    if len(named) == 1:
        return "de minimis", named[0]
    if any(one in numbers for one in _SPECIAL):
        return "special de minimis", ""
    minimis = "minimis" in words.casefold() and not numbers.intersection(_EXEMPT)
    return ("de minimis", "") if minimis or named else ("other", "")


def read_awards(programme: Programme) -> Awards:
    """Read the awards of a programme: basis, exact amount, day, single undertaking.

    Raises
    ------
    InputError
        When there are no awards, or their currency is not EUR throughout.
    """
    rows = award_rows(programme)
    together = single_undertakings(programme, rows)
    # Missing cells are one key: two not-a-numbers are not equal.
    texts = [None if pd.isna(text) else str(text) for text in rows["legal_basis"]]
    bases = {text: basis_of(text) for text in set(texts)}
    basis = [bases[text] for text in texts]
    day = pd.to_datetime(rows["granting_date"]).astype("datetime64[s]")
    amounts = pd.to_numeric(rows["aid_amount"]).astype("float64")
    frame = pd.DataFrame(
        {
            "award_id": rows["award_id"].astype("object"),
            "sme_id": rows["sme_id"].astype("object"),
            "undertaking_id": together["undertaking_id"],
            "country_code": _country_codes(rows["country_code"]),
            "day": day,
            "micro": _micro(amounts),
            "basis": [kind for kind, _ in basis],
            "regulation": [
                _regulation(*one, day=when) for one, when in zip(basis, day, strict=True)
            ],
            "joined": together["joined"],
            "doubtful": together["doubtful"],
        }
    )
    frame["country_code"], frame["unplaced"], filled = _member_states(frame)
    frame["counts"] = frame["basis"] == "de minimis"
    frame["road_freight"] = _road_freight(programme, frame)
    members = frame[["undertaking_id", "sme_id"]].dropna().drop_duplicates()
    return Awards(
        frame=frame,
        unknown=_unknown(frame),
        members=members.sort_values(["undertaking_id", "sme_id"]).reset_index(drop=True),
        caveats=_caveats(
            programme,
            frame,
            members=members,
            filled=filled,
            namesakes=int(together.loc[together["namesake"], "undertaking_id"].nunique()),
        ),
    )


def _country_codes(column: pd.Series) -> pd.Series:
    """Codes of Member States in one spelling, empty where there is none."""
    spellings = {one: str(one).strip().upper() for one in column.dropna().unique()}
    codes = {one: _STATES.get(code, code) for one, code in spellings.items()}
    held = [codes.get(one, "") for one in column.astype("object")]
    return pd.Series(held, index=column.index, dtype="object")


def _member_states(frame: pd.DataFrame) -> tuple[pd.Series, pd.Series, int]:
    """Fill in the Member State where the undertaking's other awards leave only one.

    Returns the codes, whether an award fits none of several, and how many were filled in.
    """
    stated = frame["country_code"].where(frame["country_code"] != "")
    by = frame["undertaking_id"]
    several = stated.groupby(by).transform("nunique").fillna(0)
    only = stated.groupby(by).transform("first")
    fill = stated.isna() & (several == 1)
    codes = stated.mask(fill, only).fillna("").astype("object")
    return codes, stated.isna() & (several > 1), int(fill.sum())


def _micro(amounts: pd.Series) -> pd.Series:
    """Amounts in whole millionths, so that sums are exact at a ceiling; unusable ones missing."""
    held = amounts.where(np.isfinite(amounts) & amounts.between(0, MONEY_LIMIT))
    return (held * 1e6).round().astype("Int64")


@cache
def _regulation(kind: str, stated: str, *, day: pd.Timestamp) -> str:
    if kind != "de minimis" or stated or pd.isna(day):
        return stated
    try:
        return de_minimis_at(day.date())
    except UsageError:
        return ""


def _road_freight(programme: Programme, frame: pd.DataFrame) -> pd.Series:
    """Whether an undertaking has an enterprise of road freight (NACE 49.41) among its awards."""
    none = pd.Series(False, index=frame.index)
    if "enterprises" not in programme.tables:
        return none
    firms = programme.table("enterprises").reindex(columns=["sme_id", "nace"])
    freight = [bool(_FREIGHT.match(str(code))) for code in firms["nace"]]
    carriers = set(firms.loc[freight, "sme_id"])
    own = frame["sme_id"].isin(carriers)
    return own | frame["undertaking_id"].isin(set(frame.loc[own, "undertaking_id"].dropna()))


def _unknown(frame: pd.DataFrame) -> pd.DataFrame:
    """De minimis awards, and those without a basis, that no window can hold."""
    relevant = frame["basis"].isin(["de minimis", "not stated"])
    checks = [
        (frame["undertaking_id"].isna(), "no enterprise and no undertaking"),
        (frame["day"].isna(), "no granting date"),
        (frame["micro"].isna(), "no amount that can be used"),
        (frame["unplaced"], "no Member State, and other awards have several"),
        (
            frame["counts"] & frame["day"].notna() & (frame["regulation"] == ""),
            "no de minimis Regulation held for its date",
        ),
    ]
    wrong = pd.DataFrame({text: mask for mask, text in checks})
    found = frame.loc[relevant & wrong.any(axis=1), ["award_id", "undertaking_id"]]
    rows = wrong.loc[found.index].to_numpy()
    reasons = [
        ", ".join(text for text, is_so in zip(wrong.columns, row, strict=True) if is_so)
        for row in rows
    ]
    return found.assign(reason=pd.Series(reasons, index=found.index, dtype="object")).reset_index(
        drop=True
    )


def _caveats(
    programme: Programme,
    frame: pd.DataFrame,
    *,
    members: pd.DataFrame,
    filled: int,
    namesakes: int,
) -> tuple[str, ...]:
    special = int((frame["basis"] == "special de minimis").sum())
    blank = frame["counts"] & (frame["country_code"] == "") & ~frame["unplaced"]
    assumed = int(blank.sum())
    doubtful = frame.loc[frame["doubtful"], "undertaking_id"].nunique()
    sentences = [
        *programme.caveats,
        ""
        if "ownership" in programme.tables
        else "No table of ownership: enterprises are joined only where the same undertaking is "
        "stated.",
        f"De minimis awards that state no Member State, taken as of one: {assumed:,}."
        if assumed
        else "",
        "Awards that state no Member State, taken as of the only one of their undertaking: "
        f"{filled:,}."
        if filled
        else "",
        "Awards under special de minimis Regulations (agriculture, fishery, services of general "
        f"interest) have ceilings of their own and are not counted: {special:,}."
        if special
        else "",
        "Special de minimis aid of agriculture and fishery uses up the general ceiling as well "
        "(Art. 5(2) of 2023/2831, unverified); the note of the undertaking says what that leaves."
        if special
        else "",
        "Ownership has no dates and is taken as it stands for all awards: aid from before a merger "
        "counts together, and what was lawful on its day remains so even where it is above now."
        if len(members) > members["undertaking_id"].nunique() and "ownership" in programme.tables
        else "",
        "Undertakings that a holding of unknown share could join to others, and that are judged "
        f"without it: {doubtful:,}."
        if doubtful
        else "",
        "Undertakings stated by the key of an enterprise that states none: "
        f"{namesakes:,}. They are kept apart; state the undertaking of that enterprise too."
        if namesakes
        else "",
    ]
    return tuple(text for text in sentences if text)
