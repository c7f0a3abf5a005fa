# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Transfer
#
# Who passes on which practice to whom, how far has it come, and where would it work? First what
# the example says of DIFASS and MINI EUROPE. It names transfers and hardly more; whatever needs
# stages, needs, plans, framework conditions or ratings is shown on **invented tables, and they
# say so**.

# %%
from datetime import date

import numpy as np
import pandas as pd

import difass_analysis as da
from difass_analysis.errors import InputError
from difass_analysis.mechanisms import (
    context_distance,
    follow_actions,
    framework_conditions,
    match_needs,
    offers_of,
    quota_readings,
    stage_times,
    transfer_matrix,
    transferability,
    uptake_rates,
    weight_sensitivity,
)

difass = da.load("../data/raw/difass")
mini_europe = da.load("../data/raw/mini_europe")

# %% [markdown]
# ## DIFASS: two practices, eight transfers
#
# Exporters in rows, importers in columns. Italy takes up both practices; nobody passes on and
# takes up at once.

# %%
found = transfer_matrix(difass)
found.frame[["exporter", "importer", "title"]]

# %%
ax = found.plot()

# %%
ax = found.plot_network()

# %%
found.checks

# %% [markdown]
# That partners are not known is no error of the transfers: they name countries and a region, and
# the table of partners names organisations.

# %%
found.indicators.round(3)

# %% [markdown]
# Reciprocity of 0 is no failure here: the project set out to bring two practices to others. And
# all practices in the table were imported, because only those that were are in it: who wrote the
# list knew the outcome.
#
# ## MINI EUROPE: pairs that nobody listed
#
# Every partner was to export and import "two tools". The pairs are not in the source, so there is
# no matrix:

# %%
try:
    transfer_matrix(mini_europe)
except InputError as error:
    print(error.message)

# %% [markdown]
# "Two tools" can be read in two ways: two each way, or two in all. They differ by a factor of two,
# and the source does not decide. Nor does it say how many partners there are; found elsewhere, and
# kept apart from what the source says, are eight partner regions. A figure of transfers without
# its reading means nothing.

# %%
outside = mini_europe.table("outside_facts").set_index("variable")
regions = int(outside.at["partner regions", "value"])
quota_readings(regions)

# %% [markdown]
# ## How far did they come?
#
# The sources give no stage and no date of any transfer. Nothing is then known of uptake, and that
# is not the same as none:

# %%
uptake_rates(difass).rates[["stage", "reached", "agreed", "share", "unknown", "note"]]

# %% [markdown]
# With stages the answer is a share with an interval. **Invented, to show the method:** forty
# transfers among six partners, drawn at random, each stage reached with the probability 0.8.

# %%
invented = da.Settings(
    id="invented", name="Invented transfers", simulated=True, nuts_version="2016"
)
rng = np.random.default_rng(1)
names = ["Kent", "Molise", "Cantabria", "Ústí Region", "Lower Saxony", "Kujawsko-Pomorskie"]
stages = ["agreed", "prepared", "visited", "piloted", "adopted"]
rows = []
for number in range(40):
    exporter, importer = rng.choice(names, 2, replace=False)
    reached = int(np.cumprod(rng.random(4) < 0.8).sum())
    days = np.cumsum([0, *rng.integers(60, 240, reached)])
    start = pd.Timestamp("2016-01-01") + pd.Timedelta(days=int(rng.integers(0, 400)))
    dates = {
        f"{stage}_date": (start + pd.Timedelta(days=int(day))).date()
        for stage, day in zip(stages, days, strict=False)
    }
    rows.append(
        {
            "transfer_id": f"t{number}",
            "practice_id": f"p{number % 8}",
            "from_name": exporter,
            "to_name": importer,
            "stage": stages[reached],
            **dates,
        }
    )
transfers = da.Programme.from_frames(settings=invented, transfers=pd.DataFrame(rows))
uptake = uptake_rates(transfers)
uptake.frame[["stage", "reached", "agreed", "share", "lower", "upper", "note"]].round(2)

# %%
ax = uptake.plot()

# %% [markdown]
# The true share that is adopted is $0.8^4 = 0.41$. By importer the numbers are small, and the
# intervals say so:

# %%
uptake_rates(transfers, by=["importer"]).rates[
    ["importer", "reached", "agreed", "share", "lower", "upper", "note"]
].round(2)

# %%
stage_times(transfers, as_of=date(2018, 12, 31)).frame[
    ["from_stage", "to_stage", "transfers", "done", "under_way", "median_days", "lower", "upper"]
]

# %%
ax = transfer_matrix(transfers).plot()

# %%
transfer_matrix(transfers).caveats

# %% [markdown]
# ## In which conditions does a practice work?
#
# Framework conditions of seven regions. The regions are real, **the values are simulated**.

# %%
world = da.simulate(seed=1)
conditions = framework_conditions(world)
conditions.completeness

# %%
ax = conditions.plot()

# %% [markdown]
# How far is each region's context from that of an exporter, here Lower Saxony (`DE9`)? Every term
# is shown: two regions can be equally far for unlike reasons.

# %%
distance = context_distance(conditions, exporter="DE9")
distance.frame[["region", "distance", "rank", "weight_known_share"]].round(2)

