"""Each rule as a small table: rows that are fine, that break it, and of which it cannot tell."""

from __future__ import annotations

import csv
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import difass_analysis as da
from difass_analysis.loading import set_aside
from difass_analysis.programme import Budget, Settings
from difass_analysis.result import Findings
from difass_analysis.sources import shelf
from tests.tables import assert_shows, frame_of


@dataclass(frozen=True, kw_only=True)
class Case:
    """Tables by name, the findings that one rule makes of them, and its count of rows."""

    rule: str
    tables: dict[str, str]
    found: str
    counts: tuple[int, int, int]  # checked, broken, unknown
    budgets: tuple[Budget, ...] = ()
    says: tuple[str, ...] = field(default_factory=tuple)
    table: str = ""


OPERATION = "operation_id"
CASES = [
    # One row ----------------------------------------------------------------------------
    Case(
        rule="required",
        tables={
            "operations": """
            | operation_id | public_amount |
            | ------------ | ------------- |
            | fine         | 1             |
            |              | 2             |
            """
        },
        found="""
        | severity | line | column       | key |
        | -------- | ---- | ------------ | --- |
        | error    | 2    | operation_id |     |
        """,
        counts=(2, 1, 0),
        says=("operation_id (key of the operation) is missing.",),
    ),
    Case(
        rule="below_range",
        tables={
            "operations": """
            | operation_id | public_amount |
            | ------------ | ------------- |
            | fine         | 0             |
            | repaid       | -5            |
            | unknown      |               |
            """
        },
        found="""
        | severity | line | column        | key    | value |
        | -------- | ---- | ------------- | ------ | ----- |
        | error    | 2    | public_amount | repaid | -5.0  |
        """,
        counts=(2, 1, 1),
        says=("public_amount is -5; the amount cannot be below 0.",),
    ),
    Case(
        rule="below_range",
        tables={
            "calls": """
            | call_id | smes_count | year |
            | ------- | ---------- | ---- |
            | fine    | 0          | 1900 |
            | less    | -1         | 1899 |
            | unknown |            |      |
            """
        },
        found="""
        | severity | line | column     | key  | value |
        | -------- | ---- | ---------- | ---- | ----- |
        | error    | 2    | year       | less | 1899  |
        | error    | 2    | smes_count | less | -1.0  |
        """,
        counts=(4, 2, 2),
    ),
    Case(
        rule="above_range",
        tables={
            "operations": """
            | operation_id | public_amount     | eu_rate_share |
            | ------------ | ----------------- | ------------- |
            | fine         | 9,000,000,000,000 | 1             |
            | percent      | 5                 | 80            |
            | beyond       | 9,000,000,000,001 | 0.5           |
            | unknown      |                   |               |
            """
        },
        found="""
        | severity | line | column        | key     |
        | -------- | ---- | ------------- | ------- |
        | error    | 3    | public_amount | beyond  |
        | warning  | 2    | eu_rate_share | percent |
        """,
        counts=(6, 2, 2),
        says=("the amount cannot be above 9,000,000,000,000", "eu_rate_share is 80; the share"),
    ),
    Case(
        rule="closed_list",
        tables={
            "enterprises": """
            | sme_id  | size_class |
            | ------- | ---------- |
            | fine    | micro      |
            | other   | tiny       |
            | unknown |            |
            """
        },
        found="""
        | severity | line | column     | key   | value |
        | -------- | ---- | ---------- | ----- | ----- |
        | warning  | 2    | size_class | other | tiny  |
        """,
        counts=(2, 1, 1),
        says=("'tiny', which is none of micro, small, medium, large",),
    ),
    Case(
        rule="date_far_off",
        tables={
            "operations": """
            | operation_id | end_date   |
            | ------------ | ---------- |
            | fine         | 2013-12-31 |
            | early        | 1931-12-31 |
            | late         | 2213-12-31 |
            | unknown      |            |
            """
        },
        found="""
        | severity | line | column   | key   | value      |
        | -------- | ---- | -------- | ----- | ---------- |
        | warning  | 2    | end_date | early | 1931-12-31 |
        | warning  | 3    | end_date | late  | 2213-12-31 |
        """,
        counts=(3, 2, 1),
    ),
    Case(
        rule="amount_at_ceiling",
        tables={
            "operations": """
            | operation_id | public_amount |
            | ------------ | ------------- |
            | fine         | 21,474,835    |
            | cents        | 21,474,836.47 |
            | rounded      | 21,474,836    |
            | above        | 21,474,837    |
            | unknown      |               |
            """
        },
        found="""
        | severity | line | column        | key     |
        | -------- | ---- | ------------- | ------- |
        | warning  | 2    | public_amount | cents   |
        | warning  | 3    | public_amount | rounded |
        """,
        counts=(4, 2, 1),
    ),
    Case(
        rule="start_after_end",
        tables={
            "operations": """
            | operation_id | start_date | end_date   |
            | ------------ | ---------- | ---------- |
            | one day      | 2013-01-01 | 2013-01-01 |
            | turned       | 2013-01-02 | 2013-01-01 |
            | unknown      | 2013-01-02 |            |
            """
        },
        found="""
        | severity | line | column     | key    | value      |
        | -------- | ---- | ---------- | ------ | ---------- |
        | warning  | 2    | start_date | turned | 2013-01-02 |
        """,
        counts=(2, 1, 1),
        says=("It starts on 2013-01-02, after its end on 2013-01-01.",),
    ),
    Case(
        rule="parts_against_total",
        tables={
            "operations": """
            | operation_id | public_amount | private_amount | total_cost_amount |
            | ------------ | ------------- | -------------- | ----------------- |
            | fine         | 50            | 50             | 100               |
            | rounded      | 50            | 50             | 101               |
            | apart        | 50            | 50             | 101.01            |
            | above        | 50            | 52             | 100               |
            | unknown      |               | 50             | 100               |
            """
        },
        found="""
        | severity | line | column            | key   |
        | -------- | ---- | ----------------- | ----- |
        | warning  | 3    | total_cost_amount | apart |
        | warning  | 4    | total_cost_amount | above |
        """,
        counts=(4, 2, 1),
        says=("= 50 + 50 = 100, but total_cost_amount is 101.01: they differ by -1.01",),
    ),
    Case(
        rule="paid_above_granted",
        tables={
            "operations": """
            | operation_id | public_amount | paid_amount |
            | ------------ | ------------- | ----------- |
            | fine         | 100           | 100         |
            | rounded      | 100           | 101         |
            | too much     | 100           | 102         |
            | unknown      |               | 102         |
            """
        },
        found="""
        | severity | line | column      | key      | value |
        | -------- | ---- | ----------- | -------- | ----- |
        | warning  | 3    | paid_amount | too much | 102.0 |
        """,
        counts=(3, 1, 1),
        says=("102 was paid, more than the 100 granted.",),
    ),
    Case(
        rule="grant_above_cap",
        tables={
            "schemes": "| scheme_id | max_grant_amount |\n| capped | 80,000 |\n| free | |",
            "operations": """
            | operation_id | scheme_id | public_amount |
            | ------------ | --------- | ------------- |
            | fine         | capped    | 80,000        |
            | above        | capped    | 93,750        |
            | no cap       | free      | 93,750        |
            | no scheme    |           | 93,750        |
            """,
        },
        found="""
        | severity | line | column        | key   | value   |
        | -------- | ---- | ------------- | ----- | ------- |
        | warning  | 2    | public_amount | above | 93750.0 |
        """,
        counts=(2, 1, 2),
        says=("93,750 was granted, above the scheme's cap of 80,000.",),
    ),
    Case(
        rule="aid_above_share",
        tables={
            "schemes": "| scheme_id | max_aid_share |\n| half | 0.5 |",
            "calls": "| call_id | scheme_id |\n| c | half |",
            "operations": """
            | operation_id | call_id | public_amount | eligible_cost_amount |
            | ------------ | ------- | ------------- | -------------------- |
            | fine         | c       | 50            | 100                  |
            | above        | c       | 60            | 100                  |
            | unknown      | c       | 60            |                      |
            """,
        },
        found="""
        | severity | line | column        | key   | value |
        | -------- | ---- | ------------- | ----- | ----- |
        | warning  | 2    | public_amount | above | 60.0  |
        """,
        counts=(2, 1, 1),
        says=("60 was granted for an eligible cost of 100; the scheme pays at most 50%.",),
    ),
    # Keys -------------------------------------------------------------------------------
    Case(
        rule="duplicate_key",
        tables={
            "participations": """
            | operation_id | sme_id |
            | ------------ | ------ |
            | o1           | A      |
            | o1           | B      |
            | o1           | A      |
            | o2           | A      |
            | o1           | A      |
            """
        },
        found="""
        | severity | line | column       | key    | value  |
        | -------- | ---- | ------------ | ------ | ------ |
        | error    | 3    | operation_id | o1 / A | o1 / A |
        | error    | 5    | operation_id | o1 / A | o1 / A |
        """,
        counts=(5, 2, 0),
        says=("stands on line 1 already",),
    ),
    Case(
        rule="partly_told_apart",
        tables={
            "funding": """
            | operation_id | source_type      | reimbursable | instrument | committed_amount |
            | ------------ | ---------------- | ------------ | ---------- | ---------------- |
            | o1           | promotional_bank | true         | loan       | 100              |
            | o1           | promotional_bank | true         |            | 100              |
            | o1           | promotional_bank | true         | guarantee  | 50               |
            | o2           | promotional_bank | true         |            | 30               |
            | o3           | promotional_bank | true         | loan       | 20               |
            | o3           | promotional_bank | false        |            | 10               |
            """
        },
        found="""
        | severity | line | column     | key                          |
        | -------- | ---- | ---------- | ---------------------------- |
        | warning  | 2    | instrument | o1 / promotional_bank / True |
        """,
        counts=(6, 1, 0),
        says=("instrument is blank here and stated on another row",),
    ),
    Case(
        rule="unknown_reference",
        tables={
            "calls": "| call_id |\n| c1 |",
            "operations": """
            | operation_id | call_id |
            | ------------ | ------- |
            | fine         | c1      |
            | loose        | c9      |
            | without      |         |
            """,
        },
        found="""
        | severity | line | column  | key   | value |
        | -------- | ---- | ------- | ----- | ----- |
        | warning  | 2    | call_id | loose | c9    |
        """,
        counts=(2, 1, 1),
        says=("call_id = c9 is not in the table 'calls'.",),
    ),
    # Totals -----------------------------------------------------------------------------
    Case(
        rule="call_totals_infeasible",
        tables={
            "schemes": "| scheme_id | max_grant_amount |\n| s | 100 |",
            "calls": """
            | call_id | scheme_id | operations_count | public_amount |
            | ------- | --------- | ---------------- | ------------- |
            | fine    | s         | 3                | 300           |
            | short   | s         | 3                | 450           |
            | unknown | s         |                  | 450           |
            """,
        },
        found="""
        | severity | line | column        | key   | value |
        | -------- | ---- | ------------- | ----- | ----- |
        | warning  | 2    | public_amount | short | 450   |
        """,
        counts=(2, 1, 1),
        says=("3 operations at the cap of 100 make at most 300", "short by 150"),
    ),
    Case(
        rule="scheme_totals_infeasible",
        tables={
            "schemes": "| scheme_id | max_grant_amount |\n| s | 100 |\n| t | 100 |\n| u | 100 |",
            "calls": """
            | call_id | scheme_id | operations_count | public_amount |
            | ------- | --------- | ---------------- | ------------- |
            | s1      | s         | 3                | 300           |
            | s2      | s         | 3                | 301           |
            | s3      | s         | 1                | 110           |
            | t1      | t         | 3                | 400           |
            | t2      | t         | 3                | 200           |
            | u1      | u         | 1                | 400           |
            | u2      | u         |                  | 400           |
            """,
        },
        found="""
        | severity | line | column        | key | value |
        | -------- | ---- | ------------- | --- | ----- |
        | warning  | 1    | public_amount | s   | 711   |
        """,
        counts=(2, 1, 0),
        says=("All 3 calls of s together: 7 operations at the cap of 100 make at most 700",),
        table="schemes",
    ),
    Case(
        rule="public_share_below_rate",
        tables={
            "schemes": "| scheme_id | max_aid_share |\n| s | 0.5 |",
            "calls": """
            | call_id | scheme_id | public_amount | private_amount | additional_investment_amount |
            | ------- | --------- | ------------- | -------------- | ---------------------------- |
            | fine    | s         | 50            | 50             |                              |
            | low     | s         | 15            |                | 20                           |
            | low too | s         | 30            |                | 40                           |
            | unknown | s         | 15            |                |                              |
            """,
        },
        found="""
        | severity | line | column        | key          | value |
        | -------- | ---- | ------------- | ------------ | ----- |
        | note     | 2    | max_aid_share | low, low too | 42.9% |
        """,
        counts=(3, 1, 1),
        says=("Public money is 42.9% of all money, below the aid rate of 50%. Both can hold",),
    ),
    Case(
        rule="private_unsure",
        tables={
            "calls": """
            | call_id | private_amount | additional_investment_amount |
            | ------- | -------------- | ---------------------------- |
            | fine    | 10             |                              |
            | both    | 10             | 20                           |
            | third   |                | 20                           |
            | unsure  |                | 30                           |
            """
        },
        found="""
        | severity | line | column                       | key         | value |
        | -------- | ---- | ---------------------------- | ----------- | ----- |
        | note     | 3    | additional_investment_amount | third, unsure | 50    |
        """,
        counts=(4, 1, 0),
    ),
    Case(
        rule="scheme_years_without_calls",
        tables={
            "schemes": """
            | scheme_id | start_date | end_date   |
            | --------- | ---------- | ---------- |
            | fine      | 2017-01-01 | 2018-12-31 |
            | gaps      | 2013-01-01 | 2018-12-31 |
            """,
            "calls": """
            | call_id | scheme_id | year |
            | ------- | --------- | ---- |
            | a       | fine      | 2017 |
            | b       | fine      | 2018 |
            | c       | gaps      | 2017 |
            | d       | gaps      | 2018 |
            """,
        },
        found="""
        | severity | line | column | key  | value      |
        | -------- | ---- | ------ | ---- | ---------- |
        | warning  | 2    | year   | gaps | 2017, 2018 |
        """,
        counts=(2, 1, 0),
        says=("runs from 2013 to 2018, but calls are known for 2017, 2018 only",),
        table="schemes",
    ),
    Case(
        rule="smes_counted_per_call",
        tables={
            "calls": """
            | call_id | scheme_id | smes_count |
            | ------- | --------- | ---------- |
            | a       | s         | 200        |
            | b       | s         | 170        |
            | c       | s         |            |
            | d       | t         | 10         |
            """
        },
        found="""
        | severity | line | column     | key | value      |
        | -------- | ---- | ---------- | --- | ---------- |
        | warning  |      | smes_count | s   | 200 to 370 |
        """,
        counts=(2, 1, 0),
        says=("lies between 200 and 370",),
        table="schemes",
    ),
    Case(
        rule="call_totals_against_operations",
        tables={
            "calls": """
            | call_id | public_amount |
            | ------- | ------------- |
            | fine    | 30            |
            | apart   | 30            |
            | unknown |               |
            | empty   | 30            |
            """,
            "operations": """
            | operation_id | call_id | public_amount |
            | ------------ | ------- | ------------- |
            | o1           | fine    | 10            |
            | o2           | fine    | 20            |
            | o3           | apart   | 10            |
            | o4           | apart   | 15            |
            | o5           | unknown | 15            |
            """,
        },
        found="""
        | severity | line | column        | key   | value |
        | -------- | ---- | ------------- | ----- | ----- |
        | warning  | 2    | public_amount | apart | 30    |
        """,
        counts=(2, 1, 1),
        says=("Call apart states public_amount = 30; its operations make 25.",),
        table="calls",
    ),
    Case(
        rule="smes_money_against_operation",
        tables={
            "operations": """
            | operation_id | public_amount |
            | ------------ | ------------- |
            | fine         | 30            |
            | apart        | 30            |
            | unknown      |               |
            """,
            "participations": """
            | operation_id | sme_id | public_amount |
            | ------------ | ------ | ------------- |
            | fine         | A      | 10            |
            | fine         | B      | 20            |
            | apart        | A      | 10            |
            | unknown      | A      | 10            |
            """,
        },
        found="""
        | severity | column        | key   | value |
        | -------- | ------------- | ----- | ----- |
        | warning  | public_amount | apart | 10    |
        """,
        counts=(3, 1, 0),
        says=("The SMEs of operation apart received 10, the operation 30.",),
    ),
    Case(
        rule="beyond_budget",
        tables={
            "operations": """
            | operation_id | fund | eu_amount |
            | ------------ | ---- | --------- |
            | o1           | ERDF | 500       |
            | o2           | ERDF | 60        |
            | o3           | ESF  | 900       |
            """
        },
        budgets=(
            Budget(amount=100, currency="EUR", fund="ERDF", rate=5, tolerance_share=0.1),
            Budget(amount=1000, currency="EUR", fund="ESF"),
        ),
        found="""
        | severity | column    | value |
        | -------- | --------- | ----- |
        | warning  | eu_amount | 560   |
        """,
        counts=(2, 1, 0),
        says=("eu_amount of ERDF adds up to 560", "beyond the envelope of 100 EUR (500"),
    ),
    # Projects ---------------------------------------------------------------------------
    Case(
        rule="partner_counts_differ",
        tables={
            "projects": """
            | project_id | partners_count | partners_listed_count |
            | ---------- | -------------- | --------------------- |
            | fine       | 7              | 7                     |
            | apart      | 8              | 7                     |
            | unknown    | 8              |                       |
            """
        },
        found="""
        | severity | line | column         | key   | value |
        | -------- | ---- | -------------- | ----- | ----- |
        | warning  | 2    | partners_count | apart | 8 / 7 |
        """,
        counts=(2, 1, 0),
        says=("The text counts 8 partners, the listing 7.",),
    ),
    Case(
        rule="unlabelled_amount",
        tables={
            "projects": """
            | project_id | unlabelled_amount | unlabelled_share | budget_amount |
            | ---------- | ----------------- | ---------------- | ------------- |
            | fine       |                   |                  | 5             |
            | unlabelled | 1000              | 0.8              |               |
            """
        },
        found="""
        | severity | line | column            | key        | value    |
        | -------- | ---- | ----------------- | ---------- | -------- |
        | warning  | 2    | unlabelled_amount | unlabelled | 1,000.00 |
        """,
        counts=(2, 1, 0),
        says=("80.0% makes 800.00", "a total of 1,250.00"),
    ),
    Case(
        rule="dates_one_day_early",
        tables={
            "projects": """
            | project_id | start_date | end_date   |
            | ---------- | ---------- | ---------- |
            | fine       | 2017-01-01 | 2021-12-31 |
            | shifted    | 2016-12-31 | 2021-12-30 |
            | leap year  | 2016-12-31 | 2020-02-28 |
            | end only   | 2017-01-01 | 2021-12-30 |
            | unknown    | 2016-12-31 |            |
            """
        },
        found="""
        | severity | line | column     | key       |
        | -------- | ---- | ---------- | --------- |
        | warning  | 2    | start_date | shifted   |
        | warning  | 3    | start_date | leap year |
        """,
        counts=(4, 2, 0),
    ),
    Case(
        rule="project_incomplete",
        tables={
            "projects": """
            | project_id | programme_name | start_date | end_date   | budget_amount |
            | ---------- | -------------- | ---------- | ---------- | ------------- |
            | fine       | IVC            | 2012-01-01 | 2014-12-31 | 5             |
            | some       |                |            |            | 5             |
            | nothing    |                |            |            |               |
            """
        },
        found="""
        | severity | line | column         | key     |
        | -------- | ---- | -------------- | ------- |
        | warning  | 3    | programme_name | nothing |
        """,
        counts=(3, 1, 0),
    ),
    Case(
        rule="finished_but_planned",
        tables={
            "projects": "| project_id | status |\n| fine | Finished |\n| open | finished |\n"
            "| running | ongoing |",
            "outputs": """
            | output_id | project_id | planned | achieved |
            | --------- | ---------- | ------- | -------- |
            | u1        | fine       | 5       | 6        |
            | u2        | open       | 5       |          |
            | u3        | open       | 7       |          |
            | u4        | running    | 7       |          |
            """,
        },
        found="""
        | severity | line | column | key  | value    |
        | -------- | ---- | ------ | ---- | -------- |
        | warning  | 2    | status | open | finished |
        """,
        counts=(3, 1, 0),
        says=("2 outputs are known as planned only",),
        table="projects",
    ),
    Case(
        rule="eu_money_outside_union",
        tables={
            "projects": "| project_id | eu_amount |\n| p | 5 |\n| q | |",
            "regions": """
            | region_id | project_id | name   | region |
            | --------- | ---------- | ------ | ------ |
            | g1        | p          | Kent   | UKJ4   |
            | g2        | p          | Norway | NO     |
            | g3        | q          | Norway | NO     |
            | g4        | p          | Town   |        |
            """,
        },
        found="""
        | severity | line | column | key | value |
        | -------- | ---- | ------ | --- | ----- |
        | warning  | 2    | region | g2  | NO    |
        """,
        counts=(4, 1, 0),
        says=("Norway is outside the Union",),
    ),
    Case(
        rule="uptake_above_developed",
        tables={
            "outputs": """
            | output_id | indicator_code | achieved |
            | --------- | -------------- | -------- |
            | u1        | RCO83          | 4        |
            | u2        | RCR79          | 5        |
            | u3        | RCO116         | 4        |
            | u4        | RCR104         | 4        |
            """
        },
        found="""
        | severity | column   | key   | value |
        | -------- | -------- | ----- | ----- |
        | warning  | achieved | RCR79 | 5 / 4 |
        """,
        counts=(4, 1, 0),
    ),
    Case(
        rule="transfer_pairs_unknown",
        tables={
            "transfers": """
            | transfer_id | from_name | to_name |
            | ----------- | --------- | ------- |
            | t1          | Kent      | Crete   |
            | t2          | partners  | partners |
            | t3          | Kent      |         |
            """
        },
        found="""
        | severity | line | column  | key | value    |
        | -------- | ---- | ------- | --- | -------- |
        | warning  | 2    | to_name | t2  | partners |
        """,
        counts=(3, 1, 0),
    ),
    Case(
        rule="transfer_levels_differ",
        tables={
            "transfers": """
            | transfer_id | from_name | from_level | to_name |
            | ----------- | --------- | ---------- | ------- |
            | t1          | Kent      | region     | Crete   |
            | t2          | Finland   | country    | Crete   |
            | t3          | Malta     |            | Crete   |
            """
        },
        found="""
        | severity | column     | value           |
        | -------- | ---------- | --------------- |
        | warning  | from_level | country, region |
        """,
        counts=(3, 1, 0),
    ),
    Case(
        rule="importer_repeated",
        tables={
            "transfers": """
            | transfer_id | from_name | to_name |
            | ----------- | --------- | ------- |
            | t1          | Kent      | Crete   |
            | t2          | Malta     | Crete   |
            | t3          | Malta     | Kent    |
            """
        },
        found="""
        | severity | column  | value |
        | -------- | ------- | ----- |
        | note     | to_name | Crete |
        """,
        counts=(3, 1, 0),
        says=("3 transfers go to 2 different importers",),
    ),
    Case(
        rule="instrument_area_differs",
        tables={
            "policy_instruments": """
            | policy_instrument_id | region_name | instrument_region_name |
            | -------------------- | ----------- | ---------------------- |
            | p1                   | Kent        | Kent                   |
            | p2                   | Kent        | England                |
            | p3                   | Kent        | England                |
            | p4                   | Kent        |                        |
            """
        },
        found="""
        | severity | line | column                 | key | value   |
        | -------- | ---- | ---------------------- | --- | ------- |
        | warning  | 2    | instrument_region_name | p2  | England |
        """,
        counts=(3, 1, 0),
    ),
    Case(
        rule="approximate_value",
        tables={
            "facts": """
            | fact_id | key | column | value | kind        |
            | ------- | --- | ------ | ----- | ----------- |
            | n1      | a   | people | 20    | stated      |
            | n2      | b   | people | 20    | approximate |
            | n3      |     | firms  | 30    | approximate |
            """
        },
        found="""
        | severity | column | key | value |
        | -------- | ------ | --- | ----- |
        | note     | people | b   | 20    |
        | note     | firms  | n3  | 30    |
        """,
        counts=(3, 2, 0),
    ),
    Case(
        rule="practice_incomplete",
        tables={"practices": "| practice_id | title |\n| p | a tool |"},
        found="""
        | severity | column        | key |
        | -------- | ------------- | --- |
        | note     | short_summary | p   |
        """,
        counts=(1, 1, 0),
        says=("Mandatory fields that are empty, 10 of 11: ",),
    ),
    Case(
        rule="practice_text_too_long",
        tables={"practices": f"| practice_id | title |\n| p | {'t' * 101} |\n| q | t |"},
        found="""
        | severity | column | key |
        | -------- | ------ | --- |
        | note     | title  | p   |
        """,
        counts=(2, 1, 0),
        says=("Title has 101 characters, more than the 100 of the form.",),
    ),
    Case(
        rule="evidence_step_unfounded",
        tables={"practices": "| practice_id | evidence_step |\n| p | IV |\n| q | |"},
        found="""
        | severity | column        | key | value |
        | -------- | ------------- | --- | ----- |
        | warning  | evidence_step | p   | IV    |
        """,
        counts=(2, 1, 0),
    ),
    # Transfers --------------------------------------------------------------------------
    Case(
        rule="transfer_to_itself",
        tables={
            "transfers": """
            | transfer_id | practice_id | from_name | to_name |
            | ----------- | ----------- | --------- | ------- |
            | t1          | p           | Kent      | Crete   |
            | t2          | p           | Kent      | kent    |
            | t3          | p           | Kent      |         |
            """
        },
        found="""
        | severity | line | column  | key | value |
        | -------- | ---- | ------- | --- | ----- |
        | warning  | 2    | to_name | t2  | kent  |
        """,
        counts=(3, 1, 0),
    ),
    Case(
        rule="transfer_repeated",
        tables={
            "transfers": """
            | transfer_id | practice_id | from_name | to_name |
            | ----------- | ----------- | --------- | ------- |
            | t1          | p           | Kent      | Crete   |
            | t2          | p           | Kent      | Crete   |
            | t3          | q           | Kent      | Crete   |
            | t4          |             | Kent      | Crete   |
            """
        },
        found="""
        | severity | line | column  | key | value |
        | -------- | ---- | ------- | --- | ----- |
        | warning  | 2    | to_name | t2  | Crete |
        """,
        counts=(3, 1, 1),
    ),
    Case(
        rule="transfer_quota_not_met",
        tables={
            "facts": """
            | fact_id | column            | value | kind   |
            | ------- | ----------------- | ----- | ------ |
            | n1      | tools_per_partner | 2     | stated |
            """,
            "transfers": """
            | transfer_id | practice_id | from_name | to_name |
            | ----------- | ----------- | --------- | ------- |
            | t1          | p           | Kent      | Crete   |
            | t2          | q           | Crete     | Malta   |
            | t3          | r           | Malta     | Gozo    |
            """,
        },
        found="""
        | severity | column    | value |
        | -------- | --------- | ----- |
        | warning  | from_name | Gozo  |
        | warning  | from_name | Kent  |
        """,
        counts=(4, 2, 0),
        says=("'Gozo' passes on 0 and takes up 1;",),
    ),
    Case(
        rule="transfer_not_among_partners",
        tables={
            "partners": """
            | partner_id | name       | region | country_code | is_partner |
            | ---------- | ---------- | ------ | ------------ | ---------- |
            | o1         | Kent       |        |              | true       |
            | o2         | Heraklion  | EL431  | EL           |            |
            | o3         | Malta      |        |              | false      |
            """,
            "transfers": """
            | transfer_id | from_name | to_name | to_region |
            | ----------- | --------- | ------- | --------- |
            | t1          | Kent      | Crete   | EL43      |
            | t2          | Kent      | Malta   | MT        |
            """,
        },
        found="""
        | severity | column  | value |
        | -------- | ------- | ----- |
        | note     | to_name | Malta |
        """,
        counts=(3, 1, 0),
        says=("it lists 2.",),
    ),
]
READING_RULES = {
    *("unreadable", "wrong_number_of_fields", "spellings_united", "value_not_mapped"),
    *("about_the_file", "recorded_note", "record_put_together", "file_not_as_expected"),
    "none_given",
}


