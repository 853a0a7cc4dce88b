import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('interactions', '0004_recordings'),
        ('scorecards', '0004_feedback'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CalibrationDecision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('notes', models.TextField(blank=True, verbose_name='notes')),
                ('decision', models.TextField(blank=True, verbose_name='decision')),
                ('decided_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='decided')),
            ],
            options={
                'verbose_name': 'calibration decision',
                'verbose_name_plural': 'calibration decisions',
            },
        ),
        migrations.CreateModel(
            name='CalibrationItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
            ],
            options={
                'verbose_name': 'calibration interaction',
                'verbose_name_plural': 'calibration interactions',
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='CalibrationPick',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'verbose_name': 'calibration pick',
                'verbose_name_plural': 'calibration picks',
            },
        ),
        migrations.CreateModel(
            name='CalibrationSession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120, verbose_name='title')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='created')),
                ('due_on', models.DateField(blank=True, null=True, verbose_name='to be graded by')),
                ('opened_at', models.DateTimeField(blank=True, null=True, verbose_name='opened')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
            ],
            options={
                'verbose_name': 'calibration session',
                'verbose_name_plural': 'calibration sessions',
                'ordering': ['-created_at', '-pk'],
                'permissions': [('lead_calibration', 'Can write expert keys and lead calibration sessions')],
            },
        ),
        migrations.CreateModel(
            name='ExpertGrade',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_not_applicable', models.BooleanField(default=False, verbose_name='not applicable')),
                ('comment', models.TextField(blank=True, verbose_name='comment')),
            ],
            options={
                'verbose_name': 'expert grade',
                'verbose_name_plural': 'expert grades',
            },
        ),
        migrations.CreateModel(
            name='ExpertKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='written')),
            ],
            options={
                'verbose_name': 'expert key',
                'verbose_name_plural': 'expert keys',
                'ordering': ['-written_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='RubricNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('criterion_key', models.SlugField(max_length=60, verbose_name='criterion')),
                ('text', models.TextField(verbose_name='proposed wording')),
                ('written_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='written')),
            ],
            options={
                'verbose_name': 'rubric note',
                'verbose_name_plural': 'rubric notes',
                'ordering': ['-written_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='SeededPick',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seeded_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='put into the queue')),
            ],
            options={
                'verbose_name': 'seeded pick',
                'verbose_name_plural': 'seeded picks',
                'ordering': ['-seeded_at', '-pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='reviewassignment',
            name='scorecards_assignment_once',
        ),
        migrations.AlterField(
            model_name='reviewassignment',
            name='purpose',
            field=models.CharField(choices=[('grade', 'Grade'), ('second', 'Second grade, blind'), ('link', 'Linking grade'), ('seeded', 'Held against an expert key'), ('calibration', 'Calibration'), ('regrade', 'Second grade for a dispute')], default='grade', max_length=12, verbose_name='purpose'),
        ),
        migrations.AlterField(
            model_name='reviewassignment',
            name='state',
            field=models.CharField(choices=[('open', 'To grade'), ('done', 'Graded'), ('skipped', 'Skipped'), ('apart', 'In a session')], default='open', max_length=10, verbose_name='state'),
        ),
        migrations.AddConstraint(
            model_name='reviewassignment',
            constraint=models.UniqueConstraint(condition=models.Q(('purpose', 'calibration'), _negated=True), fields=('interaction', 'reviewer', 'rubric'), name='scorecards_assignment_once'),
        ),
        migrations.AddConstraint(
            model_name='reviewassignment',
            constraint=models.UniqueConstraint(condition=models.Q(('purpose', 'calibration')), fields=('interaction', 'reviewer', 'rubric'), name='scorecards_assignment_calibrated_once'),
        ),
        migrations.AddConstraint(
            model_name='reviewassignment',
            constraint=models.CheckConstraint(condition=models.Q(('inclusion_probability__isnull', True), models.Q(('purpose__in', ['seeded', 'calibration', 'regrade']), _negated=True), _connector='OR'), name='scorecards_assignment_off_record_uncounted'),
        ),
        migrations.AddConstraint(
            model_name='reviewassignment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'apart'), _negated=True), ('purpose', 'calibration'), _connector='OR'), name='scorecards_assignment_apart_in_session'),
        ),
        migrations.AddField(
            model_name='calibrationdecision',
            name='criterion',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scorecards.criterion'),
        ),
        migrations.AddField(
            model_name='calibrationdecision',
            name='decided_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='calibrationitem',
            name='interaction',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calibration_items', to='interactions.interaction'),
        ),
        migrations.AddField(
            model_name='calibrationpick',
            name='assignment',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='calibration_pick', to='scorecards.reviewassignment'),
        ),
        migrations.AddField(
            model_name='calibrationpick',
            name='item',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='picks', to='scorecards.calibrationitem'),
        ),
        migrations.AddField(
            model_name='calibrationsession',
            name='organiser',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='calibrationsession',
            name='participants',
            field=models.ManyToManyField(related_name='calibration_sessions', to=settings.AUTH_USER_MODEL, verbose_name='who takes part'),
        ),
        migrations.AddField(
            model_name='calibrationsession',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='calibration_sessions', to='scorecards.rubricversion', verbose_name='rubric'),
        ),
        migrations.AddField(
            model_name='calibrationitem',
            name='session',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='scorecards.calibrationsession'),
        ),
        migrations.AddField(
            model_name='calibrationdecision',
            name='session',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='decisions', to='scorecards.calibrationsession'),
        ),
        migrations.AddField(
            model_name='expertgrade',
            name='criterion',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scorecards.criterion'),
        ),
        migrations.AddField(
            model_name='expertgrade',
            name='level',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scorecards.level'),
        ),
        migrations.AddField(
            model_name='expertkey',
            name='interaction',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='expert_keys', to='interactions.interaction'),
        ),
        migrations.AddField(
            model_name='expertkey',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='expert_keys', to='scorecards.rubricversion'),
        ),
        migrations.AddField(
            model_name='expertkey',
            name='written_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='expertgrade',
            name='key',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grades', to='scorecards.expertkey'),
        ),
        migrations.AddField(
            model_name='calibrationitem',
            name='key',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='scorecards.expertkey'),
        ),
        migrations.AddField(
            model_name='rubricnote',
            name='rubric',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='scorecards.rubric'),
        ),
        migrations.AddField(
            model_name='rubricnote',
            name='session',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='notes', to='scorecards.calibrationsession'),
        ),
        migrations.AddField(
            model_name='rubricnote',
            name='written_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='seededpick',
            name='assignment',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='seeded_pick', to='scorecards.reviewassignment'),
        ),
        migrations.AddField(
            model_name='seededpick',
            name='key',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seeded_picks', to='scorecards.expertkey'),
        ),
        migrations.AddField(
            model_name='seededpick',
            name='seeded_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='calibrationsession',
            constraint=models.CheckConstraint(condition=models.Q(('closed_at__isnull', True), ('opened_at__isnull', False), _connector='OR'), name='scorecards_calibration_opened_before_closed'),
        ),
        migrations.AddConstraint(
            model_name='calibrationdecision',
            constraint=models.UniqueConstraint(fields=('session', 'criterion'), name='scorecards_calibrationdecision_once'),
        ),
        migrations.AddConstraint(
            model_name='expertkey',
            constraint=models.UniqueConstraint(fields=('interaction', 'version'), name='scorecards_expertkey_once'),
        ),
        migrations.AddConstraint(
            model_name='expertgrade',
            constraint=models.UniqueConstraint(fields=('key', 'criterion'), name='scorecards_expertgrade_once'),
        ),
        migrations.AddConstraint(
            model_name='expertgrade',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_not_applicable', False), ('level__isnull', False)), models.Q(('is_not_applicable', True), ('level__isnull', True)), _connector='OR'), name='scorecards_expertgrade_level_or_na'),
        ),
        migrations.AddConstraint(
            model_name='calibrationitem',
            constraint=models.UniqueConstraint(fields=('session', 'interaction'), name='scorecards_calibrationitem_once'),
        ),
        migrations.AddIndex(
            model_name='rubricnote',
            index=models.Index(fields=['rubric', 'criterion_key'], name='scorecards__rubric__d8d4d7_idx'),
        ),
    ]
