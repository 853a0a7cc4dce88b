import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import scorecards.models.picks
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("interactions", "0003_add_import_progress_at"),
        ("people", "0001_initial"),
        ("scorecards", "0002_rubric_policies"),
    ]

    operations = [
        migrations.CreateModel(
            name='Pick',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('inclusion_probability', models.FloatField(verbose_name='inclusion probability')),
                ('signs', models.JSONField(blank=True, default=list, verbose_name='signs of risk')),
            ],
            options={
                'verbose_name': 'pick',
                'verbose_name_plural': 'picks',
            },
        ),
        migrations.CreateModel(
            name='SamplingDraw',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('starts_on', models.DateField(verbose_name='from')),
                ('ends_on', models.DateField(verbose_name='to')),
                ('seed', models.BigIntegerField(default=scorecards.models.picks.new_seed, verbose_name='seed')),
                ('design', models.JSONField(default=dict, verbose_name='design')),
                ('teams', models.JSONField(default=list, verbose_name='teams')),
                ('agents', models.JSONField(default=list, verbose_name='agents')),
                ('channels', models.JSONField(default=list, verbose_name='channels')),
                ('drawn_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='drawn')),
                ('population_size', models.PositiveIntegerField(verbose_name='to pick from')),
                ('population_digest', models.CharField(editable=False, max_length=64)),
                ('expected_count', models.FloatField(verbose_name='expected')),
                ('picked_count', models.PositiveIntegerField(verbose_name='picked')),
            ],
            options={
                'verbose_name': 'draw',
                'verbose_name_plural': 'draws',
                'ordering': ['-starts_on', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='SamplingPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='name')),
                ('channels', models.JSONField(blank=True, default=list, verbose_name='channels')),
                ('quantity', models.CharField(choices=[('per_agent_week', 'A number for each agent and week'), ('share', 'A share of all')], default='per_agent_week', max_length=20, verbose_name='how many')),
                ('per_agent_week', models.PositiveSmallIntegerField(default=2, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='for each agent and week')),
                ('share_percent', models.DecimalField(decimal_places=2, default=5, max_digits=5, validators=[django.core.validators.MinValueValidator(0.01), django.core.validators.MaxValueValidator(100)], verbose_name='share of all (percent)')),
                ('method', models.CharField(choices=[('simple', 'Simple random: each the same chance'), ('stratified', 'Stratified: the same chance, spread over groups'), ('risk', 'Risk-based: signs of trouble raise the chance')], default='simple', max_length=12, verbose_name='how they are picked')),
                ('stratify_by', models.CharField(choices=[('agent', 'Agents'), ('channel', 'Channels')], default='agent', max_length=10, verbose_name='spread over')),
                ('floor_percent', models.PositiveSmallIntegerField(default=50, validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(100)], verbose_name='spread evenly in any case (percent)')),
                ('weight_long_handling', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MaxValueValidator(10)], verbose_name='long handling')),
                ('weight_complaint_words', models.PositiveSmallIntegerField(default=2, validators=[django.core.validators.MaxValueValidator(10)], verbose_name='complaint words')),
                ('weight_new_agent', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MaxValueValidator(10)], verbose_name='new agent')),
                ('complaint_words', models.JSONField(blank=True, default=list, verbose_name='complaint words')),
                ('new_agent_days', models.PositiveSmallIntegerField(default=60, validators=[django.core.validators.MinValueValidator(1)], verbose_name='an agent is new for (days)')),
                ('double_percent', models.PositiveSmallIntegerField(default=10, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='graded twice, blind (percent)')),
                ('linking_count', models.PositiveSmallIntegerField(default=2, validators=[django.core.validators.MaxValueValidator(50)], verbose_name='graded by every reviewer (in each draw)')),
                ('due_days', models.PositiveSmallIntegerField(default=7, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)], verbose_name='due after (days)')),
                ('claim_hours', models.PositiveSmallIntegerField(default=24, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(720)], verbose_name='a claim lapses after (hours)')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'verbose_name': 'sampling plan',
                'verbose_name_plural': 'sampling plans',
                'ordering': ['-is_active', 'name'],
            },
        ),
        migrations.AddField(
            model_name='reviewassignment',
            name='expires_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='claim lapses'),
        ),
        migrations.AddField(
            model_name='reviewassignment',
            name='purpose',
            field=models.CharField(choices=[('grade', 'Grade'), ('second', 'Second grade, blind'), ('link', 'Linking grade')], default='grade', max_length=10, verbose_name='purpose'),
        ),
        migrations.AddField(
            model_name='reviewassignment',
            name='released_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reviewassignment',
            name='skip_reason',
            field=models.CharField(blank=True, max_length=500, verbose_name='reason for skipping'),
        ),
        migrations.AlterField(
            model_name='reviewassignment',
            name='reviewer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='review_assignments', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='reviewassignment',
            name='state',
            field=models.CharField(choices=[('open', 'To grade'), ('done', 'Graded'), ('skipped', 'Skipped')], default='open', max_length=10, verbose_name='state'),
        ),
        migrations.AddField(
            model_name='pick',
            name='interaction',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='picks', to='interactions.interaction'),
        ),
        migrations.AddField(
            model_name='reviewassignment',
            name='pick',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='scorecards.pick'),
        ),
        migrations.AddConstraint(
            model_name='reviewassignment',
            constraint=models.UniqueConstraint(condition=models.Q(('inclusion_probability__isnull', False)), fields=('pick',), name='scorecards_assignment_counts_once'),
        ),
        migrations.AddConstraint(
            model_name='reviewassignment',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'open'), ('reviewer__isnull', False), _connector='OR'), name='scorecards_assignment_done_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='reviewassignment',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__isnull', True), ('reviewer__isnull', False), _connector='OR'), name='scorecards_assignment_only_claims_lapse'),
        ),
        migrations.AddConstraint(
            model_name='reviewassignment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'skipped'), models.Q(('skip_reason', ''), _negated=True)), models.Q(models.Q(('state', 'skipped'), _negated=True), ('skip_reason', '')), _connector='OR'), name='scorecards_assignment_skipped_with_reason'),
        ),
        migrations.AddField(
            model_name='samplingdraw',
            name='drawn_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='drawn by'),
        ),
        migrations.AddField(
            model_name='pick',
            name='draw',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='picks', to='scorecards.samplingdraw'),
        ),
        migrations.AddField(
            model_name='samplingplan',
            name='agents',
            field=models.ManyToManyField(blank=True, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='agents'),
        ),
        migrations.AddField(
            model_name='samplingplan',
            name='reviewers',
            field=models.ManyToManyField(related_name='sampling_plans', to=settings.AUTH_USER_MODEL, verbose_name='reviewers'),
        ),
        migrations.AddField(
            model_name='samplingplan',
            name='rubric',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sampling_plans', to='scorecards.rubric', verbose_name='rubric'),
        ),
        migrations.AddField(
            model_name='samplingplan',
            name='teams',
            field=models.ManyToManyField(blank=True, related_name='+', to='people.team', verbose_name='teams'),
        ),
        migrations.AddField(
            model_name='samplingdraw',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='draws', to='scorecards.samplingplan'),
        ),
        migrations.AddConstraint(
            model_name='pick',
            constraint=models.UniqueConstraint(fields=('draw', 'interaction'), name='scorecards_pick_once'),
        ),
        migrations.AddConstraint(
            model_name='pick',
            constraint=models.CheckConstraint(condition=models.Q(('inclusion_probability__gt', 0), ('inclusion_probability__lte', 1)), name='scorecards_pick_probability'),
        ),
        migrations.AddConstraint(
            model_name='samplingplan',
            constraint=models.CheckConstraint(condition=models.Q(('share_percent__gt', 0), ('share_percent__lte', 100)), name='scorecards_plan_share'),
        ),
        migrations.AddConstraint(
            model_name='samplingplan',
            constraint=models.CheckConstraint(condition=models.Q(('per_agent_week__gte', 1)), name='scorecards_plan_per_agent_week'),
        ),
        migrations.AddConstraint(
            model_name='samplingplan',
            constraint=models.CheckConstraint(condition=models.Q(('floor_percent__gte', 5), ('floor_percent__lte', 100)), name='scorecards_plan_floor'),
        ),
        migrations.AddConstraint(
            model_name='samplingplan',
            constraint=models.CheckConstraint(condition=models.Q(('double_percent__lte', 100)), name='scorecards_plan_double'),
        ),
        migrations.AddConstraint(
            model_name='samplingdraw',
            constraint=models.UniqueConstraint(fields=('plan', 'starts_on'), name='scorecards_draw_once'),
        ),
        migrations.AddConstraint(
            model_name='samplingdraw',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('starts_on'))), name='scorecards_draw_period'),
        ),
        migrations.AddConstraint(
            model_name='samplingdraw',
            constraint=models.CheckConstraint(condition=models.Q(('picked_count__lte', models.F('population_size'))), name='scorecards_draw_picked'),
        ),
    ]
