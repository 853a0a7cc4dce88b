"""From a JSON Lines file to interactions: reading lines, judging rows, writing batches.

`reading` and `rows` know nothing of the database; `writing` stores what they let through; `run`
drives them and keeps the place, so that a stopped or killed import goes on where it was.
"""
