"""What rooms above may want to hear of. Each comes with `ids` of interactions, in the transaction."""

from django.dispatch import Signal

# Parts of the words were masked; every offset stays true.
words_changed = Signal()

# Interactions were written, or have another agent, customer or return now; without `ids`.
interactions_written = Signal()

# What was derived of the times in them was worked out again, and is something else.
service_facts_changed = Signal()

# The words are gone: what was quoted from them has to go too.
interaction_words_removed = Signal()

# Customers are erased, given as `customers` (rows, as they were) beside `ids`.
customers_erased = Signal()