@pytest.fixture(scope="module")
def examples() -> tuple[da.Programme, ...]:
    return da.load_all()


def checked(case: Case) -> Findings:
    rules = Settings(id="p", name="P", currency="EUR", budgets=case.budgets)
    frames = {name: frame_of(text) for name, text in case.tables.items()}
    return da.check(da.Programme.from_frames(settings=rules, **frames))


@pytest.fixture(scope="module")
def results() -> list[Findings]:
    return [checked(case) for case in CASES]


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: CASES[number].rule)
def test_rule(number: int, results: list[Findings]) -> None:
    case, findings = CASES[number], results[number]
    mine = findings.frame[findings.frame["rule"] == case.rule].reset_index(drop=True)
    assert_shows(mine, case.found)
    for sentence in case.says:
        assert sentence in " ".join(mine["message"])
    assert (mine["todo"] != "").all()
    table = case.table or list(case.tables)[-1]
    assert set(mine["table"]) == {table}
    counted = findings.rules.query("rule == @case.rule and table == @table")
    sums = counted[["checked", "broken", "unknown"]].sum()
    assert tuple(sums) == case.counts


def test_every_rule_that_the_package_applies_has_a_case(
    results: list[Findings], examples: tuple[da.Programme, ...]
) -> None:
    applied = {rule for findings in results for rule in findings.rules["rule"]}
    applied |= {rule for programme in examples for rule in programme.findings.rules["rule"]}
    assert applied - READING_RULES == {case.rule for case in CASES}


