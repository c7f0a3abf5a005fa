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
# # Mechanisms
#
# What is known of the good practices of the example, why are they said to work, and how could one
# find out? First the sources, then a **simulated** programme whose true mechanism is known, to see
# which method finds it.

# %%
from dataclasses import replace
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

import difass_analysis as da
from difass_analysis import evidence
from difass_analysis.comparison import heterogeneity
from difass_analysis.mechanisms import (
    assess_practices,
    barrier_gaps,
    coverage,
    framework_conditions,
    qca,
    rank_correlation,
    three_ways,
)
from difass_analysis.reporting.fact_sheets import write_fact_sheets

programmes = {one.id: one for one in da.load_all()}
list(programmes)

# %% [markdown]
# ## Good practices: how full is the record, how far does its evidence reach?
#
# The two stand side by side and are never multiplied. The record of Emilia-Romagna is nearly full,
# and nobody has declared what its evidence shows; of the two practices of DIFASS the sources give
# little more than the titles.

# %%
with_practices = [one for one in programmes.values() if "practices" in one.tables]
records = {one.id: assess_practices(one) for one in with_practices}
pd.concat([found.frame for found in records.values()])[
    ["practice_id", "filled", "mandatory", "evidence_step", "missing", "too_long", "note"]
]

# %%
ax = records["difass"].plot()

# %% [markdown]
# Each practice has a fact sheet, as a page and as a Word document; `difass practices` writes them
# with a catalogue to search.

# %%
with TemporaryDirectory() as folder:
    sheets = write_fact_sheets(programmes["emilia_romagna_clusters"], folder)
    sizes = {path.name: path.stat().st_size for path in sheets}
sizes

# %% [markdown]
# ## Why it is said to work
#
# The sources hold no table of claims. The fact sheet of Emilia-Romagna has three statements on why
# others could learn from it. Put into context, resource, reasoning and outcome they read as below.
# This is **our reading**: the words in `reasoning` are read into the text. The text states one
# thing in support, the two million that companies or promoters add on average; it is monitoring,
# and says nothing of what they would have done anyway.

# %%
claims = pd.DataFrame(
    {
        "claim_id": ["a", "b", "c"],
        "context": [
            "A region with a rather small budget",
            "SMEs that would go abroad alone",
            "Business support organisations of unlike experience",
        ],
        "resource": [
            "half of the cost of a joint project",
            "joint promotion and scouting of markets",
            "a promoter that knows the market",
        ],
        "reasoning": ["promoters add their own money", "each risks and invests less", None],
        "outcome": ["many SMEs are reached", "they enter a foreign market", "the project succeeds"],
        "evidence_for": ["2 million EUR are added to 1.5 million on average", None, None],
        "status": "open",
    }
)
covered = coverage(da.Programme.from_frames(mechanism_claims=claims))
covered.frame[["id", "statement", "evidence_for", "evidence_against", "rivals", "gap"]]

# %%
ax = covered.plot()

# %% [markdown]
# ## Barriers, and what is recorded to address them
#
# The projects name barriers, and they name instruments; which answers which is not in the sources,
# and is not guessed from the words. Each barrier is therefore a gap: a question to the partners.

# %%
gaps = {
    name: barrier_gaps(one)
    for name, one in programmes.items()
    if "barriers" in one.tables and len(barrier_gaps(one).frame)
}
pd.DataFrame(
    {
        "barriers": {name: found.frame["barrier_id"].nunique() for name, found in gaps.items()},
        "with a gap": {name: found.gaps["barrier_id"].nunique() for name, found in gaps.items()},
        "mechanisms that answer none": {name: len(found.idle) for name, found in gaps.items()},
    }
)

# %%
gaps["difass"].frame[["statement", "gap"]]

# %% [markdown]
# ## Why no QCA is made of the example
#
# Qualitative comparative analysis needs cases, each with an outcome and with conditions. There are
# five programmes here. By the rule of thumb of this package (a case for each configuration,
# $2^k \le N + 1$) five cases carry two conditions. And there is no outcome: no programme has a
# table of what became of firms, and none has a survey. What they can support at most:

# %%
pd.DataFrame(
    {
        "highest step": {
            name: evidence.supported(one.tables).sentence() for name, one in programmes.items()
        },
        "outcomes of firms": {name: "outcomes" in one.tables for name, one in programmes.items()},
        "surveys": {name: "surveys" in one.tables for name, one in programmes.items()},
    }
)

# %% [markdown]
# With two conditions four configurations are possible; whatever five numbers were put in as
# outcome, some combination would fit them. A solution would be an artefact.
#
# ## A simulated programme whose mechanism is known
#
# Sixteen regions, five kinds of support. The names of seven regions are real, **everything else is
# simulated** and describes no real programme. The truth: fairs and funds work everywhere, online
# tools nowhere, workshops only where institutions are good, matchmaking only where markets are
# near.

# %%
programme = da.simulate(seed=1, regions=16, operations=4000, panel_firms=30_000)
truth = programme.truth
truth.contexts