# %%
ax = distance.plot()

# %% [markdown]
# Equal weights are a choice. With ten thousand other choices (Dirichlet draws), how often is a
# region among the three nearest? Where the share is neither near 1 nor near 0, the choice of
# weights decides and not the data.

# %%
tried = weight_sensitivity(distance)
tried.frame[["region", "rank", "top_share", "rank_best", "rank_worst"]].round(2)

# %%
ax = tried.plot()

# %% [markdown]
# ## Who could take up what
#
# Needs of importers and offers of exporters, both **invented**; context distances are those of the
# simulated conditions. Every term of the cost is shown, and so is why a need stays open.

# %%
offers = pd.DataFrame(
    {
        "practice_id": ["vouchers", "fair", "guarantee"],
        "exporter": ["DE9", "FRI", "UKJ4"],
        "mechanism": ["grant", "trade fair; grant", "guarantee"],
        "theme": ["first exports", "first exports; clusters", "access to finance"],
    }
)
needs = pd.DataFrame(
    {
        "importer": ["ITF2", "ES13", "PL61", "CZ042"],
        "mechanism": ["grant", "grant", "guarantee", "equity"],
        "theme": ["first exports", "clusters", "access to finance", "start-ups"],
    }
)
apart = pd.DataFrame(
    {
        exporter: context_distance(conditions, exporter=exporter)
        .frame.set_index("region")["distance"]
        .reindex(needs["importer"])
        for exporter in offers["exporter"]
    }
).T
matched = match_needs(needs, offers=offers, distance=apart, exports=1, provenance=world.provenance)
matched.frame.round(2)

# %%
matched.pairs[["importer", "practice_id", "cost", "possible", "reason", "matched"]].round(2)

# %% [markdown]
# The two practices of DIFASS as offers: no theme is recorded for them, so a matching by theme
# could not be made.

# %%
offers_of(difass)

# %% [markdown]
# ## What was done about it
#
# Action plans say what a partner will do with what it learnt. The example promises plans and holds
# none:

# %%
try:
    follow_actions(da.load("../data/raw/atm_for_smes"))
except InputError as error:
    print(error.message)

# %% [markdown]
# **Invented**, to show what is followed: from planned to done, and the change of policy it made.

# %%
actions = pd.DataFrame(
    {
        "action_id": ["a1", "a2", "a3", "a4"],
        "partner_name": ["Kent", "Kent", "Molise", "Molise"],
        "policy_instrument": ["loan fund", "export grants", "export grants", None],
        "learnt_from": ["Lower Saxony", "Cantabria", "Kent", None],
        "action": ["a call for start-ups", "vouchers", "vouchers", "a working group"],
        "start_date": ["2017-01-01", "2017-01-01", "2017-06-01", None],
        "end_date": ["2017-12-31", "2018-06-30", "2018-12-31", None],
        "status": ["done", "started", "dropped", "planned"],
        "done_date": ["2018-03-31", None, None, None],
        "policy_change": ["new projects", "new projects", "structural change", None],
        "policy_change_made": ["new projects", None, None, None],
        "change_evidence": ["12 loans in 2018", None, None, None],
    }
)
plans = da.Programme.from_frames(settings=invented, action_plans=actions)
followed = follow_actions(plans, as_of=date(2018, 12, 31))
followed.frame[["action", "partner_name", "status", "days_late", "policy_change_made", "gap"]]

# %%
followed.summary[["partner_name", "actions", "done", "changes", "done_share", "lower", "upper"]]

# %% [markdown]
# ## Would it work there?
#
# Three raters judge what a practice needs in two receiving contexts, from -2 (strong constraint)
# to 2 (strong support). These ratings are **invented for illustration**: nobody rated anything.

# %%
judged = {
    ("a bank that takes part", "high", "Molise"): (-2, -1, -2),
    ("a bank that takes part", "high", "Kent"): (1, 2, 1),
    ("experienced promoters", "high", "Molise"): (1, 1, 0),
    ("experienced promoters", "high", "Kent"): (2, 2, 2),
    ("companies that export", "medium", "Molise"): (0, -1, 0),
    ("companies that export", "medium", "Kent"): (1, 1, 2),
    ("a regional budget", "low", "Molise"): (2, 1, 2),
    ("a regional budget", "low", "Kent"): (-1, 0, -1),
}
ratings = pd.DataFrame(
    [
        {
            "practice_id": "guarantee",
            "component": component,
            "importance": importance,
            "importer": importer,
            "rater": f"rater {number}",
            "rating": rating,
        }
        for (component, importance, importer), given in judged.items()
        for number, rating in enumerate(given, start=1)
    ]
)
rated = transferability(da.Programme.from_frames(settings=invented, ratings=ratings))
rated.summary[["importer", "stoppers", "stopped_by", "constraints", "supports", "score", "note"]]

# %%
ax = rated.plot()

# %% [markdown]
# A stopper is never averaged away: Molise has no score, however well the rest is rated. Do the
# raters say the same thing? Krippendorff's alpha:

# %%
rated.agreement.frame[["value", "lower", "upper", "n", "raters"]].round(2)
