"""Comparison of proxies: what `perf/compare` is made of.

From the bottom up: `resp`, `process`, `usage`, `machine` and `quota` know the system; `cluster` and
`contestants` start servers and proxies; `scenarios` and `goals` are data; `load` and `idle` measure one
run; `rounds` orders the runs; `stats`, `table`, `svg`, `plots` and `record` make a record of them.
"""
