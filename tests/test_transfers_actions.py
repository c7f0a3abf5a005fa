"""Action plans: states, what is late, changes of policy with what led to them, and findings."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from difass_analysis import check, load
from difass_analysis.errors import InputError, UsageError
from difass_analysis.mechanisms import changes_made, follow_actions
from difass_analysis.programme import Programme, Settings
from difass_analysis.schema.cooperation import ACTION_STATES, POLICY_CHANGES
from tests.tables import assert_shows, frame_of

RAW = Path(__file__).resolve().parents[1] / "data" / "raw"

ACTIONS = """
    | action_id | partner_name | policy_instrument | practice_id | action   | policy_change     | start_date | end_date   | cost_amount | status  | started_date | done_date  | dropped_date | policy_change_made | change_evidence |
    | a1        | Kent         | loan fund         | p           | a pilot  | new projects      | 2017-01-01 | 2017-06-30 | 1000        | done    | 2017-01-10   | 2017-07-10 |              | new projects       | call of 2018    |
    | a2        | Kent         | loan fund         | p           | training | better governance | 2017-01-01 | 2017-12-31 |             | started | 2017-02-01   |            |              |                    |                 |
    | a3        | Kent         |                   |             | a study  |                   |            |            | 500         | planned |              |            |              |                    |                 |
    | a4        | Crete        | fairs             | q           | a fair   | structural change | 2018-01-01 | 2018-12-31 |             |         | 2018-02-01   | 2018-11-30 |              | structural change  |                 |
    | a5        | Crete        | fairs             | q           | a map    |                   | 2018-01-01 | 2018-12-31 |             | dropped |              |            | 2018-03-01   |                    |                 |
    | a6        | Crete        | fairs             | q           | a list   |                   | 2018-01-01 |            |             |         |              |            |              |                    |                 |
    """  # noqa: E501
PRACTICES = "| practice_id | title |\n| p | A fund |\n| q | A fair |"


def programme(currency: str = "EUR", **tables: str) -> Programme:
    about = Settings(id="p", name="Test", currency=currency)
    return Programme.from_frames(
        settings=about, **{name: frame_of(text) for name, text in tables.items()}
    )


def followed(**options):
    made = programme(action_plans=ACTIONS, practices=PRACTICES)
    return follow_actions(made, as_of=dt.date(2018, 1, 31), **options)


def keys(made: Programme, rule: str) -> list[str]:
    frame = check(made).frame
    return frame.loc[frame["rule"] == rule, "key"].tolist()


def test_actions_are_followed_from_planned_to_done():
    assert_shows(
        followed().frame,
        """
        | action_id | practice_title | status  | days_late | gap |
        | a1        | A fund         | done    | 10        |     |
        | a2        | A fund         | started | 31        |     |
        | a3        |                | planned |           | no instrument; no practice or partner learnt from; no timeframe |
        | a4        | A fair         | done    | -31       | nothing shows the change |
        | a5        | A fair         | dropped |           |     |
        | a6        | A fair         |         |           | state not known |
        """,  # noqa: E501
    )


def test_the_summary_by_hand():
    found = followed()
    assert_shows(
        found.summary,
        """
        | partner_name | actions | planned | started | done | dropped | not_known | done_share | cost_amount | cost_known | new projects | better governance | structural change | changes | instruments_changed |
        | Crete        | 3       | 0       | 0       | 1    | 1       | 1         | 0.50       |             | 0          | 0            | 0                 | 1                 | 1       | 1                   |
        | Kent         | 3       | 1       | 1       | 1    | 0       | 0         | 0.33       | 1,500       | 2          | 1            | 0                 | 0                 | 1       | 1                   |
        """,  # noqa: E501
    )
    assert found.summary["note"].tolist() == ["No cost is known.", ""]
    assert found.summary["lower"].iloc[1] == pytest.approx(0.0084, abs=1e-4)
    assert found.summary["upper"].iloc[1] == pytest.approx(0.9057, abs=1e-4)
    assert "The cost of 4 of 6 actions is not known; it is in no sum." in found.caveats


def test_the_summary_by_instrument_keeps_those_without():
    summary = followed(by=["policy_instrument"]).summary
    assert summary["policy_instrument"].tolist() == ["(not known)", "fairs", "loan fund"]
    assert summary["actions"].tolist() == [1, 3, 2]
    with pytest.raises(UsageError, match="no column 'instrument'"):
        followed(by=["instrument"])


def test_without_a_currency_costs_are_not_added():
    found = follow_actions(programme(currency="", action_plans=ACTIONS), by=[])
    assert np.isnan(found.summary["cost_amount"].item())
    assert "currency is not stated" in found.summary["note"].item()


def test_changes_are_shown_with_what_led_to_them():
    found = changes_made(followed())
    assert_shows(
        found,
        """
        | policy_instrument | policy_change_made | change_evidence | action_id | practice_title |
        | loan fund         | new projects       | call of 2018    | a1        | A fund         |
        | fairs             | structural change  |                 | a4        | A fair         |
        """,
    )
    assert len(changes_made(followed(), kind="better governance")) == 0
    with pytest.raises(UsageError, match="no kind of change 'new project'"):
        changes_made(followed(), kind="new project")


def test_atm_promises_nine_plans_and_lists_no_action():
    with pytest.raises(InputError, match="its outputs promise 9 regional action plans"):
        follow_actions(load(RAW / "atm_for_smes"))


def test_findings_on_actions():
    made = programme(action_plans=ACTIONS)
    assert keys(made, "action_without_instrument") == ["a3"]
    assert keys(made, "change_unfounded") == ["a4"]
    assert keys(made, "action_dates_order") == []
    assert keys(made, "action_state_behind") == []
    turned = ACTIONS.replace("2017-07-10", "2017-01-09").replace("started |", "planned |")
    assert keys(programme(action_plans=turned), "action_dates_order") == ["a1"]
    assert keys(programme(action_plans=turned), "action_state_behind") == ["a2"]
    unlisted = ACTIONS.replace("new projects       |", "new project        |")
    assert keys(programme(action_plans=unlisted), "closed_list") == ["a1"]


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*ACTION_STATES, None]),
            st.sampled_from([*POLICY_CHANGES, None]),
            st.sampled_from(["x", "y", None]),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_groups_add_up_to_the_whole(cells):
    frame = pd.DataFrame(cells, columns=["status", "policy_change_made", "partner_name"])
    frame = frame.astype("object").assign(action_id=[f"a{n}" for n in range(len(cells))])
    made = Programme.from_frames(action_plans=frame)
    parts, whole = follow_actions(made).summary, follow_actions(made, by=[]).summary
    columns = ["actions", *ACTION_STATES, "not_known", *POLICY_CHANGES, "changes"]
    assert parts[columns].sum().tolist() == whole[columns].iloc[0].tolist()
    states = whole[[*ACTION_STATES, "not_known"]].iloc[0]
    assert states.sum() == whole["actions"].item() == len(cells)
