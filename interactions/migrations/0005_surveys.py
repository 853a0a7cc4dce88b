"""Surveys with their invitations, public reviews, and which customers are the same person."""

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import modelcluster.fields
import wagtail.models.preview
from django.conf import settings
from django.db import migrations, models

import interactions.models.invitations


class Migration(migrations.Migration):
    dependencies = [
        ("interactions", "0004_recordings_and_answers"),
        ("people", "0002_content_language"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Survey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="Only we see it, in lists and rules.",
                        max_length=80,
                        unique=True,
                        verbose_name="name",
                    ),
                ),
                (
                    "language",
                    models.CharField(default="en", max_length=12, verbose_name="language"),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="When it is not, nobody new is asked.",
                        verbose_name="in use",
                    ),
                ),
                (
                    "title",
                    models.CharField(
                        default="How did we do?", max_length=120, verbose_name="heading"
                    ),
                ),
                (
                    "introduction",
                    models.TextField(
                        blank=True,
                        default="It takes a minute. Answer what you like and leave out the rest.",
                        verbose_name="introduction",
                    ),
                ),
                ("yes_label", models.CharField(default="Yes", max_length=40, verbose_name="“Yes”")),
                ("no_label", models.CharField(default="No", max_length=40, verbose_name="“No”")),
                (
                    "send_label",
                    models.CharField(
                        default="Send my answers", max_length=60, verbose_name="button"
                    ),
                ),
                (
                    "missing_text",
                    models.CharField(
                        default="Nothing is answered yet. Choose at least one answer, then send.",
                        max_length=200,
                        verbose_name="when nothing is answered",
                    ),
                ),
                (
                    "wrong_text",
                    models.CharField(
                        default="Please look at the questions marked below: an answer is too long or not on the scale.",
                        max_length=200,
                        verbose_name="when an answer does not fit",
                    ),
                ),
                (
                    "thanks_title",
                    models.CharField(
                        default="Thank you", max_length=120, verbose_name="heading of the thanks"
                    ),
                ),
                (
                    "thanks_text",
                    models.TextField(
                        default="Your answers have arrived. They help us to serve you and others better.",
                        verbose_name="thanks",
                    ),
                ),
                (
                    "closed_text",
                    models.CharField(
                        default="This link has expired, so nothing can be sent any more. Thank you for coming.",
                        max_length=300,
                        verbose_name="when the link is too old",
                    ),
                ),
                (
                    "mail_subject",
                    models.CharField(
                        default="How did we do?", max_length=150, verbose_name="subject"
                    ),
                ),
                (
                    "mail_text",
                    models.TextField(
                        default="You were in touch with us on {date}. Would you tell us how that went? It takes a minute.",
                        help_text="{date} becomes the day of the contact.",
                        verbose_name="mail",
                    ),
                ),
                (
                    "mail_button",
                    models.CharField(default="Answer now", max_length=60, verbose_name="link"),
                ),
                (
                    "stop_label",
                    models.CharField(
                        default="Do not ask me again",
                        max_length=80,
                        verbose_name="link to be asked no more",
                    ),
                ),
                (
                    "stop_question",
                    models.CharField(
                        default="Shall we stop asking you for your opinion?",
                        max_length=200,
                        verbose_name="asked before that",
                    ),
                ),
                (
                    "stopped_text",
                    models.CharField(
                        default="We will not ask you again. If that was a mistake, take it back here.",
                        max_length=200,
                        verbose_name="said after that",
                    ),
                ),
                (
                    "resume_label",
                    models.CharField(
                        default="You may ask me again",
                        max_length=80,
                        verbose_name="to take it back",
                    ),
                ),
            ],
            options={
                "verbose_name": "survey",
                "verbose_name_plural": "surveys",
                "ordering": ["name"],
            },
            bases=(wagtail.models.preview.PreviewableMixin, models.Model),
        ),
        migrations.CreateModel(
            name="SurveyRefusal",
            fields=[
                (
                    "address_digest",
                    models.CharField(max_length=64, primary_key=True, serialize=False),
                ),
                (
                    "refused_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="refused"),
                ),
            ],
            options={
                "verbose_name": "refusal of surveys",
                "verbose_name_plural": "refusals of surveys",
            },
        ),
        migrations.AddField(
            model_name="customer",
            name="email",
            field=models.EmailField(blank=True, max_length=254, verbose_name="e-mail address"),
        ),
        migrations.CreateModel(
            name="PublicReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("review", "Review"), ("testimonial", "Testimonial")],
                        default="review",
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "site",
                    models.CharField(
                        help_text="The site or place, for example “Trustpages”.",
                        max_length=80,
                        verbose_name="where",
                    ),
                ),
                ("url", models.URLField(blank=True, max_length=500, verbose_name="link")),
                ("posted_on", models.DateField(verbose_name="date there")),
                (
                    "author",
                    models.CharField(blank=True, max_length=120, verbose_name="author as shown"),
                ),
                (
                    "rating",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=5, null=True, verbose_name="rating"
                    ),
                ),
                (
                    "highest",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        verbose_name="of at most",
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=200, verbose_name="title")),
                ("text", models.TextField(blank=True, max_length=10000, verbose_name="text")),
                (
                    "may_quote",
                    models.BooleanField(
                        default=False, verbose_name="the author allowed us to quote it"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("taken", "In hand"),
                            ("answered", "Answered"),
                            ("closed", "Closed"),
                        ],
                        default="new",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                (
                    "due_on",
                    models.DateField(blank=True, null=True, verbose_name="to be answered by"),
                ),
                ("reply", models.TextField(blank=True, max_length=10000, verbose_name="our reply")),
                ("replied_at", models.DateTimeField(blank=True, null=True, verbose_name="replied")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed")),
                (
                    "recorded_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="recorded"
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="public_reviews",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="public_reviews",
                        to="interactions.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "interaction",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="public_reviews",
                        to="interactions.interaction",
                        verbose_name="interaction",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who looks after it",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "replied_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "public review",
                "verbose_name_plural": "public reviews",
                "ordering": ["-posted_on", "-pk"],
                "permissions": [("handle_reviews", "Can record public reviews and answer them")],
            },
        ),
        migrations.CreateModel(
            name="PublicReviewNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(max_length=4000, verbose_name="note")),
                (
                    "written_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="written"),
                ),
                (
                    "review",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="interactions.publicreview",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "note about a review",
                "verbose_name_plural": "notes about reviews",
                "ordering": ["written_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="SurveyInvitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        default=interactions.models.invitations.new_code,
                        editable=False,
                        max_length=24,
                        unique=True,
                    ),
                ),
                ("address_digest", models.CharField(editable=False, max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("answered", "Answered"),
                            ("failed", "Failed"),
                            ("cancelled", "Not sent"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                (
                    "next_try_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="next try"
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="made"),
                ),
                ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent")),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="answered"),
                ),
                ("expires_at", models.DateTimeField(verbose_name="link works until")),
                (
                    "interaction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="survey_invitation",
                        to="interactions.interaction",
                    ),
                ),
            ],
            options={
                "verbose_name": "survey invitation",
                "verbose_name_plural": "survey invitations",
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="surveyanswer",
            name="invitation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="answers",
                to="interactions.surveyinvitation",
                verbose_name="invitation",
            ),
        ),
        migrations.CreateModel(
            name="SurveyQuestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sort_order", models.IntegerField(blank=True, editable=False, null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("csat", "Satisfaction (CSAT), 1 to 5"),
                            ("nps", "Would recommend us (NPS), 0 to 10"),
                            ("ces", "Ease (CES), 1 to 7"),
                            ("resolved", "Resolved, yes or no"),
                            ("comment", "Comment, in their own words"),
                        ],
                        max_length=10,
                        verbose_name="asks for",
                    ),
                ),
                ("text", models.CharField(max_length=300, verbose_name="question")),
                (
                    "lowest_label",
                    models.CharField(blank=True, max_length=60, verbose_name="the lowest means"),
                ),
                (
                    "highest_label",
                    models.CharField(blank=True, max_length=60, verbose_name="the highest means"),
                ),
                (
                    "survey",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="interactions.survey",
                    ),
                ),
            ],
            options={
                "verbose_name": "question",
                "verbose_name_plural": "questions",
                "ordering": ["sort_order"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SurveyRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                ("is_active", models.BooleanField(default=False, verbose_name="in use")),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="The first rule that fits a contact decides.",
                        verbose_name="position",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("phone", "Phone"),
                            ("email", "E-mail"),
                            ("chat", "Chat"),
                            ("social", "Social media"),
                        ],
                        help_text="Empty: all.",
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        help_text="As it was imported, for example “de”. Empty: all.",
                        max_length=12,
                        verbose_name="language of the contact",
                    ),
                ),
                (
                    "percent",
                    models.PositiveSmallIntegerField(
                        default=100,
                        help_text="How many of those who fit are asked, drawn by chance.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="share (%)",
                    ),
                ),
                (
                    "delay_hours",
                    models.PositiveSmallIntegerField(
                        default=24,
                        validators=[django.core.validators.MaxValueValidator(720)],
                        verbose_name="hours after the contact",
                    ),
                ),
                (
                    "within_days",
                    models.PositiveSmallIntegerField(
                        default=7,
                        help_text="Whose contact lies further back is not asked, for example after an import.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(60),
                        ],
                        verbose_name="not after (days)",
                    ),
                ),
                (
                    "quiet_days",
                    models.PositiveSmallIntegerField(
                        default=30,
                        help_text="Who was asked is not asked again for so long.",
                        validators=[django.core.validators.MaxValueValidator(730)],
                        verbose_name="quiet period (days)",
                    ),
                ),
                (
                    "valid_days",
                    models.PositiveSmallIntegerField(
                        default=14,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(90),
                        ],
                        verbose_name="link works for (days)",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="made"
                    ),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rules",
                        to="interactions.survey",
                        verbose_name="survey",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        help_text="Whose agents served that day. Empty: all.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.team",
                        verbose_name="team",
                    ),
                ),
            ],
            options={
                "verbose_name": "rule for surveys",
                "verbose_name_plural": "rules for surveys",
                "ordering": ["position", "pk"],
                "permissions": [("manage_surveys", "Can see and repeat what customers are asked")],
            },
        ),
        migrations.AddField(
            model_name="surveyinvitation",
            name="rule",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="invitations",
                to="interactions.surveyrule",
            ),
        ),
        migrations.CreateModel(
            name="SurveyVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("wording", models.JSONField(verbose_name="wording")),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="since"),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "survey",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="interactions.survey",
                    ),
                ),
            ],
            options={
                "verbose_name": "version of a survey",
                "verbose_name_plural": "versions of surveys",
                "ordering": ["survey", "number"],
            },
        ),
        migrations.AddField(
            model_name="surveyinvitation",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="invitations",
                to="interactions.surveyversion",
            ),
        ),
        migrations.AddField(
            model_name="surveyanswer",
            name="version",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="answers",
                to="interactions.surveyversion",
                verbose_name="as it was asked",
            ),
        ),
        migrations.CreateModel(
            name="CustomerLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "made_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="linked"),
                ),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links_forward",
                        to="interactions.customer",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="links_back",
                        to="interactions.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "link of customers",
                "verbose_name_plural": "links of customers",
                "permissions": [("link_customers", "Can say which customers are the same person")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("first", "second"), name="interactions_customerlink_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))),
                        name="interactions_customerlink_order",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="publicreview",
            index=models.Index(fields=["-posted_on", "-id"], name="interaction_posted__4a9ad3_idx"),
        ),
        migrations.AddConstraint(
            model_name="publicreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("highest__isnull", True), ("rating__isnull", True)),
                    models.Q(
                        ("highest__isnull", False),
                        ("rating__isnull", False),
                        ("highest__gt", 0),
                        ("rating__gte", 0),
                        ("rating__lte", models.F("highest")),
                    ),
                    _connector="OR",
                ),
                name="interactions_publicreview_scale",
                violation_error_message="A rating needs the best of its scale, and cannot lie above it: 4 of 5.",
            ),
        ),
        migrations.AddConstraint(
            model_name="publicreview",
            constraint=models.CheckConstraint(
                condition=models.Q(("rating", None), ("text", ""), _negated=True),
                name="interactions_publicreview_says_something",
                violation_error_message="A review has a rating, a text or both.",
            ),
        ),
        migrations.AddConstraint(
            model_name="publicreview",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", False), ("state", "closed")),
                    models.Q(
                        models.Q(("state", "closed"), _negated=True), ("closed_at__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="interactions_publicreview_closed",
            ),
        ),
        migrations.AddConstraint(
            model_name="surveyquestion",
            constraint=models.UniqueConstraint(
                fields=("survey", "kind"),
                name="interactions_surveyquestion_once",
                violation_error_message="A survey asks each kind of question once.",
            ),
        ),
        migrations.AddConstraint(
            model_name="surveyrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("percent__gte", 1), ("percent__lte", 100)),
                name="interactions_surveyrule_percent",
            ),
        ),
        migrations.AddConstraint(
            model_name="surveyversion",
            constraint=models.UniqueConstraint(
                fields=("survey", "number"), name="interactions_surveyversion_once"
            ),
        ),
        migrations.AddIndex(
            model_name="surveyinvitation",
            index=models.Index(
                fields=["-created_at", "-id"], name="interaction_created_8c90f4_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="surveyinvitation",
            index=models.Index(
                fields=["address_digest", "created_at"], name="interaction_address_309b49_idx"
            ),
        ),
        migrations.AddIndex(
            model_name="surveyinvitation",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "sending"])),
                fields=["next_try_at"],
                name="interactions_surveys_to_send",
            ),
        ),
        migrations.AddConstraint(
            model_name="surveyinvitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_at__isnull", False), ("state", "answered")),
                    models.Q(
                        models.Q(("state", "answered"), _negated=True),
                        ("answered_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="interactions_surveyinvitation_answered",
            ),
        ),
    ]