# %% [markdown]
# The outcome is the growth of turnover. For each supported firm: log turnover from the year of
# support on, less that before; both less the mean of never supported firms of the same year. Cells
# are region and kind of support, with 30 firms or more. This is the plainest difference in
# differences; in this simulation trends are parallel, which in real data nobody knows.

# %%
firms = programme.table("outcomes")
firms = firms[firms["alive"] & (firms["turnover_amount"] > 0)]
firms = firms.assign(turnover=np.log(firms["turnover_amount"]))
rows = programme.table("operations")[["operation_id", "year", "mechanism", "region"]]
support = programme.table("participations")[["operation_id", "sme_id"]].merge(rows)
first = support.sort_values(["year", "operation_id"]).drop_duplicates("sme_id")
never = firms[~firms["sme_id"].isin(first["sme_id"])].groupby("year")["turnover"].mean()

# %%
panel = firms[["sme_id", "year", "turnover"]].merge(
    first[["sme_id", "year", "mechanism", "region"]], on="sme_id", suffixes=("", "_of_support")
)
panel["beyond"] = panel["turnover"] - panel["year"].map(never)
panel["after"] = panel["year"] >= panel["year_of_support"]
means = panel.groupby(["sme_id", "mechanism", "region", "after"])["beyond"].mean().unstack()
change = (means[True] - means[False]).dropna()
cells = change.groupby(["region", "mechanism"]).agg(["mean", "sem", "size"]).reset_index()
cells = cells[cells["size"] >= 30]

conditions = framework_conditions(programme)
context = conditions.frame.pivot(index="region", columns="indicator", values="value")
cells = cells.merge(context, on="region")
true = truth.effects[truth.effects["outcome"] == "turnover_amount"]
cells = cells.merge(true[["region", "mechanism", "effect"]], on=["region", "mechanism"])
cells.index = cells["region"] + " " + cells["mechanism"]
f"{len(cells)} cells; correlation with the true effect {cells['mean'].corr(cells['effect']):.2f}"

# %% [markdown]
# ### First way: sets
#
# Anchors are decisions with reasons. That the true thresholds are the means of regions is luck that
# real data do not offer; what other anchors would give is asked below.

# %%
why = "the mean of regions"
institutions = qca.calibrate(
    cells["institutional_quality"],
    exclusion=-0.5,
    crossover=0,
    inclusion=0.5,
    reasons={"crossover": why, "exclusion": "clearly below", "inclusion": "clearly above"},
)
market = qca.calibrate(
    cells["market_access"],
    exclusion=85,
    crossover=100,
    inclusion=115,
    reasons={"crossover": why, "exclusion": "clearly below", "inclusion": "clearly above"},
)
growth = qca.calibrate(
    cells["mean"].rename("growth of turnover, log points"),
    exclusion=0.02,
    crossover=0.045,
    inclusion=0.07,
    reasons={
        "exclusion": "as cells of online tools, which nobody expects to work",
        "crossover": "half way",
        "inclusion": "worth a programme",
    },
)
growth = replace(growth, provenance=programme.provenance)  # so that pictures say: simulated
kinds = {
    "FAIRS": "trade missions/fairs",
    "FUNDS": "investment funds",
    "WORKSHOPS": "workshops",
    "MATCHING": "B2B matchmaking",
}
cases = pd.DataFrame(
    {name: (cells["mechanism"] == kind).astype(float) for name, kind in kinds.items()}
    | {
        "INSTITUTIONS": institutions.membership,
        "MARKET": market.membership,
        "GROWTH": growth.membership,
    }
)
names = list(cases.columns[:-1])
growth.anchor_table()

# %%
ax = growth.plot()

# %% [markdown]
# No condition is necessary: there are several ways to growth.

# %%
needed = qca.necessity(cases, outcome="GROWTH", conditions=names)
needed.frame[needed.frame["consistency"] > 0.7].round(2)

# %%
table = qca.truth_table(cases, outcome="GROWTH", conditions=names, consistency=0.8, pri=0.5)
table = replace(table, provenance=programme.provenance)
table.frame[[*names, "output", "n", "consistency", "pri", "contradictory"]].round(2)

# %%
solutions = {
    kind: qca.minimize(table, solution=kind, expectations=names)
    for kind in ("conservative", "intermediate", "parsimonious")
}
{kind: [" + ".join(model) for model in found.models] for kind, found in solutions.items()}

# %% [markdown]
# The parsimonious solution is the truth, term by term: fairs, funds, workshops with good
# institutions, matchmaking near markets. The other two say less than the truth of funds: in no
# cell that is large enough had funds neither good institutions nor near markets, so they do not
# assume that funds work there. What nobody observed, no method knows; the parsimonious solution is
# right about it because the truth happens to be simple. The conservative one is longer still: it
# assumes nothing of operations that are two kinds of support at once, which do not exist.

# %%
found = solutions["parsimonious"]
found.frame[["term", "consistency", "pri", "raw_coverage", "unique_coverage"]].round(2)

# %%
ax = found.plot()