# Reading ------------------------------------------------------------------------------------------

PROFILE = """
[file]
delimiter = ";"
[values]
decimal = ","
thousands = "."
dates = ["%d.%m.%Y"]
[tables.operations.columns]
operation_id = "key"
public_amount = "granted"
start_date = "begin"
year = "year"
[tables.operations.columns.region]
from = "place"
[tables.operations.columns.region.map]
"North" = "N1"
"South" = "S1"
"""


def written_file(folder: Path, text: str) -> Path:
    (folder / "ours.toml").write_text(PROFILE, encoding="utf-8")
    (folder / "list.csv").write_text(text, encoding="utf-8")
    return folder / "list.csv"


def test_findings_of_the_reading(tmp_path: Path) -> None:
    path = written_file(
        tmp_path,
        "key;granted;begin;year;place\n"
        "fine;1.234,50;31.12.2016;2016;North\n"
        "english;1,234.50;31.12.2016;2016;South\n"
        "no day;10;31.02.2016;2016;NORTH\n"
        "no year;10;31.12.2016;16;South\n"
        "short;10\n"
        '"two\nlines";10;31.12.2016;2016;South\n'
        "nowhere;10;31.12.2016;2016;Moon\n"
        "blank;;;;\n",
    )
    programme = da.load(path, profile=tmp_path / "ours.toml")
    assert_shows(
        programme.findings.frame[lambda found: found["rule"] != "about_the_file"],
        """
        | severity | rule                   | line | column        | value      |
        | -------- | ---------------------- | ---- | ------------- | ---------- |
        | error    | unreadable             | 3    | public_amount | 1,234.50   |
        | error    | unreadable             | 5    | year          | 16         |
        | error    | wrong_number_of_fields | 6    |               | short,10   |
        | warning  | unreadable             | 4    | start_date    | 31.02.2016 |
        | warning  | unreadable             | 9    | region        | Moon       |
        | warning  | value_not_mapped       |      | region        |            |
        | note     | spellings_united       |      | region        | N1         |
        """,
    )
    assert_shows(
        programme.findings.files,
        """
        | file     | table      | profile | read | kept | rejected |
        | -------- | ---------- | ------- | ---- | ---- | -------- |
        | list.csv | operations | ours    | 8    | 5    | 3        |
        """,
    )
    assert_shows(
        programme.findings.rejects,
        """
        | file     | line | table      | reason                    | raw                                      |
        | -------- | ---- | ---------- | ------------------------- | ---------------------------------------- |
        | list.csv | 3    | operations | unreadable: public_amount | english,"1,234.50",31.12.2016,2016,South |
        | list.csv | 5    | operations | unreadable: year          | no year,10,31.12.2016,16,South           |
        | list.csv | 6    | operations | wrong_number_of_fields    | short,10                                 |
        """,  # noqa: E501
    )
    assert_shows(
        programme.table("operations"),
        """
        | year | region | start_date | public_amount |
        | ---- | ------ | ---------- | ------------- |
        | 2016 | N1     | 2016-12-31 | 1234.50       |
        | 2016 | N1     |            | 10            |
        | 2016 | S1     | 2016-12-31 | 10            |
        | 2016 |        | 2016-12-31 | 10            |
        |      |        |            |               |
        """,
    )
    assert "3 of 8 rows of list.csv (operations) could not be used" in " ".join(
        da.measure(programme, indicators=["public"]).caveats
    )


