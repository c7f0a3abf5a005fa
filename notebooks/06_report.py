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
# # The report, and what leaves with it
#
# One page for those who never open a notebook, in two languages; the charts and tables beside it;
# a section of your own; what is withheld where data are confidential; and how anybody finds out
# later whether the figures are still those of the data.

# %%
import shutil
from pathlib import Path

import pandas as pd
from IPython.display import SVG

import difass_analysis as da

out = Path("../out/notebook_report")
shutil.rmtree(out, ignore_errors=True)
programme = da.load()

# %% [markdown]
# ## The page
#
# `index.html` opens without a network and prints on A4. The Italian page has the same figures;
# texts of the data stay in the language in which they were written, and so do the files.

# %%
page = da.report(programme, out / "en")
pagina = da.report(programme, out / "it", language="it")
[(path.as_posix(), path.stat().st_size // 1000, "kB") for path in (page, pagina)]

# %% [markdown]
# ## Its charts and tables
#
# Every chart is there as SVG and PNG, every table as CSV and Excel. Their names depend on the
# programme and on what they show, never on the run: a slide that links to one shows the new
# figures when the report is written anew.

# %%
files = [path for path in sorted(page.parent.rglob("*")) if path.is_file()]
pd.DataFrame({"file": [path.relative_to(page.parent).as_posix() for path in files]})

# %%
table = pd.read_csv(page.parent / "tables/emilia_romagna_clusters_indicators_by_year.csv")
table[["indicator", "year", "value", "numerator", "denominator", "note"]].head()

# %%
SVG(page.parent / "charts/emilia_romagna_clusters_private_per_public.svg")

# %% [markdown]
# A table of yours goes into any of eight kinds of file by the ending of its name, a chart into
# three. Each has its record beside it, which `difass verify` reads.

# %%
from difass_analysis.export import write_chart, write_table

cost = da.measure(programme, indicators=["public_cost_per_sme"], by=["year"])
for ending in ("docx", "xlsx", "md"):
    write_table(cost, out / f"own/cost.{ending}")
drawn = write_chart(cost.plot(), out / "own/cost.svg", result=cost)
print((out / "own/cost.md").read_text(encoding="utf-8"))

# %% [markdown]
# ## A section of your own
#
# A function that gets the programme and returns a `Section`, or None where there are no data for
# it. Its text is escaped, its numbers follow the language of the page, and its table becomes a
# file like all others.

# %%
from difass_analysis.reporting.content import Column, Paragraphs
from difass_analysis.reporting.grids import known_rows, plain_grid
from difass_analysis.reporting.sections import Section, section_files
from difass_analysis.result import Result


def caps_section(programme, *, home, out, level, words):
    if not {"calls", "schemes"} <= set(programme.tables):
        return None
    caps = programme.table("schemes")[["scheme_id", "max_grant_amount"]]
    calls = programme.table("calls").merge(caps, on="scheme_id")
    most = calls["operations_count"] * calls["max_grant_amount"]
    frame = calls.assign(most_amount=most)[["call_id", "public_amount", "most_amount"]]
    grid = plain_grid(
        known_rows(frame),
        {
            "call_id": Column(label="Call"),
            "public_amount": Column(label="Public money stated", number=True),
            "most_amount": Column(label="Most that the cap allows", number=True),
        },
        id=f"{home}-caps",
        caption="Public money against the cap of a project",
        words=words,
        files=section_files(
            Result(frame=frame, provenance=programme.provenance), home=home, name="caps", out=out
        ),
    )
    lead = Paragraphs(texts=("Where the first exceeds the second, not all totals can be right.",))
    return Section(id="caps", title="Our check of the caps", blocks=(lead, grid))


before = {path: path.read_bytes() for path in files}
da.report(programme, out / "en", sections=[caps_section])
pd.read_csv(out / "en/tables/emilia_romagna_clusters_caps.csv")

# %% [markdown]
# Written over the first report, only the page and its record differ. All other files have the
# same bytes, since no clock is read: a difference between two reports is one of data, settings or
# versions.

# %%
[path.name for path in files if path.read_bytes() != before[path]]

# %% [markdown]
# ## What is withheld
#
# The example is public by law, so nothing is withheld. Where data are confidential, a figure
# leaves only if it tells of no single beneficiary. To see it work: the operations below are
# **simulated**, and the rules for confidential data are given by hand, since simulated data need
# none.

# %%
from difass_analysis.disclosure import Rules, protect

simulated = da.simulate(seed=1, operations=300, panel_firms=200)
groups = [["region", "mechanism"], ["region"], ["mechanism"]]
tables = [da.measure(simulated, indicators=["public"], by=by) for by in groups]
safe = protect(tables, programme=simulated, rules=Rules())
safe.counts

# %%
inside, leaves = tables[0].frame, safe.tables[0].frame
pd.DataFrame(
    {
        "region": inside["region"],
        "mechanism": inside["mechanism"],
        "beneficiaries": inside["n"],
        "in the notebook": inside["value"].round(),
        "leaves": leaves["value"].round(),
        "note": leaves["note"],
    }
).head(12)

# %% [markdown]
# - *too few contributors*: fewer than three beneficiaries stand behind the figure.
# - *dominated*: the second largest beneficiary could work out the amount of the largest.
# - *to protect another cell*: the figure is harmless by itself, but a total minus it would give
#   a withheld one away. Which cells these must be is computed by attacking all published tables
#   as one linear system.
#
# Figures inside the notebook are not touched; files of unprotected figures are refused. The
# caveats under the table say that something was withheld, never by which parameters.

# %%
safe.tables[0].caveats

# %% [markdown]
# A programme that neither says `published = true` nor is simulated is protected by the report
# itself, and a file of its bare figures is refused:

# %%
from difass_analysis.errors import UsageError

frame = simulated.table("operations")
settings = da.Settings(
    id="confidential", name="Simulated operations, treated as confidential", currency="EUR"
)
confidential = da.Programme.from_frames(settings=settings, operations=frame)
try:
    write_table(da.measure(confidential, indicators=["public"], by=["region"]), out / "bare.csv")
except UsageError as error:
    print(error)

# %% [markdown]
# ## Where figures come from, and whether they still do
#
# The record beside a file names what made it: inputs with their checksums, the call, versions.
# `verify` makes the figures anew from it. Here on a copy of the data:

# %%
from difass_analysis.reporting.verifying import verify

data = out / "data"
shutil.copytree(da.example_path() / "emilia_romagna_clusters", data)
copied = da.load(data)
path = write_table(da.measure(copied, by=["year"]), out / "figures.csv")
verify(path).status

# %% [markdown]
# Somebody edits a figure in the file:

# %%
text = path.read_text(encoding="utf-8")
path.write_text(text.replace("1.333333333", "1.5"), encoding="utf-8")
found = verify(path)
print(found.status)
found.differences

# %% [markdown]
# The file is as it was written, but the data have changed since. Figures are not compared then:
# they would have to differ.

# %%
path.write_text(text, encoding="utf-8")
calls = data / "calls.csv"
calls.write_text(calls.read_text(encoding="utf-8").replace("1500000", "1600000"), encoding="utf-8")
found = verify(path)
found.status, found.sentences

# %% [markdown]
# The page and every file beside it are verified in the same way, by the folder of the report:
# `difass verify out/report` on the command line, which ends with exit code 1 unless all is the
# same.

# %%
verify(out / "it").status
