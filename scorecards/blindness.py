"""What a reviewer could see of what might sway them."""

from interactions.models import Interaction, Recording
from scorecards.models import RubricVersion


def visible_while_grading(version: RubricVersion, interaction: Interaction) -> list[str]:
    """The names for `Scorecard.was_visible`. One query."""
    seen = {
        "agent": not version.hides_agent,
        "scores": not version.hides_scores,
        "recording": Recording.objects.filter(pk=interaction.pk).exists(),
    }
    return [name for name, is_visible in seen.items() if is_visible]
