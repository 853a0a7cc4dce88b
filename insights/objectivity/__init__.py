"""Objectivity: how far grades depend on who gives them.

`scope` is what the pages are about (standard, months, channel); `reviewers` severity, drift, expert keys,
workload and time; `agreement` what several people graded, and criteria that tell nothing apart;
`treatment` whether channels, tiers and languages are measured alike. `words` and `pictures` say and draw
it. Everything but the fits is added up by the database; fits are kept by what they were made of.
"""
