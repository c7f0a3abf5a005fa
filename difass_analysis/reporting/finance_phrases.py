"""Fixed phrases of loan portfolios, funds, leverage, State aid and answers of recipients.

They join those of :mod:`difass_analysis.reporting.phrases`, by which a page in another language
recognises what results say in English.
"""

from __future__ import annotations

_PORTFOLIO = (
    # figures
    "Gross portfolio",
    "Average portfolio",
    "Loans with a balance",
    "Borrowers with a balance",
    "PAR{days} (over {count} days), without restructured",
    "PAR{days} (over {count} days)",
    "PAR1 (over 1 day), without restructured",
    "PAR1 (over 1 day)",
    "PAR{days} (no band beyond), without restructured",
    "PAR{days} (no band beyond)",
    "PAR {first}+ days (bands {names}), without restructured",
    "PAR {first}+ days (bands {names})",
    "Written off in the period",
    "Write-offs a year",
    "Collected of all that was written off",
    "Allowance over PAR30",
    "Portfolio yield",
    "Operating expense ratio",
    "Cost per borrower",
    "Cost per loan disbursed",
    "Borrowers per member of staff",
    "Operational self-sufficiency",
    # notes
    "There is no balance.",
    "The tape has no borrower_id.",
    "The tape has no recovered_amount.",
    "The tape has no written_off_amount: write-offs are not known.",
    "The tape has no dates: there is no period.",
    "One date: there is no period, and no average over it.",
    "Of {share} of the balance it is not known whether it is more than {count} days late.",
    "Of {share} of the balance it is not known whether it is more than 1 day late.",
    "The balance at risk is that of fewer than 10 loans of equal size: no interval.",
    "A figure that it needs is not known.",
    "Undefined: there is no average portfolio.",
    "Undefined: there is no amount written off.",
    "Undefined: there is no balance at risk.",
    "Undefined: there is no average borrower.",
    "Undefined: there is no loan disbursed in the period.",
    "Undefined: there is no staff.",
    "Undefined: there is no cost.",
    "Annualised from {days} days.",
    "{days} days.",
    "The funds state whole years, the tape covers {days} days.",
    "The funds state whole years, and the tape is read at {date}.",
    "The funds state nothing for {year}.",
    "There is no table 'funds' with revenue and cost.",
    # caveats
    "PAR and write-offs belong together: a loan that is written off leaves PAR, so that writing "
    "off makes PAR fall.",
    "PAR30 above 10 % is often taken as a warning line; where that figure comes from is "
    "unverified.",
    "Restructured loans are not marked in the tape: PAR may be too low by them.",
    "Days past due are known as bands only: a threshold inside a band gives a range, and the "
    "labels say where the band begins (31+ days).",
    "Days past due are not known, and neither schedule and payments nor bands are.",
    "Days past due are derived: payments settle the oldest instalment first, and a loan is late "
    "since the day on which its oldest instalment not wholly paid was due.",
    "The tape states no date: every row is taken as of one day that is not known.",
    "{count} loans have no balance at the date and count as nothing.",
    "{count} loans have a blank written_off_amount at the date: what stood there at earlier dates "
    "counts, else nothing.",
    "{count} loans with a balance name no borrower: borrowers are more than are counted.",
    "{count} loans with {share} of the balance are not marked as restructured or not: they "
    "count as not restructured, and PAR may be too low by them.",
    "Of {share} of the balance it is not marked whether it was restructured; it counts as not: "
    "at most {most} is at risk.",
    "Loans with a balance name no fund: what the funds state may not be theirs.",
    "{count} loans are written off by their state; how much money is not known.",
)

_LIVES = (
    "Disbursed before the tape begins: what happened earlier is not seen.",
    "Write-offs are not known.",
    "Default is not known: Days past due are not known.",
    "Default is not known: The band {name} lies on both sides of {days} days.",
    "The amount lent is not known for all loans of the quarter.",
    "{count} loans have no date of disbursement: they are in no quarter.",
    "The loan tape has no snapshot_date: months on book are not known.",
    "The loan tape has no disbursement_date: months on book are not known.",
    "The loan tape has fewer than two dates: nothing moves.",
    "Add the rows of an earlier date.",
    "Undefined: no balance in this band was followed to a next date.",
    "Undefined: its balances reach a band from which none was followed, or never end.",
    "Expected loss assumes that balances go on moving as they did on average over the tape (a "
    "Markov chain that does not change), without discounting and before recoveries.",
    "{count} steps of loans that skip a date are left out.",
    "{count} steps of loans that have no balance given at the next date are left out.",
    "Default is a balance that was ever over {days} days late, or anything written off: a loan "
    "that recovered still counts.",
    "On {count} rows of loans with a balance it is not known how late they are: they count as "
    "not in default at that date, and shares in default may be too low.",
    "{share} of the balances followed leave the tape with a balance: whether they were repaid or "
    "lost is not known, and expected loss counts no loss for them.",
)

