"""What a conversion says of itself: caveats under every result, and findings by table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from difass_analysis.money.dates import Dating
from difass_analysis.money.rows import UNLABELLED, Converted
from difass_analysis.programme import Programme
from difass_analysis.result import Findings, Provenance

#: Amounts at a day and not over a time.
STOCKS = {
    "enterprises": ("balance_amount",),
    "loans": ("outstanding_amount", "written_off_amount", "recovered_amount"),
    "funds": ("paid_in_amount", "allowance_amount"),
}
#: Tables of values whose unit stands beside each of them.
OWN_UNITS = ("conditions", "facts", "outputs", "outside_facts")

NOT_CONVERTED = "not_converted"


def remarks_of(
    programme: Programme,
    done: Sequence[Converted],
    *,
    to: str,
    opening: tuple[str, ...],
    envelopes: tuple[str, ...],
) -> tuple[str, ...]:
    """Sentences that go with every figure of a converted programme."""
    return (
        *opening[:1],
        *_main(programme, done, to),
        *opening[1:],
        *(_left_out(one) for one in done if one.left_out),
        *_incomplete(done),
        *_of_many_years(done),
        *_stocks(done),
        *_untouched(programme),
        *envelopes,
    )


def _main(programme: Programme, done: Sequence[Converted], to: str) -> list[str]:
    sources = list(dict.fromkeys(text for one in done for text in one.sources))
    dated = ", ".join(
        one.plan.dated_by() for one in done if not _at_prices(one.plan.dating, programme)
    )
    by_row = any(isinstance(one.plan.currency, tuple) for one in done)
    start = "the currency of each row" if by_row else programme.currency
    if not sources:
        return [f"Year of the amounts: {dated}."] if dated else []
    by = f"; {dated}" if dated else f"; amounts are in {programme.price_basis} prices"
    return [f"Amounts converted from {start} to {to}: {'; '.join(sources)}{by}."]


def _at_prices(dating: Dating, programme: Programme) -> bool:
    return isinstance(dating, int) and programme.price_basis == f"constant:{dating}"


def _left_out(one: Converted) -> str:
    count = sum(one.left_out.values())
    reasons = [f"{why} ({rows:,})" for why, rows in list(one.left_out.items())[:3]]
    more = len(one.left_out) - len(reasons)
    reasons += [f"{more} more reasons"] if more else []
    return (
        f"{count:,} of {one.rows:,} rows of {one.plan.table} with amounts are left out, not "
        f"converted: {'; '.join(reasons)}."
    )


def _incomplete(done: Sequence[Converted]) -> list[str]:
    counts: dict[str, int] = {}
    for one in done:
        for text, rows in one.said.items():
            counts[text] = counts.get(text, 0) + rows
    return [f"{text.rstrip('.')}: used for {rows:,} rows." for text, rows in counts.items()]


def _of_many_years(done: Sequence[Converted]) -> list[str]:
    schemes = [one.plan for one in done if one.plan.table == "schemes"]
    if not schemes or "max_grant_amount" not in schemes[0].money or len(done) == 1:
        return []
    return [
        "Caps and budgets of schemes are converted at one rate for all years, operations at "
        "their own: shares of a cap move with the exchange rate."
    ]


def _stocks(done: Sequence[Converted]) -> list[str]:
    found = [
        f"{one.plan.table}.{name}"
        for one in done
        for name in STOCKS.get(one.plan.table, ())
        if name in one.plan.money
    ]
    if not found:
        return []
    return [f"At averages, though amounts of a day rather than of a time: {', '.join(found)}."]


def _untouched(programme: Programme) -> list[str]:
    tables = [name for name in OWN_UNITS if name in programme.tables]
    kept = [f"values in {', '.join(tables)} (their unit stands beside them)"] if tables else []
    if any(UNLABELLED in lazy.collect_schema().names() for lazy in programme.tables.values()):
        kept.append(f"{UNLABELLED} (its currency is not known)")
    return [f"Not converted: {' and '.join(kept)}."] if kept else []


def left_out_findings(
    programme: Programme, done: Sequence[Converted], provenance: Provenance
) -> Findings:
    """Findings of the data with those of the conversion: one for each table and reason."""
    old = programme.findings
    rows = [_finding(one, why, count) for one in done for why, count in one.left_out.items()]
    counts = pd.DataFrame(
        [
            {
                "rule": NOT_CONVERTED,
                "table": one.plan.table,
                "severity": "warning",
                "checked": one.rows,
                "broken": sum(one.left_out.values()),
                "unknown": 0,
            }
            for one in done
        ]
    )
    told = programme.currency or "their own currency"
    note = (f"Findings of the data name amounts as they were loaded, in {told}.",)
    return replace(
        old,
        frame=_below(old.frame, pd.DataFrame(rows, columns=old.frame.columns)),
        rules=_below(old.rules, counts),
        provenance=provenance,
        caveats=(*old.caveats, *(note if len(old.frame) else ())),
    )


def _below(upper: pd.DataFrame, lower: pd.DataFrame) -> pd.DataFrame:
    if lower.empty:
        return upper
    return lower if upper.empty else pd.concat([upper, lower], ignore_index=True)


def _finding(one: Converted, why: str, count: int) -> dict[str, object]:
    dating = one.plan.dating
    shown = ", ".join(one.examples)
    return {
        "severity": "warning",
        "rule": NOT_CONVERTED,
        "table": one.plan.table,
        "file": "",
        "line": None,
        "column": dating[1] if isinstance(dating, tuple) else "",
        "key": "",
        "value": f"{count:,}",
        "message": (
            f"{count:,} of {one.rows:,} rows of {one.plan.table} with amounts are not converted: "
            f"{why}.{f' First rows left out: {shown}.' if shown else ''}"
        ),
        "todo": "Name a column with their date (date_column), or state the year of the amounts.",
    }
