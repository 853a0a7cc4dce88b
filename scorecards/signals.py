"""What rooms above may want to hear of."""

from django.dispatch import Signal

# Sent with `scorecard`, inside of the transaction in which a trainee hands in their practice.
practice_submitted = Signal()
