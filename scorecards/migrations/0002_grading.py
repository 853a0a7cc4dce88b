import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import scorecards.freezing
import scorecards.models.picks
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('interactions', '0004_recordings_and_answers'),
        ('people', '0001_initial'),
        ('scorecards', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='criterion',
            name='bad_example',
            field=models.TextField(blank=True, verbose_name='bad example'),
        ),
        migrations.AddField(
            model_name='criterion',
            name='channels',
            field=models.JSONField(blank=True, default=list, help_text='None means all.', verbose_name='only for these channels'),
        ),
        migrations.AddField(
            model_name='criterion',
            name='critical_below',
            field=models.DecimalField(blank=True, decimal_places=2, help_text='Strictly under. Empty means: only the lowest level fails.', max_digits=5, null=True, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='fails under (percent)'),
        ),
        migrations.AddField(
            model_name='criterion',
            name='depends_on',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='dependents', to='scorecards.criterion', verbose_name='only after an answer to'),
        ),
        migrations.AddField(
            model_name='criterion',
            name='depends_on_positions',
            field=models.JSONField(blank=True, default=list, help_text='Positions of levels of the earlier criterion, counted from 0.', verbose_name='namely these levels'),
        ),
        migrations.AddField(
            model_name='criterion',
            name='flows',
            field=models.JSONField(blank=True, default=list, help_text='The flows as the source names them; none means all.', verbose_name='only for these kinds of interaction'),
        ),
        migrations.AddField(
            model_name='criterion',
            name='good_example',
            field=models.TextField(blank=True, verbose_name='good example'),
        ),
        migrations.AddField(
            model_name='criterion',
            name='is_bonus',
            field=models.BooleanField(default=False, help_text='Adds what it earns and nothing to what is possible.', verbose_name='bonus'),
        ),
        migrations.AddField(
            model_name='criterion',
            name='procedure_anchor',
            field=models.CharField(blank=True, help_text='The id of a heading or step on that page.', max_length=80, verbose_name='section of the procedure'),
        ),
        migrations.AddField(
            model_name='criterion',
            name='scale',
            field=models.CharField(choices=[('levels', 'Choose a level'), ('count', 'Enter a count, which falls into a level')], default='levels', max_length=10, verbose_name='scale'),
        ),
        migrations.AddField(
            model_name='level',
            name='count_from',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='count from'),
        ),
        migrations.AddField(
            model_name='level',
            name='count_to',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='count to'),
        ),
        migrations.AddField(
            model_name='level',
            name='is_critical_failure',
            field=models.BooleanField(default=False, verbose_name='is a critical failure'),
        ),
        migrations.AddField(
            model_name='level',
            name='requires_comment',
            field=models.BooleanField(default=False, verbose_name='needs a comment'),
        ),
        migrations.AddField(
            model_name='rubricversion',
            name='aggregation',
            field=models.CharField(choices=[('weighted_sections', "Sections by weight: each section's points earned over possible"), ('weighted_sections_points', 'Points by section weight: all weighted points earned over possible'), ('points', 'Points earned over points possible'), ('weighted_criteria', 'Criteria by weight, whatever their section'), ('mean_of_criteria', 'Plain mean of the criteria')], default='weighted_sections', max_length=30, verbose_name='aggregation'),
        ),
        migrations.AddField(
            model_name='rubricversion',
            name='completeness',
            field=models.DecimalField(decimal_places=2, default=100, help_text='Before that there is no result and nothing can be submitted.', max_digits=5, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='share that must be answered (percent)'),
        ),
        migrations.AddField(
            model_name='rubricversion',
            name='critical_failure_policy',
            field=models.CharField(choices=[('keep', 'Percent stays as earned, outcome is critical fail'), ('percent_zero', 'Percent becomes 0'), ('section_zero', 'The section becomes 0')], default='keep', max_length=20, verbose_name='critical failure'),
        ),
        migrations.AddField(
            model_name='rubricversion',
            name='hides_agent',
            field=models.BooleanField(default=True, help_text='Also in the words of the conversation.', verbose_name='hide the agent until submission'),
        ),
        migrations.AddField(
            model_name='rubricversion',
            name='hides_customer_rating',
            field=models.BooleanField(default=True, verbose_name="hide the customer's rating until submission"),
        ),
        migrations.AddField(
            model_name='rubricversion',
            name='hides_scores',
            field=models.BooleanField(default=True, verbose_name='hide earlier scorecards until submission'),
        ),
        migrations.AddField(
            model_name='rubricversion',
            name='not_applicable_policy',
            field=models.CharField(choices=[('exclude', 'Left out; the others take its weight'), ('counts_full', 'Counts as fully met'), ('counts_zero', 'Counts as not met at all'), ('not_scorable', 'Makes the whole scorecard not scorable')], default='exclude', max_length=20, verbose_name='not applicable'),
        ),
        migrations.AlterModelOptions(
            name='rubric',
            options={'ordering': ['name'], 'permissions': [('edit_rubrics', 'Can write and publish rubrics')], 'verbose_name': 'rubric', 'verbose_name_plural': 'rubrics'},
        ),
        migrations.AddField(
            model_name='criterionscore',
            name='count',
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name='count'),
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
                ('new_agent_days', models.PositiveSmallIntegerField(default=60, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='an agent is new for (days)')),
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
        migrations.CreateModel(
            name='Pick',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('inclusion_probability', models.FloatField(verbose_name='inclusion probability')),
                ('signs', models.JSONField(blank=True, default=list, verbose_name='signs of risk')),
                ('interaction', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='picks', to='interactions.interaction')),
            ],
            options={
                'verbose_name': 'pick',
                'verbose_name_plural': 'picks',
            },
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
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('open', 'Open'), ('upheld', 'Grade upheld'), ('changed_in_part', 'Changed in part'), ('changed', 'Changed as proposed'), ('withdrawn', 'Withdrawn')], default='open', max_length=16, verbose_name='state')),
                ('filed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='filed')),
                ('taken_at', models.DateTimeField(blank=True, null=True, verbose_name='taken')),
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
            field=models.PositiveSmallIntegerField(default=10, help_text='After that only an override with a reason changes a grade.', validators=[django.core.validators.MaxValueValidator(10080)], verbose_name='minutes to take a submission back'),
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
            name='decider',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='taken by'),
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
        migrations.AddField(
            model_name='scorecard',
            name='was_visible',
            field=models.JSONField(blank=True, default=list, verbose_name='visible while grading'),
        ),
        migrations.AddField(
            model_name='scorecard',
            name='active_seconds',
            field=models.PositiveIntegerField(default=0, verbose_name='time spent (s)'),
        ),
        migrations.AddField(
            model_name='scorecard',
            name='active_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='last worked on'),
        ),
        migrations.AddField(
            model_name='criterionscore',
            name='saved_in',
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name='samplingplan',
            name='changed_procedure_days',
            field=models.PositiveSmallIntegerField(default=14, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)], verbose_name='a changed procedure is new for (days)'),
        ),
        migrations.AddField(
            model_name='samplingplan',
            name='weight_changed_procedure',
            field=models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MaxValueValidator(10)], verbose_name='changed procedure'),
        ),
        migrations.AddField(
            model_name='samplingplan',
            name='weight_low_rating',
            field=models.PositiveSmallIntegerField(default=2, validators=[django.core.validators.MaxValueValidator(10)], verbose_name='low customer rating'),
        ),
        migrations.AddField(
            model_name='rubricnote',
            name='settled_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='dealt with'),
        ),
        migrations.AddField(
            model_name='rubricnote',
            name='settled_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='dealt with by'),
        ),
        migrations.RunPython(
            code=scorecards.freezing.freeze_after,
            reverse_code=scorecards.freezing.thaw_before,
        ),
    ]