# %% [markdown]
# Which cases to study, and does the solution hold everywhere? One cell grew and is in no term: its
# kind of support has no effect there in truth, so this is chance in a small cell, which an
# interview would have to find out.

# %%
types = qca.case_types(found)
whole = types.frame[types.frame["term"] == "(model)"]
outside = whole.loc[whole["type"] == "deviant in coverage", "case"]
cells.loc[outside, ["mean", "sem", "size", "effect"]].round(3)

# %%
ax = types.plot()

# %%
clusters = qca.cluster_diagnostics(found, clusters=cells["region"])
clusters.distances.round(2)

# %% [markdown]
# Robustness: each anchor and cut-off moved, each case and condition left out. Without the
# condition that a term is made of there can be no such term; all else should leave it in place.

# %%
stays = qca.robustness(
    found, calibrations={"INSTITUTIONS": institutions, "MARKET": market, "GROWTH": growth}
)
stays.terms.pivot(index="term", columns="kind", values="in_some_model").round(2)

# %% [markdown]
# ### Second way: numbers
#
# Does the effect of a kind of support differ between regions by more than chance? Cochran's Q
# knows nothing of institutions or markets; it says only where there is something to explain.

# %%
differ = {
    kind: heterogeneity(mine["mean"], mine["sem"], knapp_hartung=True)
    for kind, mine in cells.groupby("mechanism")
}
pd.DataFrame(
    {
        "mean": {kind: one.mean for kind, one in differ.items()},
        "p of no difference": {kind: one.p for kind, one in differ.items()},
        "I2": {kind: one.i2_share for kind, one in differ.items()},
        "regions": {kind: one.k for kind, one in differ.items()},
        "truth": truth.contexts.set_index("mechanism")["works"],
    }
).round(3)

# %% [markdown]
# ### Third way: ranks
#
# Does the effect rise with a condition, and does that hang on one region? The range is that of the
# correlation with each region left out in turn. Ten tests are made, so the p values are multiplied
# by ten (Bonferroni).

# %%
tests = []
for kind, mine in cells.groupby("mechanism"):
    for condition in ("institutional_quality", "market_access"):
        if len(mine) >= 4:
            ranks = rank_correlation(mine, x=condition, y="mean").frame
            tests.append(ranks.assign(mechanism=kind, condition=condition))
ranked = pd.concat(tests)
ranked["p_times_ten"] = (10 * ranked["p_value"]).clip(upper=1)
ranked[["mechanism", "condition", "value", "p_times_ten", "lowest", "highest", "n"]].round(3)

# %% [markdown]
# ### What each found
#
# Said plainly, for this seed and this many firms:

# %%
sets_found = {term for model in found.models for term in model}
verdicts = []
for row in truth.contexts.to_dict("records"):
    kind = row["mechanism"]
    label = {kind: name for name, kind in kinds.items()}.get(kind, "(none of them)")
    terms = sorted(term for term in sets_found if label in term.split("*"))
    mine = ranked[(ranked["mechanism"] == kind) & (ranked["p_times_ten"] < 0.05)]
    verdicts.append(
        {
            "mechanism": kind,
            "truth": f"{row['works']} {row['indicator']}".removesuffix(" nan"),
            "sets": " + ".join(terms) or "in no solution",
            "numbers": "differs" if differ[kind].p < 0.05 else "no difference found",
            "ranks": ", ".join(mine["condition"]) or "no order found",
        }
    )
pd.DataFrame(verdicts)

# %% [markdown]
# The sets name the condition and join it to the kind of support; the numbers say only where there
# is something to explain; the ranks find the condition, and need enough regions to be surer than
# chance. One seed proves little: with seeds 1 to 20 the parsimonious solution is exactly the truth
# seventeen times (`python -m benchmarks.mechanism_study` counts them). In two of the others funds,
# of which few cells are large enough, are given a condition that they do not need, and in one a
# combination is added that is chance.
#
# ## Where there is nothing to find
#
# A method that always finds something proves nothing by finding. In the same world private money
# per public euro depends on **no** framework condition: each region has its own level, drawn at
# random. Seven regions, two conditions, asked three ways:

# %%
seven = da.simulate(seed=1)
answers = three_ways(
    seven,
    "private_per_public",
    conditions=framework_conditions(seven),
    anchors={
        "institutional_quality": {"crossover": 0},
        "market_access": {"crossover": 100},
        "private_per_public": {"crossover": 1.5},
    },
)
for sentence in answers.verdict:
    print("-", sentence)

# %%
ax = answers.plot(condition="market_access")

# %% [markdown]
# The sets give a solution that is perfectly consistent, covers one region, and is **wrong**: with
# seven cases some combination nearly always fits. The ranks show no order, which is right. The
# numbers are right too: regions differ, by their rates within kinds of support and hardly by the
# mix, as the simulation made them. The verdict holds the three against each other, and that is why
# a solution should never be shown alone.

# %%
true_rates = seven.truth.leverage.pivot(
    index="region", columns="mechanism", values="private_per_public"
)
true_rates.round(2)
