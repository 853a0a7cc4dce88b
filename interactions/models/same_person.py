"""Which rows of customers are one person."""

from django.conf import settings
from django.db import connection, models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from interactions.models.interactions import Customer


class CustomerLink(models.Model):
    """Somebody said that two customers are the same person, whom two sources know by two ids. The lower
    key stands first. Who is linked with whom through others belongs together as well (`same_as`)."""

    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="links_forward")
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="links_back")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(_("linked"), default=timezone.now)

    class Meta:
        verbose_name = _("link of customers")
        verbose_name_plural = _("links of customers")
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"], name="interactions_customerlink_once"
            ),
            models.CheckConstraint(
                condition=Q(first__lt=F("second")), name="interactions_customerlink_order"
            ),
        ]
        permissions = [("link_customers", _("Can say which customers are the same person"))]

    def __str__(self) -> str:
        return f"{self.first_id} = {self.second_id}"


def same_as(customer: int) -> list[int]:
    """The keys of all rows that are this person, the given one among them. One query."""
    links = connection.ops.quote_name(CustomerLink._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH RECURSIVE same(id) AS (
                SELECT CAST(%s AS bigint)
                UNION
                SELECT CASE WHEN link.first_id = same.id THEN link.second_id ELSE link.first_id END
                FROM {links} link
                JOIN same ON link.first_id = same.id OR link.second_id = same.id
            )
            SELECT id FROM same ORDER BY id
            """,  # noqa: S608 (a table's name of ours)
            [customer],
        )
        return [row[0] for row in cursor.fetchall()]
