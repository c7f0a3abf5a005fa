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
# # Compare the regions of a real list
#
# The questions of the notebook `03_compare_regions`, asked of a published list of operations with
# regions and priority axes. The environment variable `DIFASS_DATA` names the list; a relative
# path starts at the folder of the project. Without it the Romanian list of the Regional
# Operational Programme 2007-2013 is looked for, in the reference data beside the project.
#
# Without a list the notebook says so, and its cells stay empty.

# %%
import os
from pathlib import Path

from IPython.display import display

import difass_analysis as da
from difass_analysis.comparison import adjusted, partial_pooling

beside = "../shared/data/lists/ro_regional_op_2007_2013.csv"
path = Path("..", os.environ.get("DIFASS_DATA") or beside)
found = path.is_file()
if not found:
    print(f"There is no list {path.name}: set DIFASS_DATA to the path of one, and run again.")
    assert os.environ.get("CI") != "true", "The list must be there where CI=true."

# %% [markdown]
# ## The list, and what is compared
#
# Axis 4 of the Romanian programme supports business. The list does not say which money is
# private: its *own contribution* is money of beneficiaries, among them public bodies. So the figure
# is own contribution per unit of public money. It is no leverage of private money.
#
# For another list, change this cell.

# %%
indicator = "own_contribution_per_public"
by = "region_name"
mix = "intervention"
business = {"priority": ["4"]}

if found:
    programme = da.load(path)
    display(programme.findings.files)
    display(programme.findings.frame[["severity", "rule", "message"]].head())

# %% [markdown]
# ## What differs, and is it more than chance?

# %%
if found:
    compared = da.compare(programme, indicator, by=by, where=business)
    display(compared.frame[[by, "value", "reference", "difference", "difference_p_holm", "n"]])
    compared.plot()

# %% [markdown]
# Hundreds of beneficiaries do not make a figure sure when a few large projects hold much of the
# money. Interval and p value allow for that; a league table does not.
#
# ## Which place has a region?

# %%
if found:
    places = da.ranks(programme, indicator, by=by, where=business)
    display(places.frame[[by, "value", "rank", "set", "marginal_lower", "marginal_upper", "n"]])
    places.plot()

# %% [markdown]
# A region may differ from all others together while its place stays open: the rest is surer than
# any single neighbour, and a place needs all neighbours at once.
#
# Rank 1 is the highest value, which need not be the best: more own money can mean an effort, or a
# lower rate of support by the rules of the call.
#
# ## How unlike are the regions?

# %%
if found:
    pooled = partial_pooling(programme, indicator, by=by, where=business)
    unlike = pooled.heterogeneity
    print(f"I2 {unlike.i2_share:.0%}, p {unlike.p:.3f} for no differences at all")
    display(pooled.frame[[by, "value", "pooled", "pooled_lower", "pooled_upper", "n"]])
    pooled.plot()

# %% [markdown]
# ## Mix or performance?
#
# Interventions have rules of their own on how much a beneficiary must bring. The region with the
# lowest value against the rest:

# %%
if found:
    lowest = places.frame.loc[places.frame["value"].idxmin(), by]
    parts = da.decompose(programme, indicator, by=by, over=mix, group=lowest, where=business)
    shown = ["effect", mix, "value", "lower", "upper", "share", "share_against", "note"]
    display(parts.frame[shown])
    parts.plot()

# %% [markdown]
# ## The same interventions
#
# A regression on logarithms leaves out what is zero. More than half of the operations of the
# Romanian axis 4 have no own contribution, so adjusting it would speak of the others only. Public
# money per eligible cost is above zero in all of them, and is compared here instead, at the same
# interventions.

# %%
if found:
    equal = adjusted(programme, "aid_intensity", by=by, controls=[mix], where=business)
    display(equal.frame[[by, "unadjusted", "value", "ratio", "ratio_p_holm", "operations", "n"]])
    equal.plot()

# %% [markdown]
# ## Who holds the money?

# %%
if found:
    held = da.concentration(programme, by=by, where=business)
    top = held.frame[held.frame["measure"].isin(["top_tenth_money", "gini"])]
    display(top.pivot(index=by, columns="measure", values="value").round(2))
    held.plot(groups=["all together"])

# %% [markdown]
# The row without a name is all regions together.
#
# ## What limits these figures

# %%
if found:
    print(*compared.caveats, sep="\n")
