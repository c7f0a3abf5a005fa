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
# # Compare regions
#
# Seven regions, one figure: what differs, is it more than chance, and is it what they fund or how
# they do it? The programme is **simulated**: the names of the regions are real, everything else
# is invented and describes no real programme. Its true figures are known, and stand at the end.

# %%
import difass_analysis as da
from difass_analysis.comparison import adjusted, partial_pooling

programme = da.simulate(seed=1)
programme.description

# %% [markdown]
# ## What differs, and is it more than chance?
#
# Private money per unit of public money, each region against the rest. `n` counts beneficiaries,
# not projects: projects of one beneficiary are alike.

# %%
compared = da.compare(programme, "private_per_public", by="region")
compared.frame[["region", "value", "reference", "ratio", "ratio_p_holm", "set", "n", "note"]]

# %% [markdown]
# Seven tests find something more often than one does. `ratio_p_holm` allows for that: read this
# column, and not the p value of one region picked out afterwards.

# %%
ax = compared.plot()

# %% [markdown]
# ## Which place has a region?
#
# A rank alone promises more than the data hold. Each set holds the places that the data allow;
# all sets hold together with 95 %. A region with few beneficiaries may stand nearly anywhere.

# %%
places = da.ranks(programme, "private_per_public", by="region")
places.frame[["region", "value", "rank", "set", "n"]]

# %%
ax = places.plot()

# %% [markdown]
# ## How unlike are the regions, and what is a small one worth?
#
# The share of the differences that is not chance is I2. A pooled value is drawn towards the mean
# as far as the region's own value is unsure: much for four beneficiaries, hardly for sixty.

# %%
pooled = partial_pooling(programme, "private_per_public", by="region")
pooled.frame[["region", "value", "pooled", "pooled_lower", "pooled_upper", "n"]].round(2)

# %%
unlike = pooled.heterogeneity
f"I2 {unlike.i2_share:.0%}; Q {unlike.q:.0f} with {unlike.df} degrees of freedom"

# %%
ax = pooled.plot()

# %% [markdown]
# ## Mix or performance?
#
# A region can have more private money because it funds more of the mechanisms that bring much
# (*composition*), or because it gets more within the same mechanism (*rate*). Both add up to the
# gap. This is arithmetic: it says where the gap is, not what causes it.

# %%
parts = da.decompose(programme, "private_per_public", by="region", over="mechanism")
sums = parts.frame[parts.frame["row"] == "all"]
sums.pivot(index="region", columns="effect", values="value").round(2)

# %% [markdown]
# One region spends nothing on a mechanism that others use. That part is neither mix nor
# performance, and has a column of its own (`only_there`).
#
# One region against the rest, step by step:

# %%
ax = parts.plot(group="FRI")

# %% [markdown]
# ## The same mechanisms in the same years
#
# The other way to the same question holds mechanism and year equal by regression. It asks about
# the typical project, each counting the same, and not about the euro: its values are geometric
# means, so they are compared with `unadjusted` and not with the ratios of sums above.

# %%
equal = adjusted(programme, "private_per_public", controls=["mechanism", "year"])
columns = ["region", "unadjusted", "value", "ratio", "ratio_lower", "ratio_upper", "ratio_p_holm"]
equal.frame[columns].round(2)

# %%
ax = equal.plot()

# %% [markdown]
# ## Who holds the money?

# %%
held = da.concentration(programme, by="region")
top = held.frame[held.frame["measure"].isin(["top_tenth_money", "gini", "smes_three_or_more"])]
top.pivot(index="measure", columns="region", values="value").round(2)

# %%
ax = held.plot(groups=["all together"])

# %% [markdown]
# The column without a name is all regions together.
#
# ## What the truth was
#
# The figures that the simulation put in, beside what was found. Rank sets hold all true places
# together in 95 of 100 programmes, not in each.

# %%
truth = programme.truth.leverage_by_region[["region", "private_per_public"]]
truth = truth.rename(columns={"private_per_public": "truth"})
truth["true_rank"] = truth["truth"].rank(ascending=False).astype(int)
truth.merge(
    pooled.frame[["region", "value", "lower", "upper", "pooled"]].merge(
        places.frame[["region", "rank", "set"]], on="region"
    ),
    on="region",
).sort_values("true_rank").round(2)

# %% [markdown]
# The true ratios within each mechanism: going down a column, the mix plays no part. That is what
# `rate` and the adjusted comparison are after.

# %%
programme.truth.leverage.pivot(
    index="region", columns="mechanism", values="private_per_public"
).round(2)
