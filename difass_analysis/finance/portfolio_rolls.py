"""Roll rates: where balances go from one date of the tape to the next, and what is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from difass_analysis.errors import InputError
from difass_analysis.finance.portfolio_ageing import band_number, bands_of
from difass_analysis.finance.portfolio_lives import month_number
from difass_analysis.finance.portfolio_model import RollRates
from difass_analysis.finance.portfolio_rows import Tape, band_name, tape_of
from difass_analysis.programme import Programme
from difass_analysis.programme.canonical import MILLIONTHS

REPAID, WRITTEN_OFF, LEFT = "repaid", "written off", "left the tape"
ASSUMED = (
    "Expected loss assumes that balances go on moving as they did on average over the tape "
    "(a Markov chain that does not change), without discounting and before recoveries."
)
#: More than the days of a month, so that month and day pack into one number.
_DAYS = 32
#: Place after the bands of a row without a balance; before it come repaid and written off.
_BLANK = 2
_COLUMNS = ("loans", "balance_amount", "carried_amount", "written_off_amount")


def roll_rates(
    programme: Programme, *, date: dt.date | str | None = None, by: Sequence[str] = ()
) -> RollRates:
    """Say where balances move between one date and the next, and what they lose in the end.

    Parameters
    ----------
    programme : Programme
        With a loan tape of two dates or more; equal steps between them make sense.
    date : datetime.date or str, optional
        Last date that counts; the last one of the tape without it.
    by : sequence of str
        Columns of the tape to group by, as they are at the earlier date.

    Returns
    -------
    RollRates
        ``share`` is the balance of ``from_band`` at the earlier date that is in ``to_band`` at the
        later one, over all pairs of neighbouring dates. A loan that has no row at the next date
        has ``left the tape``; steps of loans that skip dates, or whose balance is blank at the
        next one, are left out and counted in a caveat. ``written off`` are loans that end with a
        write-off in that step; where the total written off falls, its largest so far counts. In
        ``loss``, ``loss_share`` solves l = w + B l, with w written off and B carried on per euro.

    Raises
    ------
    InputError
        When the tape has fewer than two dates, or a loan twice at one date; and as
        :func:`difass_analysis.finance.portfolio`.

    Notes
    -----
    Undefined are the rows of a band in which nothing was ever seen, and the loss of bands from
    which balances reach such a band. Source: Cyert, Davidson and Thompson (1962), Estimation of
    the allowance for doubtful accounts by Markov chains, Management Science 8, 287-303.

    Examples
    --------
    >>> loans = pd.DataFrame({
    ...     "loan_id": ["a", "b"] * 2,
    ...     "snapshot_date": [dt.date(2017, 1, 31)] * 2 + [dt.date(2017, 2, 28)] * 2,
    ...     "outstanding_amount": [100.0, 300.0, 80.0, 0.0],
    ...     "written_off_amount": [0.0] * 4, "overdue_days": [0, 0, 20, 0]})
    >>> found = roll_rates(Programme.from_frames(loans=loans)).frame
    >>> found[["from_band", "to_band", "share"]].values.tolist()
    [['current', '1-30', 0.25], ['current', 'repaid', 0.75]]
    """
    tape = tape_of(programme, date=date, by=by)
    if len(tape.dates) < 2:
        raise InputError(
            "The loan tape has fewer than two dates: nothing moves.",
            todo="Add the rows of an earlier date.",
        )
    bands = bands_of(tape)
    names = [*(band_name(*band) for band in bands), REPAID, WRITTEN_OFF, LEFT]
    pairs = _pairs(tape, bands)
    steps, said = _neighbours(tape, pairs, names)
    frame = _matrix(tape, steps, names)
    known = "written_off_amount" in tape.columns
    loss = _loss(tape, frame, names[: len(bands)], _closing(pairs, tape, names), known=known)
    return RollRates(
        frame=frame,
        provenance=programme.provenance,
        caveats=(*tape.caveats, *said, ASSUMED),
        by=tape.by,
        date=tape.date,
        currency=programme.currency,
        loss=loss,
    )


def _pairs(tape: Tape, bands: Sequence[tuple[int, int]], *, running: bool = False) -> pd.DataFrame:
    """Sums by date, next date of the same loan, and state at both.

    A total written off cannot fall. Where it does, all is counted again with the largest so far
    (``running``): it costs a pass that other tapes need not pay for.
    """
    out, lost = nw.col("_outstanding"), nw.col("_written_off").fill_null(0)
    count = len(bands)
    ended = nw.when(out.is_null()).then(nw.lit(count + _BLANK)).otherwise(nw.lit(count))
    state = nw.when(out > 0).then(band_number(bands)).otherwise(ended)
    # Date and state travel as one number: it halves what the engine sorts and looks up.
    day = nw.col("snapshot_date")
    whole = month_number(day) * _DAYS + day.dt.day().cast(nw.Int64)
    moment = (whole * _states(bands) + state.cast(nw.Int64)).cast(nw.Int32)
    rows = tape.until().select("loan_id", *tape.by, _moment=moment, _balance=out, _lost=lost)
    if running:
        most = nw.col("_lost").cum_max().over("loan_id", order_by="_moment")
        rows = rows.with_columns(_lost=most)
    following = {
        f"_next{name}": nw.col(name).shift(-1).over("loan_id", order_by="_moment")
        for name in ("_moment", "_balance", "_lost")
    }
    more = nw.col("_next_lost") - nw.col("_lost")
    steps = rows.with_columns(**following).filter((nw.col("_balance") > 0) | (more < 0))
    # What ended with a write-off of this step was written off; a loan of which a part was
    # written off earlier, and the rest is paid, was repaid.
    fell = (more > 0) & (nw.col("_next_balance").fill_null(1) <= 0)
    ends = nw.col("_next_moment") + fell.cast(nw.Int32)
    steps = steps.with_columns(_next_moment=ends, _more=more)
    sums = steps.group_by(*tape.by, "_moment", "_next_moment").agg(
        loans=nw.len(),
        balance_amount=nw.col("_balance").sum(),
        carried_amount=nw.col("_next_balance").sum(),
        written_off_amount=nw.col("_more").sum(),
        _least=nw.col("_more").min(),
    )
    frame = tape.collect(sums)
    if (frame["_least"] < 0).any() and not running:
        return _pairs(tape, bands, running=True)
    for name in _COLUMNS[1:]:
        frame[name] = frame[name].astype("float64").fillna(0.0) / MILLIONTHS
    return _unpacked(tape, frame, _states(bands))


def _states(bands: Sequence[tuple[int, int]]) -> int:
    """How many states a loan can be in: the bands, repaid, written off, and no balance given."""
    return len(bands) + _BLANK + 1


def _unpacked(tape: Tape, frame: pd.DataFrame, states: int) -> pd.DataFrame:
    """Part each moment into its date and the state of the loan."""
    days = {(day.year * 12 + day.month - 1) * _DAYS + day.day: day for day in tape.dates}
    frame = frame.sort_values(["_moment", "_next_moment"], kind="stable")
    for moment, date, state in (
        ("_moment", "snapshot_date", "_state"),
        ("_next_moment", "_next_date", "_next_state"),
    ):
        whole = frame.pop(moment).astype("Int64")
        frame[state] = whole % states
        frame[date] = (whole // states).map(days)
    return frame


def _neighbours(
    tape: Tape, pairs: pd.DataFrame, names: Sequence[str]
) -> tuple[pd.DataFrame, list[str]]:
    """Keep steps from a date to the very next one, and name where they lead."""
    earlier, later = pairs["snapshot_date"], pairs["_next_date"]
    if (earlier == later).any():
        raise InputError(
            "Loans stand more than once at one date.",
            todo="Keep one row a loan a date; the check lists all of them.",
        )
    following = dict(zip(tape.dates, tape.dates[1:], strict=False))
    expected = earlier.map(following)
    last = earlier == tape.dates[-1]
    gone = later.isna() & ~last
    blank = (later == expected) & (pairs["_next_state"] == names.index(WRITTEN_OFF) + 1)
    kept = ((later == expected) & ~blank) | gone
    steps = pairs[kept].assign(
        from_band=[names[int(state)] for state in pairs.loc[kept, "_state"]],
        to_band=[
            LEFT if pd.isna(state) else names[int(state)]
            for state in pairs.loc[kept, "_next_state"]
        ],
    )
    said = [
        f"{count:,} steps of loans that {what} are left out."
        for mask, what in (
            (~kept & ~last & ~blank, "skip a date"),
            (blank, "have no balance given at the next date"),
        )
        if (count := int(pairs.loc[mask, "loans"].sum()))
    ]
    amount, total = pairs.loc[gone, "balance_amount"].sum(), steps["balance_amount"].sum()
    if amount > 0:
        said.append(
            f"{amount / total:.2%} of the balances followed leave the tape with a balance: whether "
            "they were repaid or lost is not known, and expected loss counts no loss for them."
        )
    return steps, said


def _matrix(tape: Tape, steps: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    order = {name: place for place, name in enumerate(names)}
    keys = [*tape.by, "from_band", "to_band"]
    sums = steps.groupby(keys, dropna=False, as_index=False)[list(_COLUMNS)].sum()
    places = sums.assign(_f=sums["from_band"].map(order), _t=sums["to_band"].map(order))
    sums = places.sort_values([*tape.by, "_f", "_t"], kind="stable").drop(columns=["_f", "_t"])
    total = sums.groupby([*tape.by, "from_band"], dropna=False)[["balance_amount", "loans"]]
    whole = total.transform("sum")
    return sums.assign(
        share=sums["balance_amount"] / whole["balance_amount"],
        loan_share=sums["loans"] / whole["loans"],
        note="",
    ).reset_index(drop=True)


def _closing(pairs: pd.DataFrame, tape: Tape, names: Sequence[str]) -> pd.DataFrame:
    last = pairs[pairs["snapshot_date"] == tape.dates[-1]]
    last = last.assign(band=[names[int(state)] for state in last["_state"]])
    return last.groupby([*tape.by, "band"], dropna=False, as_index=False)[["balance_amount"]].sum()


def _loss(
    tape: Tape, matrix: pd.DataFrame, bands: list[str], closing: pd.DataFrame, *, known: bool
) -> pd.DataFrame:
    """Expected loss of each band and group, and of the balance at the closing date."""
    groups = list(tape.by)
    parts = matrix.groupby(groups, dropna=False, sort=False) if groups else [((), matrix)]
    frames = []
    for key, rows in parts:
        share, seen = _chain(rows, bands)
        frame = pd.DataFrame({"band": bands, "loss_share": share if known else np.nan})
        frame["note"] = [_reason(value, known, band in seen) for value, band in
                         zip(frame["loss_share"], bands, strict=True)]  # fmt: skip
        for name, value in zip(groups, cast(tuple[Any, ...], key), strict=True):
            frame[name] = value
        frames.append(frame)
    found = pd.concat([*frames, _new_groups(closing, matrix, groups, known=known)])
    joined = found.merge(closing, on=[*groups, "band"], how="left")
    joined["balance_amount"] = joined["balance_amount"].fillna(0.0)
    amount = joined["balance_amount"] * joined["loss_share"]
    joined["expected_loss_amount"] = amount.where(joined["balance_amount"] > 0, 0.0)
    held = joined["balance_amount"].gt(0) | joined["loss_share"].notna()
    columns = ["band", "balance_amount", "loss_share", "expected_loss_amount", "note"]
    return joined.loc[held, [*groups, *columns]].reset_index(drop=True)


def _new_groups(
    closing: pd.DataFrame, matrix: pd.DataFrame, groups: list[str], *, known: bool
) -> pd.DataFrame:
    """Bands of groups that the tape shows at its last date only."""
    if not groups:
        return pd.DataFrame()
    seen = matrix[groups].drop_duplicates()
    both = closing.merge(seen, on=groups, how="left", indicator=True)
    new = both.loc[both["_merge"] == "left_only", [*groups, "band"]]
    return new.assign(loss_share=np.nan, note=_reason(np.nan, known, False))


def _reason(value: float, known: bool, seen: bool) -> str:
    if not known:
        return "Write-offs are not known."
    if not np.isnan(value):
        return ""
    if not seen:
        return "Undefined: no balance in this band was followed to a next date."
    return "Undefined: its balances reach a band from which none was followed, or never end."


def _chain(rows: pd.DataFrame, bands: list[str]) -> tuple[NDArray[np.float64], set[str]]:
    """Solve l = w + B l for the bands from which everything that follows was seen."""
    size = len(bands)
    place = {name: number for number, name in enumerate(bands)}
    balance, written = np.zeros(size), np.zeros(size)
    carried = np.zeros((size, size))
    for row in rows.to_dict("records"):
        origin = place[row["from_band"]]
        balance[origin] += row["balance_amount"]
        written[origin] += row["written_off_amount"]
        if row["to_band"] in place:
            carried[origin, place[row["to_band"]]] += row["carried_amount"]
    seen = balance > 0
    safe = np.where(seen, balance, 1.0)
    matrix, lost = carried / safe[:, None], written / safe
    usable = seen.copy()
    for _ in range(size):  # a band that leads to one that is not usable is not usable itself
        usable &= ~((matrix > 0) & ~usable[None, :]).any(axis=1)
    share = np.full(size, np.nan)
    index = np.flatnonzero(usable)
    part = matrix[np.ix_(index, index)]
    if len(index) and np.abs(np.linalg.eigvals(part)).max() < 1 - 1e-9:
        share[index] = np.linalg.solve(np.eye(len(index)) - part, lost[index])
    return share, {name for name, number in place.items() if seen[number]}
