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
# # Revolving funds and the money side
#
# How a loan fund stands, what it will do, what one euro does as grant, loan or guarantee, how much
# of the output is net, and how much aid is left. The fund is **simulated**: it does not exist, and
# no figure of it describes a real programme. At the end stands a real scheme whose leverage depends
# on the definition.

# %%
import datetime as dt

import numpy as np
import pandas as pd

import difass_analysis as da
from difass_analysis import finance
from difass_analysis.simulation import simulate_fund

fund = simulate_fund(seed=1)
fund.description

# %% [markdown]
# ## The portfolio
#
# PAR is the whole balance of loans that are late, not their late instalments. It stands with the
# write-offs, because a loan that is written off leaves it.

# %%
portfolio = finance.portfolio(fund)
portfolio.frame[["label", "value", "lower", "upper", "unit"]].round(4)

# %%
ax = portfolio.plot()

# %%
ax = finance.ageing(fund).plot()

# %% [markdown]
# ## Vintages and roll rates
#
# A curve follows the loans of one quarter, and ends at the age that its youngest loan has reached.

# %%
ax = finance.vintages(fund).plot()

# %%
rolls = finance.roll_rates(fund)
ax = rolls.plot()

# %%
rolls.loss.round(3)

# %% [markdown]
# ## What the fund has done
#
# The revolving factor counts the same money again, first-round leverage the money beside it. They
# are two numbers and are not multiplied.

# %%
finance.revolving(fund).frame[["measure", "kind", "value", "note"]].round(3)

# %% [markdown]
# ## What it will do
#
# The loss is estimated from loans that should have ended by now; cost and yield are assumed here.

# %%
observed = finance.fund_parameters(fund).frame.set_index("parameter")
observed[["value", "lower", "upper"]].round(4)

# %%
low, central, high = observed.loc["loss_share", ["lower", "value", "upper"]].astype(float)
loss = finance.Range(
    low=low, central=central, high=high, source="estimated from the simulated fund"
)
assumptions = finance.FundAssumptions(
    capital=5_000_000,
    currency="EUR",
    loss=loss,
    net_cost=(0.02, 0.03, 0.04),
    yield_kept=(0.02, 0.03, 0.04),
    inflation=0.02,
    cycle_years=2.5,
    cofinance=0.4,
)
projection = finance.project_fund(assumptions, cycles=6, seed=1)
ax = projection.plot()

# %%
projection.figures[["figure", "value", "p5", "p50", "p95"]].round(3)

# %% [markdown]
# Each share alone, at which the fund would just keep its real value:

# %%
finance.break_even(assumptions).frame[["assumption", "break_even", "margin"]].round(3)

# %% [markdown]
# ## One euro three ways
#
# Nothing has a default: all of these are assumptions of this notebook, and the result lists them.

# %%
given = {
    "discount": 0.03,
    "grant_mean": 20_000,
    "grant_rate": (0.4, 0.5, 0.6),
    "grant_administration": 0.1,
    "loan_mean": 50_000,
    "loan_cycle": 2.5,
    "loan_loss": (0.03, 0.06, 0.12),
    "loan_cost": 0.03,
    "loan_yield": 0.04,
    "loan_private": 0.25,
    "guarantee_mean": 100_000,
    "guarantee_cycle": 5,
    "guarantee_cover": 0.5,
    "guarantee_reserve": 0.2,
    "guarantee_loss": (0.02, 0.04, 0.08),
    "guarantee_fee": 0.02,
    "guarantee_cost": 0.01,
    "guarantee_private": 0.1,
}
euro = finance.one_euro_three_ways(given, budget=1_000_000, currency="EUR", runs=2_000)
ax = euro.plot()

# %%
euro.assumptions

# %% [markdown]
# ## From gross to net
#
# What borrowers say gives a deadweight of step III, recipients' own views. How much of an answer
# "partly" would have come about anyway is for the evaluator to state.

# %%
answers = finance.answer_shares(fund, questions=["would_have_done_anyway"])
answers.frame[["answer", "value", "lower", "upper", "n"]].round(3)

# %%
reported = finance.self_reported(fund, would_have={"yes": 1, "no": 0, "partly": (0.25, 0.5, 0.75)})
factors = {
    "deadweight": reported.deadweight,
    "leakage": (0.05, 0.10, 0.20),
    "displacement": (0.10, 0.25, 0.50),
    "substitution": 0,
    "multiplier": (1.0, 1.1, 1.3),
}
net = finance.additionality(200, factors=factors, needed=50, unit="jobs")
ax = net.plot_steps()

# %% [markdown]
# Which factor should be known better:

# %%
ax = net.plot()

# %%
net.break_even.round(2)

# %% [markdown]
# ## Two schemes against each other
#
# Costs and jobs of 200 **simulated** firms in each of two schemes, which are compared as they are:
# who chose which is not taken into account.

# %%
draw = np.random.default_rng(1)
schemes = pd.DataFrame(
    {
        "scheme": np.repeat(["vouchers", "loans with advice"], 200),
        "cost_amount": np.concatenate([draw.gamma(4, 2_000, 200), draw.gamma(4, 3_000, 200)]).round(
            2
        ),
        "effect": np.concatenate([draw.poisson(0.8, 200), draw.poisson(1.4, 200)]),
        "simulated": True,
    }
)
units = finance.Units(cost="EUR", effect="jobs", provenance=fund.provenance)
effectiveness = finance.incremental(schemes, against="vouchers", units=units)
ax = effectiveness.plot()

# %%
effectiveness.acceptability([2_500, 5_000, 10_000, 20_000])

# %% [markdown]
# ## State aid
#
# What borrowers of the simulated fund may still receive as de minimis aid. Each row of the whole
# result is one undertaking; here are sums, and the awards with which a ceiling was passed.

# %%
room = finance.aid_headroom(fund, date=dt.date(2019, 12, 31))
room.frame["headroom_amount"].describe().round(0)

# %%
room.above[["granting_date", "regulation", "total_amount", "ceiling_amount", "above_amount"]]

# %%
room.caveats

# %% [markdown]
# ## Leverage by definition: a real scheme
#
# Emilia-Romagna's promotion of SME clusters: the same money scores 1.33 or 2.33. For the other
# definitions the sources say too little.

# %%
scheme = next(one for one in da.load_all(da.example_path()) if one.id == "emilia_romagna_clusters")
leverage = finance.leverage(scheme)
leverage.frame[["label", "value", "numerator", "denominator", "source"]].round(2)

# %%
ax = leverage.plot()

# %%
leverage.not_computable
