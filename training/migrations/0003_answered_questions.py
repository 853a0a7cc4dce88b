import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('training', '0001_squashed_0002_manual_and_training'),
    ]

    operations = [
        migrations.CreateModel(
            name='AnsweredQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.PositiveBigIntegerField(verbose_name='question as asked')),
                ('wording', models.CharField(max_length=32, verbose_name='digest of the wording')),
                ('mark', models.FloatField(verbose_name='mark')),
                ('attempt', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answered', to='training.attempt')),
            ],
            options={
                'verbose_name': 'answered question',
                'verbose_name_plural': 'answered questions',
                'indexes': [models.Index(fields=['question'], name='training_answered_question')],
                'constraints': [models.UniqueConstraint(fields=('attempt', 'question'), name='training_answeredquestion_once'), models.CheckConstraint(condition=models.Q(('mark__gte', 0), ('mark__lte', 1)), name='training_answeredquestion_mark_is_a_share')],
            },
        ),
    ]
