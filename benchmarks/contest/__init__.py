"""The contest of `bench.py`: the same works by this package, by its peers, and by a bare socket.

`works.py` lists what is measured, `contenders.py` who takes part, `harness.py` runs the rounds, `figures.py` is the
arithmetic, `report.py` and `plot.py` show what came of it. Only a contender's own file knows its library.
"""