def test_a_map_may_list_two_spellings_that_are_read_alike(tmp_path: Path) -> None:
    """Case and blanks do not count in a map: "North" and "NORTH" are one entry."""
    path = written_file(tmp_path, "key;granted;begin;year;place\na;1;;;NORTH\nb;2;;;north\n")
    twice = PROFILE.replace('"North" = "N1"', '"North" = "N1"\n"NORTH" = "N1"')
    (tmp_path / "ours.toml").write_text(twice, encoding="utf-8")
    programme = da.load(path, profile=tmp_path / "ours.toml")
    assert programme.table("operations")["region"].tolist() == ["N1", "N1"]


# Rows read = rows kept + rows rejected ------------------------------------------------------------

CELLS = st.one_of(
    st.sampled_from(["", "5", "12.50", "-3", "twelve", "1,234.50", "nan", '"', "x\ny", "2e3"]),
    st.text(alphabet='ab1.,;"-\n ', max_size=6),
)
LINES = st.one_of(
    st.tuples(st.sampled_from(["a", "b", "c", "d", ""]), CELLS, CELLS).map(list),
    st.lists(CELLS, min_size=1, max_size=5),
)


@settings(max_examples=20)
@given(st.lists(LINES, min_size=1, max_size=8), st.booleans())
def test_no_row_is_lost_silently(lines: list[list[str]], quoted: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "operations.csv"
        with path.open("w", encoding="utf-8", newline="") as handle:
            handle.write("operation_id,public_amount,private_amount\nfirst,1,2\n")
            if quoted:
                csv.writer(handle, lineterminator="\n").writerows(lines)
            else:
                handle.writelines(",".join(cells) + "\n" for cells in lines)
        programme = da.load(path)
        findings = programme.findings
        account = findings.files.iloc[0]
        assert account["read"] == account["kept"] + account["rejected"]
        assert account["kept"] == len(programme.table("operations"))
        assert account["rejected"] == findings.rejects["line"].nunique()
        if quoted:
            assert account["read"] == 1 + sum(any(cells) for cells in lines)
        kept = programme.table("operations")
        assert kept["operation_id"].is_unique and kept["operation_id"].notna().all()
        assert (kept["public_amount"].dropna() >= 0).all()
        record = programme.provenance.files[0]
        assert (record.rows_read, record.rows_kept) == (account["read"], account["kept"])


def test_every_table_of_the_example_adds_up(examples: tuple[da.Programme, ...]) -> None:
    for programme in examples:
        files = programme.findings.files
        assert (files["read"] == files["kept"] + files["rejected"]).all()
        assert (files["rejected"] == 0).all()
        for row in files.itertuples():
            assert len(programme.table(row.table)) == row.kept > 0
        assert programme.findings.count("error") == 0
        assert programme.checked


def test_a_programme_of_frames_sets_the_same_rows_aside() -> None:
    frame = frame_of(
        """
        | operation_id | public_amount | private_amount |
        | ------------ | ------------- | -------------- |
        | a            | 10            | 5              |
        | a            | 100           | 5              |
        | b            | -10           | 5              |
        | c            | 30            | 5              |
        """
    )
    programme = da.Programme.from_frames(operations=frame)
    assert len(programme.table("operations")) == 4
    kept = set_aside(programme)
    assert kept.table("operations")["operation_id"].tolist() == ["a", "c"]
    assert da.measure(kept, indicators=["public"]).frame["value"].tolist() == [40]
    assert kept.findings.count("error") == 2
    assert kept.findings.rejects["reason"].tolist() == [
        "duplicate_key: operation_id",
        "below_range: public_amount",
    ]


# Recorded inconsistencies -------------------------------------------------------------------------


def test_every_recorded_inconsistency_is_found_or_listed(
    examples: tuple[da.Programme, ...],
) -> None:
    by_rule, listed = [], []
    for programme in examples:
        found = programme.findings.frame
        notes = programme.table("notes").astype("object").fillna("")
        recorded = found[found["rule"] == "recorded_note"]
        for note in notes.itertuples():
            if note.found_by:
                assert (found["rule"] == note.found_by).any(), note.note_id
                assert note.note_id not in set(recorded["value"])
                by_rule.append(note.note_id)
            else:
                row = recorded[recorded["value"] == note.note_id]
                assert len(row) == 1 and row["message"].iloc[0] == note.text
                assert row["severity"].iloc[0] == note.severity
                listed.append(note.note_id)
        assert len(recorded) == (notes["found_by"] == "").sum()
    assert (len(by_rule), len(listed)) == (17, 14)
    assert len(set(by_rule + listed)) == 31


def test_a_note_whose_rule_finds_nothing_says_so() -> None:
    notes = frame_of(
        """
        | note_id | table | severity | text           | treatment | found_by               |
        | ------- | ----- | -------- | -------------- | --------- | ---------------------- |
        | n1      | calls | error    | It is too much | Ask       | call_totals_infeasible |
        | n2      | calls | note     | Strange        | Ask       |                        |
        """
    )
    calls = frame_of("| call_id | public_amount |\n| c | 5 |")
    found = da.check(da.Programme.from_frames(notes=notes, calls=calls)).frame
    assert_shows(
        found[found["rule"] == "recorded_note"],
        """
        | severity | value | message                                                          |
        | -------- | ----- | ---------------------------------------------------------------- |
        | warning  | n1    | It is too much (expected from the rule call_totals_infeasible)   |
        | note     | n2    | Strange                                                          |
        """,
    )


def test_kinds_of_facts_are_carried(examples: tuple[da.Programme, ...]) -> None:
    kinds: dict[str, int] = {}
    for programme in examples:
        facts = programme.table("facts")
        assert facts["kind"].isin(["stated", "derived", "approximate", "assumed"]).all()
        assert (facts["source"].fillna("") != "").all()
        for kind, count in facts["kind"].value_counts().items():
            kinds[str(kind)] = kinds.get(str(kind), 0) + int(count)
        approximate = (programme.findings.frame["rule"] == "approximate_value").sum()
        assert approximate == (facts["kind"] == "approximate").sum()
    assert set(kinds) >= {"stated", "derived", "approximate"}


def test_totals_that_were_only_carried_to_calls_have_no_error() -> None:
    """An average carried to each call is no observation of it: no spread may be read from it."""
    calls = frame_of(
        """
        | call_id | public_amount | private_amount |
        | ------- | ------------- | -------------- |
        | a       | 100           | 50             |
        | b       | 200           | 150            |
        | c       | 300           | 100            |
        """
    )
    facts = frame_of(
        """
        | fact_id | table | key | column        | value | kind    |
        | ------- | ----- | --- | ------------- | ----- | ------- |
        | n1      | calls | a   | public_amount | 100   | derived |
        """
    )
    plain = da.measure(
        da.Programme.from_frames(calls=calls), indicators=["private_per_public"]
    ).frame.iloc[0]
    carried = da.measure(
        da.Programme.from_frames(calls=calls, facts=facts), indicators=["private_per_public"]
    ).frame.iloc[0]
    assert plain["value"] == carried["value"] == 0.5
    assert plain["se"] > 0 and pd.isna(carried["se"]) and pd.isna(carried["lower"])
    assert carried["note"].startswith(
        "No interval: the figures of single calls for public money granted are derived, not "
        "observed, so nothing shows how far chance could move them."
    )


# Budget -------------------------------------------------------------------------------------------


def romania_with(shared: Path, folder: Path, old: str, new: str) -> Findings:
    shipped = Path(shelf.__file__).parent / "profiles" / "ro_regional_op_2007_2013.toml"
    text = shipped.read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / "misread.toml").write_text(text.replace(old, new), encoding="utf-8")
    path = shared / "data" / "lists" / "ro_regional_op_2007_2013.csv"
    return da.load(path, profile=folder / "misread.toml").findings


