"""Rows of answers for the first attempts handed in before there were such rows."""

from django.db import migrations

from training.marking import from_json, mark


def keep_answers_of_first_attempts(apps, schema_editor):
    """What was handed in before this version gets its rows too; read one attempt after the other."""
    Attempt = apps.get_model("training", "Attempt")
    AnsweredQuestion = apps.get_model("training", "AnsweredQuestion")
    submitted = Attempt.objects.filter(submitted_at__isnull=False)
    seen, rows = set(), []
    for attempt in submitted.order_by("started_at", "pk").iterator(chunk_size=200):
        if (attempt.user_id, attempt.quiz_id) in seen:
            continue
        seen.add((attempt.user_id, attempt.quiz_id))
        rows += [
            AnsweredQuestion(
                attempt=attempt,
                question=int(each.question.id),
                wording=each.question.wording,
                mark=float(each.mark),
            )
            for each in mark(from_json(attempt.questions), attempt.answers).marks
        ]
        if len(rows) >= 1000:
            AnsweredQuestion.objects.bulk_create(rows)
            rows = []
    AnsweredQuestion.objects.bulk_create(rows)


class Migration(migrations.Migration):

    dependencies = [
        ('training', '0003_answered_questions'),
    ]

    operations = [
        migrations.RunPython(keep_answers_of_first_attempts, migrations.RunPython.noop),
    ]
