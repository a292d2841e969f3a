"""Find the best: a search over models and their settings, with labels or without.

A search is a record in the run store, its trials are runs that lists leave out, and the optimiser's memory (Optuna's
journal) is the search's log there: whatever database the runs are in, every worker of every server shares the study,
and it survives each of them. Optuna is imported by workers alone; the dashboard's server reads the records.

    plan.py         the settings of a search
    space.py        what a search tries, from what each model says is worth searching
    rows.py         the rows that choose among the trials, and those kept for the final estimate
    candidate.py    one recipe, trained and evaluated on those rows
    study.py        the optimiser: what to try next, which trials to prune
    lifecycle.py    starts searches, adds their trials, stops, resumes and ends them
    leaderboard.py  the trials ranked, and the best so far
"""
