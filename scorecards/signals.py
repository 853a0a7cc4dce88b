"""What rooms above may want to hear of."""

from django.dispatch import Signal

# Sent with `scorecard`, inside of the transaction in which a trainee hands in their practice.
practice_submitted = Signal()

# Sent with `scorecard`, inside of the transaction, when a grade begins to count for its agent and to be
# seen by them: it was handed in, released, or changed.
grade_shown = Signal()

# Each sent inside of the transaction. `scorecard_submitted` (`scorecard`) tells of every submission, also
# of what is held back or off the record; `dispute_filed` and `dispute_closed` (`dispute`) of disputes.
scorecard_submitted = Signal()
dispute_filed = Signal()
dispute_closed = Signal()

# Sent with `scorecard`, inside of the transaction, when its reviewer takes a grade back: nobody has read
# it, and it counts no longer.
grade_taken_back = Signal()
