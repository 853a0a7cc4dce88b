import django.db.models.deletion
import django.utils.timezone
import interactions.models
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('interactions', '0003_add_import_progress_at'),
    ]

    operations = [
        migrations.CreateModel(
            name='Recording',
            fields=[
                ('interaction', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='recording', serialize=False, to='interactions.interaction')),
                ('file', models.FileField(max_length=255, storage=interactions.models.private_storage, upload_to=interactions.models.recording_path, verbose_name='file')),
                ('layout', models.CharField(choices=[('mixed', 'Both in one channel'), ('agent_first', 'Agent left, customer right'), ('customer_first', 'Customer left, agent right')], default='mixed', max_length=20, verbose_name='channels')),
                ('duration_seconds', models.FloatField(blank=True, null=True, verbose_name='duration (s)')),
                ('peaks', models.JSONField(blank=True, default=list, verbose_name='peaks')),
                ('imported_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='imported')),
            ],
            options={
                'verbose_name': 'recording',
                'verbose_name_plural': 'recordings',
            },
        ),
        migrations.CreateModel(
            name='SurveyAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('csat', 'Satisfaction'), ('nps', 'Would recommend us'), ('ces', 'Ease'), ('resolved', 'Resolved'), ('comment', 'Comment')], max_length=10, verbose_name='question')),
                ('value', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='value')),
                ('text', models.TextField(blank=True, verbose_name='text')),
                ('answered_at', models.DateTimeField(blank=True, null=True, verbose_name='answered')),
                ('source', models.CharField(max_length=60, verbose_name='source')),
                ('recorded_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='recorded')),
                ('interaction', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='survey_answers', to='interactions.interaction')),
            ],
            options={
                'verbose_name': 'survey answer',
                'verbose_name_plural': 'survey answers',
                'constraints': [models.UniqueConstraint(fields=('interaction', 'kind'), name='interactions_surveyanswer_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['csat', 'nps', 'ces', 'resolved', 'comment'])), name='interactions_surveyanswer_kind'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'csat'), _negated=True), models.Q(('value__gte', 1), ('value__isnull', False), ('value__lte', 5)), _connector='OR'), name='interactions_surveyanswer_csat'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'nps'), _negated=True), models.Q(('value__gte', 0), ('value__isnull', False), ('value__lte', 10)), _connector='OR'), name='interactions_surveyanswer_nps'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'ces'), _negated=True), models.Q(('value__gte', 1), ('value__isnull', False), ('value__lte', 7)), _connector='OR'), name='interactions_surveyanswer_ces'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'resolved'), _negated=True), models.Q(('value__gte', 0), ('value__isnull', False), ('value__lte', 1)), _connector='OR'), name='interactions_surveyanswer_resolved'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'comment'), _negated=True), models.Q(('value__isnull', True), models.Q(('text', ''), _negated=True)), _connector='OR'), name='interactions_surveyanswer_comment')],
            },
        ),
    ]
