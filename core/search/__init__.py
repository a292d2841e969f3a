"""Find the best: a search over models and their settings, with labels or without.

A search is a record in the run store, its trials are runs that lists leave out, and the optimiser's memory (Optuna's
journal) is the search's log there: whatever database the runs are in, every worker of every server shares the study,
and it survives each of them. Optuna is imported by workers alone; the dashboard's server reads the records.

    plan.py       what is asked of a search
    space.py      what a search tries, from what each model says is worth searching
    rows.py       the rows that choose, and those kept for the last word
    injected/     synthetic anomalies, one kind a file
    candidate.py  one recipe, trained and judged by those rows
    study.py      the optimiser: what to try next, what to end early
    job.py        one trial in the hands of a worker
    keeper.py     starts, feeds, stops, resumes and ends searches
    standing.py   which trial is the best so far
"""
