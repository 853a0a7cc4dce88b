"""What rooms above may want to hear of."""

from django.dispatch import Signal

# Inside the transaction: when teams are there changed, with `teams` (ids).
opening_hours_changed = Signal()
# Inside the transaction: with `person`, who was deactivated; again each time they are saved so.
person_deactivated = Signal()
