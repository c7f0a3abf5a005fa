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
# # Load and check
#
# What is in the data, what is wrong with them, and what they do not allow. This notebook needs
# nothing but the package: the example comes with it.

# %%
import pandas as pd

import difass_analysis as da

# %% [markdown]
# ## A programme
#
# `da.load()` loads the Emilia-Romagna scheme of the packaged example, and
# `da.load("path/to/folder")` a programme of your own. `da.load_all()` loads all five programmes
# of the example.

# %%
programme = da.load()
programme

# %%
programme.description

# %% [markdown]
# A programme is a set of tables with fixed names. This one knows totals of two calls, and no
# single projects.

# %%
programme.table("calls")

# %%
programme.table("schemes").T

# %% [markdown]
# ## What is wrong with the data
#
# Rules have been applied while loading. Each finding says where, what, and what to do next.
# Nothing is corrected: an `error` sets its row aside, a `warning` and a `note` keep it.

# %%
programme.findings

# %% [markdown]
# Two totals cannot be right if the cap of 80,000 euro holds for each project. In 2018, 16
# projects at the cap make 1,280,000 euro, which is 220,000 short of the 1,500,000 stated. In
# both years together, 37 projects make 2,960,000, which is 40,000 short of 3,000,000. The cap
# may not hold for each project, or the amount may be an average or an endowment; only the region
# can say.
#
# How many rows each rule looked at, how many broke it, and in how many a value that it needs is
# missing:

# %%
rules = programme.findings.rules
rules[rules["broken"] > 0]

# %% [markdown]
# ## Accounts
#
# For every file and table, rows read = rows kept + rows rejected.

# %%
programme.findings.files

# %% [markdown]
# ## Where a value comes from
#
# Every filled cell of the example has a row in `facts`. The public amount of both calls is
# *derived*: the source states one yearly amount, and it was carried to each call. So the
# likeness of 2017 and 2018 is no evidence.

# %%
facts = programme.table("facts")
facts[facts["table"] == "calls"][["key", "column", "value", "kind", "note"]]

# %% [markdown]
# ## What cannot be computed, and why
#
# Measuring without a list of indicators tries all of them.

# %%
da.measure(programme).not_computable

# %% [markdown]
# The other four programmes are interregional projects. They have partners, outputs, events and
# transfers, but no support to SMEs in money, so hardly any indicator can be computed. Their
# findings are worth reading all the same:

# %%
pd.concat(
    [
        other.findings.frame.assign(programme=other.id)[["programme", "severity", "message"]]
        for other in da.load_all()[1:]
    ],
    ignore_index=True,
)

# %% [markdown]
# ## Frames of your own
#
# The same rules work on a frame in memory. This one is broken on purpose: a negative amount, a row
# without a key, a key that stands twice, a rate in percent, and an end before the start.

# %%
broken = pd.DataFrame(
    {
        "operation_id": ["a", "b", None, "d", "a"],
        "public_amount": [100_000.0, -5_000.0, 70_000.0, 60_000.0, 100_000.0],
        "eu_rate_share": [0.85, 0.85, 0.85, 85.0, 0.85],
        "start_date": pd.to_datetime(["2017-01-01"] * 3 + ["2018-06-01", "2017-01-01"]),
        "end_date": pd.to_datetime(["2017-12-31"] * 3 + ["2018-01-31", "2017-12-31"]),
    }
)
findings = da.check(da.Programme.from_frames(operations=broken))
findings

# %% [markdown]
# `line` counts the rows of the frame from 1. Three rows could not be used, with their reasons:

# %%
findings.rejects

# %% [markdown]
# `da.check` only tells: nothing is left out of a programme made of frames. Correct the frame,
# and check it again.

# %%
corrected = (
    broken.dropna(subset=["operation_id"])
    .drop_duplicates("operation_id")
    .assign(
        public_amount=[100_000.0, 5_000.0, 60_000.0],
        eu_rate_share=0.85,
        end_date=pd.to_datetime(["2017-12-31", "2017-12-31", "2019-01-31"]),
    )
)
len(da.check(da.Programme.from_frames(operations=corrected)).frame)
