"""The page of one person: skills by month, raw beside adjusted, with what happened meanwhile.

One set of numbers for everybody who may open the page. What is held back from the person enters none of
them, whoever reads: page and talk are then about the same figures, and a manager's page cannot give away
by its averages what a scorecard does not yet. How much is held back is counted for who manages it.

views       the page
scores      as graded and adjusted: now, by month, and whether something changed
marks       training, coaching and changed procedures on the time axis, and goals
pictures    from these to charts
criteria    what most often stands at the top or the bottom level, with quotations
customers   what customers said and did in the same time
steps       what who develops the person could do next
wording     all of it in words
"""
