"""What rooms above may want to hear of."""

from django.dispatch import Signal

# Sent with `scorecard`, inside of the transaction in which a trainee hands in their practice.
practice_submitted = Signal()

# Sent with `scorecard`, inside of the transaction, when a grade begins to count for its agent and to be
# seen by them: it was handed in, released, or changed.
grade_shown = Signal()

# Sent with `scorecard`, inside of the transaction, when its reviewer takes a grade back: nobody has read
# it, and it counts no longer.
grade_taken_back = Signal()