_FUNDS = (
    # how measures are formed
    "disbursements to final recipients so far / paid-in capital",
    "money paid back and lent again / paid-in capital",
    "1 - loss - net cost + yield kept, by money lent",
    "paid in + revenue - financial and operating expense - provisions",
    "capital left at closure, as stated",
    "(lent in the first round + lent beside it) / the Union's part of the paid-in capital",
    # notes
    "Not known in every year: {names}.",
    "Not defined: no capital has been paid in.",
    "Not defined: nothing was lent.",
    "Not defined: the Union has paid in nothing.",
    "Not known: no capital left at closure is stated.",
    "More lent again than lent at all: one of the amounts is wrong.",
    "More was lent beyond the paid-in capital than was paid back: an amount is wrong, or "
    "interest or other money was lent too.",
    "What was lent again is not stated: at least what was lent beyond the paid-in capital, at most "
    "what was paid back.",
    "Money of others is split by rounds as the fund's own lending is.",
    # caveats
    "First-round leverage and the revolving factor are two numbers: the one counts money beside "
    "the fund's in the first loans, the other counts the same money again. They are not "
    "multiplied.",
    "What is paid back has to be used again: Regulation (EU) No 1303/2013, Articles 44 and 45, and "
    "Regulation (EU) 2021/1060, Article 62 (unverified, not read at the source).",
)

_LEVERAGE = (
    # definitions
    "Leverage effect, Financial Regulation",
    "Multiplier effect, Financial Regulation",
    "Leverage of ESI Funds, own money counted",
    "Leverage of ESI Funds, own money left out",
    "Leverage, 2021-2027",
    "Private per public money",
    "All money per public money",
    "Public share of all money",
    "Reimbursable finance provided to final recipients divided by the contribution of the Union. "
    "Grants and the recipients' own money are no part of the numerator; of a guarantee the new "
    "loans that it backs count, not the guarantee.",
    "Investment by final recipients divided by the contribution of the Union. Investment is taken "
    "to be all money in the operation, whoever gives it.",
    "The Union's contribution and all further public and private money, down to the final "
    "recipient, divided by the contribution of the Union.",
    "As above without the money of the final recipients themselves: the narrower reading of the "
    "same words.",
    "Reimbursable finance provided to final recipients divided by the contribution from the Funds.",
    "Private money divided by public money. Money of promotional banks counts as public.",
    "Public plus private money divided by public money: one more than private per public money.",
    "Public money divided by public plus private money, on all cost. It differs from aid "
    "intensity, which is measured on eligible cost.",
    "Descriptive ratio; no legal term",
    # notes and reasons
    "No interval: one of the {units} only.",
    "No interval: it hangs on too few.",
    "{left} of {all} operations left out: not all is known of them.",
    "{count} operations without a contribution of the Union not counted.",
    "In no operation is there a contribution of the Union.",
    "In every operation an amount is missing.",
    "In every operation an amount, or whether money is to be paid back, is missing.",
    "There is no table funding: who gives what, and what is to be paid back, is not known.",
    "There is no table of sources of money (funding), and none of operations.",
    "Payments by source are not known: there is no table funding.",
    # caveats
    "There is no table of sources of money: figures are from stated amounts and totals.",
    "The form of the money (funding.instrument) is not stated: no guarantee can be told.",
    "Leverage is of the first round of money; what a fund lends again is not in it.",
    "Leverage says nothing about additionality: money that would have been spent anyway counts in "
    "full.",
    "Achieved: amounts paid in the numerator, and in the denominator the Union's share of these "
    "same payments; operations that lack a payment by source are left out of it.",
    "Expected and achieved leverage are fields 39.1 and 39.2 of the yearly report on financial "
    "instruments (Implementing Regulation (EU) No 821/2014, Annex I), by product; unverified, not "
    "read at the source.",
)

_AID = (
    "No table of ownership: enterprises are joined only where the same undertaking is stated.",
    "De minimis awards that state no Member State, taken as of one: {count}.",
    "Awards that state no Member State, taken as of the only one of their undertaking: {count}.",
    "Awards under special de minimis Regulations (agriculture, fishery, services of general "
    "interest) have ceilings of their own and are not counted: {count}.",
    "Special de minimis aid of agriculture and fishery uses up the general ceiling as well "
    "(Art. 5(2) of 2023/2831, unverified); the note of the undertaking says what that leaves.",
    "Ownership has no dates and is taken as it stands for all awards: aid from before a merger "
    "counts together, and what was lawful on its day remains so even where it is above now.",
    "Undertakings that a holding of unknown share could join to others, and that are judged "
    "without it: {count}.",
    "Undertakings stated by the key of an enterprise that states none: {count}. They are kept "
    "apart; state the undertaking of that enterprise too.",
    "Undertakings whose window crosses a change of Regulation, shown in both readings: {count}.",
    "Awards that state no legal basis: {count}. None is assumed; the headroom if they were de "
    "minimis aid stands beside the other.",
    "Awards that cannot be judged for lack of amount, date, enterprise or Member State: {count}.",
    "Awards of days on which a ceiling was passed: {count}. None of such an award is de minimis "
    "aid, not even the part below.",
    "no enterprise and no undertaking",
    "no granting date",
    "no amount that can be used",
    "no Member State, and other awards have several",
    "no de minimis Regulation held for its date",
)

_ANSWERS = (
    "fewer than 10 SMEs",
    "Recipients' own answers (step III of Storey's six steps): they say what firms believe or wish "
    "to say, are not scored on the Maryland scale, and show no effect.",
    "{count} SMEs answered; how many were supported is not known.",
    "{count} of {all} supported SMEs answered; nothing is known of the others, and they may "
    "differ.",
)

#: Figures, notes and caveats of the sections on money.
FINANCE_PHRASES = (*_PORTFOLIO, *_LIVES, *_FUNDS, *_LEVERAGE, *_AID, *_ANSWERS)

#: Units of these figures.
FINANCE_UNITS = (
    "loans",
    "borrowers",
    "borrowers per person",
    "{currency} per borrower",
    "{currency} per loan",
)
