"""Ageing: the balance of the portfolio by days past due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import narwhals as nw
import pandas as pd

from difass_analysis.finance.portfolio_model import Ageing
from difass_analysis.finance.portfolio_rows import ENDLESS, Tape, band_name, tape_of
from difass_analysis.finance.portfolio_sums import refuse_repeated, unmarked_said
from difass_analysis.programme import Programme
from difass_analysis.programme.canonical import MILLIONTHS

#: Bands where days are known; a tape that gives bands keeps its own.
BANDS = ((0, 0), (1, 30), (31, 60), (61, 90), (91, 180), (181, ENDLESS))


def bands_of(tape: Tape) -> tuple[tuple[int, int], ...]:
    """Bands of a tape in order; the last one stands for days that are not known."""
    bands = tape.bands if tape.given == "bands" else BANDS
    return (*bands, (0, ENDLESS))


def band_number(bands: Sequence[tuple[int, int]]) -> nw.Expr:
    """Place of a row's band among the bands."""
    unknown = len(bands) - 1
    number = nw.lit(unknown)
    for place in reversed(range(unknown)):
        inside = nw.col("_to") <= bands[place][1]
        number = nw.when(inside).then(nw.lit(place)).otherwise(number)
    if not unknown or bands[-2][1] < ENDLESS:
        return number.cast(nw.Int32)
    # The band that is open upwards ends where unknown days end: they differ in their beginning.
    lost = (nw.col("_to") >= ENDLESS) & (nw.col("_from") < bands[-2][0])
    return nw.when(lost).then(nw.lit(unknown)).otherwise(number).cast(nw.Int32)


def ageing(
    programme: Programme, *, date: dt.date | str | None = None, by: Sequence[str] = ()
) -> Ageing:
    """Say how much of the balance is how many days past due.

    Parameters
    ----------
    programme : Programme
        With a loan tape, see :func:`difass_analysis.finance.portfolio`.
    date : datetime.date or str, optional
        A date of the tape; its last one without it.
    by : sequence of str
        Columns of the tape to group by.

    Returns
    -------
    Ageing
        Every band of every group, also the empty ones; the whole balance of a loan stands in the
        band of its oldest unpaid instalment. ``share`` is missing where there is no balance.

    Raises
    ------
    InputError, UsageError
        As :func:`difass_analysis.finance.portfolio`.

    Notes
    -----
    Source: CGAP/SEEP (2003), Definitions of Selected Financial Terms, 3rd ed.: the outstanding
    balance of late loans, not their late instalments.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["a", "b"], "snapshot_date": [dt.date(2017, 12, 31)] * 2,
    ...     "outstanding_amount": [900.0, 100.0], "overdue_days": [0, 45]})
    >>> found = ageing(Programme.from_frames(loans=loans)).frame
    >>> dict(zip(found["band"], found["share"])) == {
    ...     "current": 0.9, "1-30": 0, "31-60": 0.1, "61-90": 0, "91-180": 0, "181+": 0}
    True
    """
    tape = tape_of(programme, date=date, by=by)
    refuse_repeated(tape)
    bands = bands_of(tape)
    out = nw.col("_outstanding")
    rows = tape.closing().with_columns(_band=band_number(bands))
    sums = rows.group_by(*tape.by, "_band").agg(
        loans=(out > 0).cast(nw.Int64).sum(),
        outstanding_amount=out.sum(),
        restructured_amount=nw.when(nw.col("_restructured")).then(out).otherwise(0).sum(),
        _unmarked=(nw.col("_unmarked") & (out > 0)).fill_null(False).cast(nw.Int64).sum(),
        _blank=nw.when(nw.col("_unmarked")).then(out).otherwise(0).sum(),
    )
    found = tape.collect(sums)
    return Ageing(
        frame=_every_band(tape, bands, found.drop(columns=["_unmarked", "_blank"])),
        provenance=programme.provenance,
        caveats=(*tape.caveats, *_gaps(tape, found)),
        by=tape.by,
        date=tape.date,
        currency=programme.currency,
    )


def _gaps(tape: Tape, found: pd.DataFrame) -> list[str]:
    """Say of which loans it is not marked whether they were restructured."""
    loans = int(found["_unmarked"].sum())
    if "restructured" not in tape.columns or not loans:
        return []
    return [unmarked_said(loans, float(found["_blank"].sum()), found["outstanding_amount"].sum())]


def _every_band(tape: Tape, bands: Sequence[tuple[int, int]], found: pd.DataFrame) -> pd.DataFrame:
    """Add the bands in which nothing is; that of unknown days is shown only where it is needed."""
    groups = list(tape.by)
    shown = pd.DataFrame(
        {
            "_band": range(len(bands)),
            "band": [band_name(*band) for band in bands],
            "from_days": [first for first, _ in bands],
            "to_days": [float(last) if last < ENDLESS else float("nan") for _, last in bands],
        }
    )
    if not (found.loc[found["_band"] == len(bands) - 1, "outstanding_amount"] > 0).any():
        shown = shown.iloc[:-1]
    cells = found[groups].drop_duplicates().merge(shown, how="cross") if groups else shown
    frame = cells.merge(found, on=[*groups, "_band"], how="left").drop(columns="_band")
    frame["loans"] = frame["loans"].fillna(0).astype("int64")
    for name in ("outstanding_amount", "restructured_amount"):
        frame[name] = frame[name].astype("float64").fillna(0.0) / MILLIONTHS
    amounts = frame["outstanding_amount"]
    if groups:
        total = frame.groupby(groups, dropna=False, sort=False)["outstanding_amount"].transform(
            "sum"
        )
    else:
        total = pd.Series(amounts.sum(), index=frame.index)
    frame["share"] = amounts / total.where(total > 0)
    frame["note"] = frame["share"].isna().map({True: "There is no balance.", False: ""})
    order = ["band", "from_days", "to_days", "loans", "outstanding_amount", "share"]
    return frame[[*groups, *order, "restructured_amount", "note"]]
