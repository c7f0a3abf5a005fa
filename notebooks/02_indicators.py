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
# # Indicators
#
# What the example says about leverage and cost per SME, how sure that is, and how to add an
# indicator of your own.

# %%
import difass_analysis as da

programme = da.load()

# %% [markdown]
# ## By year
#
# Every row carries its numerator and denominator. The `note` says why there is no interval: the
# amounts are yearly averages, stated once.

# %%
key_figures = ["private_per_public", "public_cost_per_sme", "smes_reached"]
by_year = da.measure(programme, by=["year"], indicators=key_figures)
by_year

# %% [markdown]
# ## Both years together
#
# Amounts and SMEs are added up first and divided then. The mean of the two costs per SME would
# be 8,162 euro; the ratio of sums is 8,108 euro, because 2017 has more SMEs.

# %%
pooled = da.measure(programme, indicators=key_figures)
pooled

# %% [markdown]
# ## Bounds
#
# The SMEs have no identifiers. A firm that took part in both years stands in both counts, so the
# number of different SMEs lies between 200 (all of 2018 were there in 2017) and 370 (none was).
# The public cost per SME then lies between 8,108 and 15,000 euro.

# %%
pooled.frame[["indicator", "value", "lower", "upper", "method"]]

# %% [markdown]
# ## What leverage means
#
# The source says that 1.5 million euro draw in another 2 million. That is 1.33 euro for each
# public euro, and not 2.33, which counts the public euro as well. The public share of 42.9 %
# does not contradict the aid rate of 50 %: the rate is on eligible cost, the share on all cost.

# %%
leverage = ["private_per_public", "total_per_public", "public_share", "aid_intensity"]
da.measure(programme, indicators=leverage)

# %%
da.measure(programme, indicators=leverage).not_computable

# %% [markdown]
# None of these says that the private money would not have been spent without support, and the
# promoters among the givers can be public bodies.
#
# ## A chart
#
# Figures, unit and source stand in the picture. The chart of 2018 is the one to ask about: more
# public money than operations times the cap.

# %%
cap = da.measure(programme, by=["year"], indicators=["cap_utilisation"])
ax = cap.plot()

# %%
ax = pooled.plot(indicator="smes_reached")

# %% [markdown]
# ## With single projects: a simulated programme
#
# The example has totals only. To see errors and intervals, take a **simulated** programme: the
# names of its regions are real, everything else is invented and describes no real programme. Its
# true figures are known.

# %%
simulated = da.simulate(seed=1)
simulated.description

# %%
by_region = da.measure(simulated, by=["region"], indicators=["private_per_public"])
by_region

# %%
ax = by_region.plot()

# %% [markdown]
# An interval says how far the figure could have been different, had the process that brings
# forth projects run again with units like these. `n` is the number of beneficiaries, not of
# projects. With fewer than ten the jackknife gives the error; where the public money itself is
# too uncertain there is no interval, and the note says so.
#
# The figures that the simulation put in, to compare. Most lie within the intervals, and about
# one in twenty may not:

# %%
truth = simulated.truth.leverage_by_region[["region", "private_per_public"]]
truth.merge(by_region.frame[["region", "value", "lower", "upper", "n"]], on="region").round(2)

# %% [markdown]
# Only some rows:

# %%
da.measure(
    simulated,
    by=["mechanism"],
    where={"region": ["DE9", "FRI"]},
    indicators=["public_cost_per_sme"],
)

# %% [markdown]
# ## An indicator of your own
#
# It is declared, not programmed; in `programme.toml` the same entries stand under
# `[[indicators]]`. All entries: `docs/indicators.md`.

# %%
union_share = {
    "id": "union_share",
    "label": "Union share of public money",
    "numerator": {"sum": "operations.eu_amount"},
    "denominator": "public",
    "unit": "share",
    "definition": "Money of the Union divided by all public money granted.",
    "source": "Example of this notebook.",
}
own = da.Programme.from_frames(
    settings=da.Settings(
        id="own",
        name="Simulated operations",
        currency="EUR",
        simulated=True,
        indicators=(union_share,),
    ),
    operations=simulated.table("operations"),
)
da.measure(own, indicators=["union_share"], by=["year"])