def test_misread_decimal_mark_makes_unreadable_cells(shared: Path, tmp_path: Path) -> None:
    for number, wrong in enumerate(('decimal = "."', 'decimal = "."\nthousands = ","')):
        folder = tmp_path / str(number)
        folder.mkdir()
        findings = romania_with(shared, folder, 'decimal = ","', wrong)
        cells = findings.frame[findings.frame["rule"] == "unreadable"]
        by_column = cells.groupby("column").size().to_dict()
        assert by_column == {
            "eu_amount": 155,
            "national_public_amount": 157,
            "own_amount": 145,
            "ineligible_cost_amount": 156,
            "total_cost_amount": 157,
        }
        assert set(cells["severity"]) == {"error"}
        account = findings.files.iloc[0]
        assert account["rejected"] == cells["line"].nunique() > 0
        assert account["read"] == 4636 == account["kept"] + account["rejected"]


def test_amounts_in_another_unit_go_beyond_the_budget(shared: Path, tmp_path: Path) -> None:
    findings = romania_with(
        shared, tmp_path, 'eu_amount = "FEDR"', 'eu_amount = { from = "FEDR", scale = 100 }'
    )
    found = findings.frame[findings.frame["rule"] == "beyond_budget"]
    assert len(found) == 1 and found["severity"].iloc[0] == "warning"
    assert "beyond the envelope of 4,000,000,000 EUR" in found["message"].iloc[0]
    assert "decimal and thousands marks" in found["todo"].iloc[0]
