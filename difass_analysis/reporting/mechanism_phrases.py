"""Fixed phrases of practices, claims, barriers, transfers and framework conditions.

They join those of :mod:`difass_analysis.reporting.phrases`, by which a page in another language
recognises what results say in English.
"""

from __future__ import annotations

#: What checks, notes and caveats of these topics say.
MECHANISM_PHRASES = (
    # what is missing
    "no evidence",
    "nothing written down for it",
    "nothing written down against it",
    "no rival explanation",
    "no test",
    "no mechanism is recorded",
    "no claim says how it works",
    "the claim has no evidence",
    # notes on practices
    "Step {step} is declared, but no evidence is stated.",
    "'{word}' is no step of evidence.",
    "No step is declared.",
    "No evidence is stated and no step is declared.",
    # process-tracing tests
    "straw-in-the-wind",
    "hoop",
    "smoking gun",
    "doubly decisive",
    # checks of transfers
    "no transfer to itself",
    "exports = imports",
    "no repetition",
    "practices are known",
    "partners are known",
    "quota: {count} each way",
    "quota: {count} in all",
    "{count} rows",
    "{count} exporters, {other} importers named",
    "all",
    "not in the table: {names}",
    "unknown: {names}",
    "{count} transfers name none",
    "there is no table {table}",
    "{count} of {all} partners meet it",
    "Programme '{name}' lists no transfer between two partners: {count} standing for pairs that "
    "are not listed.",
    "List each transfer with its exporter and its importer. What a quota would make for a number "
    "of partners is said by quota_readings.",
    "Not counted: {count} rows from a partner to itself.",
    "Not counted: {count} rows standing for pairs that are not listed.",
    "Not counted: {count} rows with exporter or importer missing.",
    "Not counted again: {count} repeated rows.",
    "{name} ({code}) lies in {outer} ({around}); they are counted as two partners.",
    # uptake and actions
    "Intervals speak of the process that led to these transfers, taken as independent, and not "
    "of a sample of them. Uptake rate: transfers that reached a stage / transfers agreed.",
    "A practice counts as implemented from the stage '{stage}' on.",
    "Left out: {count} transfers from a partner to itself.",
    "The stage of {count} of {all} transfers is not known; they count neither as agreed nor as "
    "anything further.",
    "The stage of none of {count} transfers is known.",
    "Few transfers ({count}): the interval is wide.",
    "A change that is aimed at is no change that was made; only the latter counts, and the result "
    "says where nothing shows it.",
    "The three kinds of change of policy follow the forms of Interreg Europe 2014-2020; their "
    "wording is unverified.",
    "The cost of {count} of {all} actions is not known; it is in no sum.",
    "Nothing shows {count} of the changes of policy that are said to be made.",
    # framework conditions
    "Standardised over {count} units of the table; standard deviation divided by n.",
    "{count} of {all} values are not known, and nothing is put in.",
    "Regions of different levels ({levels}) are set side by side: size alone differs.",
    "Codes of several NUTS versions stand side by side: {versions}.",
    "Indicators are of different years: {years}.",
    # transferability
    "Ratings are judgements from -2 (strong constraint) to 2 (strong support); several raters of "
    "a cell are shown by their median, lowest and highest.",
    "The weights of low, medium and high importance ({weights}) are a choice, and so is the mean.",
    "Stoppers: {count} cells where a component of high importance is rated -2 by somebody. They "
    "are not averaged away; no score is given there.",
    "{count} cells are rated -2 without an importance: they may be stoppers.",
    "One rater: how far another would agree is not known.",
    "Agreement of raters, Krippendorff's alpha (ordinal): {value} on {count} cells.",
    "Agreement of raters, Krippendorff's alpha (ordinal): {value} ({reason}).",
    "no score: a mean would hide what stops it",
    "no rated component with a weight",
)
