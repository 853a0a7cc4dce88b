"""What rooms above may want to hear of."""

from django.dispatch import Signal

# Sent with `completion` and `page`, inside of the transaction, when a step or a module is done.
page_completed = Signal()
