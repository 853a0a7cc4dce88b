import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from scorecards.freezing import freeze_after, thaw_before


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("scorecards", "0003_picks"),
    ]

    operations = [
        # First and last, because a rubric version is frozen by triggers that a rebuilt table loses.
        migrations.RunPython(thaw_before, freeze_after),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('open', 'Open'), ('upheld', 'Grade upheld'), ('changed_in_part', 'Changed in part'), ('changed', 'Changed as proposed'), ('withdrawn', 'Withdrawn')], default='open', max_length=16, verbose_name='state')),
                ('filed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='filed')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('explanation', models.TextField(blank=True, verbose_name='explanation of the decision')),
            ],
            options={
                'verbose_name': 'dispute',
                'verbose_name_plural': 'disputes',
                'ordering': ['-filed_at', '-pk'],
                'permissions': [('decide_disputes', 'Can decide disputes about grades of others')],
            },
        ),
        migrations.CreateModel(
            name='DisputedCriterion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(verbose_name='reason')),
            ],
            options={
                'verbose_name': 'disputed criterion',
                'verbose_name_plural': 'disputed criteria',
                'ordering': ['criterion__section__position', 'criterion__position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='FeedbackHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('held_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'feedback hold',
                'verbose_name_plural': 'feedback holds',
            },
        ),
        migrations.CreateModel(
            name='Reply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('body', models.TextField(verbose_name='message')),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='written')),
            ],
            options={
                'verbose_name': 'reply',
                'verbose_name_plural': 'replies',
                'ordering': ['written_at', 'pk'],
            },
        ),
        migrations.AlterModelOptions(
            name='scorecard',
            options={'ordering': ['-submitted_at', '-pk'], 'permissions': [('grade_interactions', 'Can grade interactions assigned to them'), ('view_all_scorecards', 'Can see every submitted scorecard'), ('override_scorecards', 'Can change a submitted grade, with a reason'), ('release_feedback', 'Can hold grades back from agents and release them')], 'verbose_name': 'scorecard', 'verbose_name_plural': 'scorecards'},
        ),
        migrations.RemoveConstraint(
            model_name='rollup',
            name='scorecards_rollup_cell',
        ),
        migrations.AddField(
            model_name='rollup',
            name='is_held',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='rubricversion',
            name='dispute_days',
            field=models.PositiveSmallIntegerField(default=14, help_text='Counted from the day on which the agent could see it, to the end of the last day where the agent is.', validators=[django.core.validators.MaxValueValidator(365)], verbose_name='days to dispute a grade'),
        ),
        migrations.AddField(
            model_name='rubricversion',
            name='holds_feedback',
            field=models.BooleanField(default=False, help_text='The agent sees nothing of a grade before that.', verbose_name='hold feedback until a manager releases it'),
        ),
        migrations.AddField(
            model_name='rubricversion',
            name='undo_minutes',
            field=models.PositiveSmallIntegerField(default=10, help_text='After that only an override with a reason changes a grade.', verbose_name='minutes to take a submission back'),
        ),
        migrations.AddField(
            model_name='scorecard',
            name='cause',
            field=models.CharField(blank=True, choices=[('override', 'Overridden'), ('dispute', 'Changed after a dispute')], max_length=10, verbose_name='cause'),
        ),
        migrations.AddField(
            model_name='scorecard',
            name='is_current',
            field=models.BooleanField(default=True, verbose_name='current'),
        ),
        migrations.AddField(
            model_name='scorecard',
            name='is_held',
            field=models.BooleanField(default=False, verbose_name='held back from the agent'),
        ),
        migrations.AddField(
            model_name='scorecard',
            name='reason',
            field=models.TextField(blank=True, verbose_name='reason for the change'),
        ),
        migrations.AddField(
            model_name='scorecard',
            name='released_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='released'),
        ),
        migrations.AddField(
            model_name='scorecard',
            name='revised_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='changed by'),
        ),
        migrations.AddField(
            model_name='scorecard',
            name='revision',
            field=models.PositiveSmallIntegerField(default=1, verbose_name='revision'),
        ),
        migrations.AlterField(
            model_name='scorecard',
            name='assignment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scorecards', related_query_name='scorecard', to='scorecards.reviewassignment'),
        ),
        migrations.AddConstraint(
            model_name='rollup',
            constraint=models.UniqueConstraint(fields=('agent', 'reviewer', 'version', 'channel', 'month', 'subject', 'subject_id', 'is_held'), name='scorecards_rollup_cell'),
        ),
        migrations.AddConstraint(
            model_name='scorecard',
            constraint=models.UniqueConstraint(fields=('assignment', 'revision'), name='scorecards_scorecard_revision_once'),
        ),
        migrations.AddConstraint(
            model_name='scorecard',
            constraint=models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('assignment',), name='scorecards_scorecard_one_current'),
        ),
        migrations.AddConstraint(
            model_name='scorecard',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cause', ''), ('reason', ''), ('revised_by__isnull', True), ('revision', 1)), models.Q(('revised_by__isnull', False), ('revision__gt', 1), ('state', 'submitted'), models.Q(('cause', ''), _negated=True), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='scorecards_scorecard_revision_explained'),
        ),
        migrations.AddConstraint(
            model_name='scorecard',
            constraint=models.CheckConstraint(condition=models.Q(('is_held', False), models.Q(('acknowledged_at__isnull', True), ('released_at__isnull', True), ('state', 'submitted')), _connector='OR'), name='scorecards_scorecard_held_unseen'),
        ),
        migrations.AddField(
            model_name='dispute',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='closed by'),
        ),
        migrations.AddField(
            model_name='dispute',
            name='regrade',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='regrade_of', to='scorecards.reviewassignment', verbose_name='second grade'),
        ),
        migrations.AddField(
            model_name='dispute',
            name='result',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='decided_dispute', to='scorecards.scorecard', verbose_name='new revision'),
        ),
        migrations.AddField(
            model_name='dispute',
            name='scorecard',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='scorecards.scorecard'),
        ),
        migrations.AddField(
            model_name='disputedcriterion',
            name='criterion',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scorecards.criterion'),
        ),
        migrations.AddField(
            model_name='disputedcriterion',
            name='decided_level',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scorecards.level'),
        ),
        migrations.AddField(
            model_name='disputedcriterion',
            name='dispute',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='criteria', to='scorecards.dispute'),
        ),
        migrations.AddField(
            model_name='disputedcriterion',
            name='proposed_level',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scorecards.level'),
        ),
        migrations.AddField(
            model_name='feedbackhold',
            name='agent',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='feedback_hold', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='feedbackhold',
            name='held_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reply',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reply',
            name='scorecard',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='replies', to='scorecards.scorecard'),
        ),
        migrations.AddIndex(
            model_name='dispute',
            index=models.Index(fields=['state', '-filed_at'], name='scorecards__state_0f8313_idx'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('scorecard',), name='scorecards_dispute_one_open'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='scorecards_dispute_closed_whole'),
        ),
        migrations.AddConstraint(
            model_name='dispute',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('result__isnull', False), ('state__in', ['changed', 'changed_in_part'])), models.Q(('result__isnull', True), ('state__in', ['open', 'upheld', 'withdrawn'])), _connector='OR'), name='scorecards_dispute_change_has_result'),
        ),
        migrations.AddConstraint(
            model_name='disputedcriterion',
            constraint=models.UniqueConstraint(fields=('dispute', 'criterion'), name='scorecards_disputedcriterion_once'),
        ),
        migrations.RunPython(freeze_after, thaw_before),
    ]
