"""For new databases: the tables that 0001 to 0004 come to. What 0002 and 0003 put into them, 0005 does."""

import content.models.imported
import content.models.questions
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import modelcluster.contrib.taggit
import modelcluster.fields
import modelsearch.index
import wagtail.fields
from django.conf import settings
from django.db import migrations, models

from people.migration_operations import CreateModels


class Migration(migrations.Migration):

    replaces = [('content', '0001_initial'), ('content', '0002_site'), ('content', '0003_stem_search_index'), ('content', '0004_manual_and_training')]

    initial = True

    dependencies = [
        ('account', '0009_emailaddress_unique_primary_email'),
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('django_tasks_database', '0021_conditional_partial_index_ordering'),
        ('people', '0002_content_language'),
        ('sessions', '0001_initial'),
        ('simple_translation', '0001_initial'),
        ('taggit', '0006_rename_taggeditem_content_type_object_id_taggit_tagg_content_8fc721_idx'),
        ('wagtailadmin', '0006_formstate'),
        ('wagtailcore', '0098_apitoken'),
        ('wagtaildocs', '0002_initial_data'),
        ('wagtaildocs', '0014_alter_document_file_size'),
        ('wagtailimages', '0002_initial_data'),
        ('wagtailimages', '0027_image_description'),
        ('wagtailredirects', '0008_add_verbose_name_plural'),
        ('wagtailsearch', '0010_add_text_fields'),
        ('wagtailusers', '0015_userprofile_keyboard_shortcuts'),
    ]

    operations = [
        CreateModels([
            migrations.CreateModel(
                name='HomePage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                ],
                options={
                    'verbose_name': 'home page',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='LearningPath',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('gives_certificate', models.BooleanField(default=False, help_text='Whoever finishes it gets one as PDF, with an address where others can check it.', verbose_name='gives a certificate')),
                    ('expiry', models.CharField(choices=[('never', 'Never'), ('fixed', 'On the same day every year'), ('days', 'So many days after completion'), ('months', 'So many months after completion')], default='never', help_text='What expires has to be taken anew and always gives a certificate. A change holds for those who finish from then on.', max_length=10, verbose_name='expires')),
                    ('expires_after', models.PositiveSmallIntegerField(blank=True, help_text='Six months after 31 August is the last day of February.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3660)], verbose_name='days or months')),
                    ('expires_month', models.PositiveSmallIntegerField(blank=True, choices=[(1, 'January'), (2, 'February'), (3, 'March'), (4, 'April'), (5, 'May'), (6, 'June'), (7, 'July'), (8, 'August'), (9, 'September'), (10, 'October'), (11, 'November'), (12, 'December')], null=True, verbose_name='month')),
                    ('expires_day', models.PositiveSmallIntegerField(blank=True, help_text='31 January, for example: good up to and including that day.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(31)], verbose_name='day')),
                    ('renew_lead_days', models.PositiveSmallIntegerField(default=30, help_text='The certificate stays good meanwhile. With 0, people are asked once it has expired.', validators=[django.core.validators.MaxValueValidator(365)], verbose_name='ask to renew so many days before')),
                    ('key', models.SlugField(max_length=80, unique=True, verbose_name='key')),
                    ('title', models.CharField(max_length=160, verbose_name='title')),
                    ('summary', models.TextField(blank=True, verbose_name='summary')),
                    ('roles', models.JSONField(blank=True, default=list, help_text='Whom it is meant for. Without any, nobody is asked by itself.', verbose_name='for the roles')),
                    ('assigned_since', models.DateField(blank=True, help_text='Whoever has one of these roles and joins their first team on this day or later is asked on their first day there. Empty means that managers assign it.', null=True, verbose_name='ask new hires by itself since')),
                ],
                options={
                    'verbose_name': 'learning path',
                    'verbose_name_plural': 'learning paths',
                    'ordering': ['title'],
                },
                bases=(modelsearch.index.Indexed, models.Model),
            ),
            migrations.CreateModel(
                name='LessonPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                    ('minutes', models.PositiveSmallIntegerField(default=5, verbose_name='minutes')),
                    ('body', wagtail.fields.StreamField([('text', 0), ('callout', 3), ('image', 7), ('procedure', 9), ('video', 14), ('audio', 17), ('sample', 29), ('download', 32)], block_lookup={0: ('wagtail.blocks.RichTextBlock', (), {'features': ['h2', 'h3', 'h4', 'ol', 'ul', 'blockquote', 'hr', 'bold', 'italic', 'code', 'link', 'document-link'], 'label': 'Text', 'template': 'content/blocks/text.html'}), 1: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('info', 'Good to know'), ('tip', 'Tip'), ('warning', 'Careful')], 'label': 'Kind'}), 2: ('wagtail.blocks.TextBlock', (), {'label': 'Text'}), 3: ('wagtail.blocks.StructBlock', [[('kind', 1), ('text', 2)]], {}), 4: ('wagtail.images.blocks.ImageChooserBlock', (), {'label': 'Image'}), 5: ('wagtail.blocks.CharBlock', (), {'help_text': 'For people who cannot see it.', 'label': 'What it shows', 'max_length': 300}), 6: ('wagtail.blocks.CharBlock', (), {'label': 'Caption', 'max_length': 300, 'required': False}), 7: ('wagtail.blocks.StructBlock', [[('image', 4), ('alt', 5), ('caption', 6)]], {}), 8: ('wagtail.blocks.PageChooserBlock', (), {'label': 'Procedure', 'page_type': ['content.ProcedurePage']}), 9: ('wagtail.blocks.StructBlock', [[('procedure', 8)]], {}), 10: ('wagtail.blocks.CharBlock', (), {'label': 'Title', 'max_length': 200}), 11: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'Video (.mp4, .webm)'}), 12: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'help_text': 'A WebVTT file with what is said and heard. Needed before it can be published.', 'label': 'Captions (.vtt)'}), 13: ('wagtail.blocks.TextBlock', (), {'help_text': 'What is said and shown, for who reads rather than watches.', 'label': 'Transcript', 'required': False}), 14: ('wagtail.blocks.StructBlock', [[('title', 10), ('file', 11), ('captions', 12), ('transcript', 13)]], {}), 15: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'Recording (.mp3, .wav, .ogg, .webm)'}), 16: ('wagtail.blocks.TextBlock', (), {'help_text': 'What is said, for who cannot hear it. Needed before it can be published.', 'label': 'Transcript'}), 17: ('wagtail.blocks.StructBlock', [[('title', 10), ('file', 15), ('transcript', 16)]], {}), 18: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('phone', 'Phone'), ('email', 'E-mail'), ('chat', 'Chat'), ('social', 'Social media')], 'label': 'Channel'}), 19: ('wagtail.blocks.TextBlock', (), {'help_text': 'Lines such as “Customer: …” and “Agent (0:42): …”. When you save, they become messages below, to which you can add highlights.', 'label': 'Paste a transcript', 'required': False, 'search_index': False}), 20: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('customer', 'Customer'), ('agent', 'Agent')], 'label': 'Who'}), 21: ('wagtail.blocks.CharBlock', (), {'help_text': 'For example 0:42, or 14:05.', 'label': 'Time', 'max_length': 20, 'required': False}), 22: ('wagtail.blocks.CharBlock', (), {'help_text': 'Exactly as they stand in the message.', 'label': 'Words', 'max_length': 500}), 23: ('wagtail.blocks.TextBlock', (), {'help_text': 'What is good or bad about them, and why.', 'label': 'Note'}), 24: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('good', 'Good'), ('bad', 'Better otherwise'), ('note', 'Worth noting')], 'label': 'Kind'}), 25: ('wagtail.blocks.StructBlock', [[('words', 22), ('note', 23), ('kind', 24)]], {}), 26: ('wagtail.blocks.ListBlock', (25,), {'default': [], 'label': 'Highlights'}), 27: ('wagtail.blocks.StructBlock', [[('who', 20), ('time', 21), ('text', 2), ('highlights', 26)]], {}), 28: ('wagtail.blocks.ListBlock', (27,), {'default': [], 'label': 'Messages'}), 29: ('wagtail.blocks.StructBlock', [[('title', 10), ('channel', 18), ('paste', 19), ('messages', 28)]], {}), 30: ('wagtail.documents.blocks.DocumentChooserBlock', (), {'label': 'File'}), 31: ('wagtail.blocks.CharBlock', (), {'label': 'What it is for', 'max_length': 300, 'required': False}), 32: ('wagtail.blocks.StructBlock', [[('file', 30), ('note', 31)]], {})}, verbose_name='content')),
                ],
                options={
                    'verbose_name': 'lesson',
                    'verbose_name_plural': 'lessons',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='ManualIndexPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                    ('introduction', models.TextField(blank=True, verbose_name='introduction')),
                ],
                options={
                    'verbose_name': 'manual',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='ManualPrint',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('digest', models.CharField(max_length=64, unique=True)),
                    ('state', models.CharField(choices=[('waiting', 'waiting'), ('running', 'being made'), ('done', 'done'), ('failed', 'failed')], default='waiting', max_length=10, verbose_name='state')),
                    ('page_ids', models.JSONField(default=list)),
                    ('language', models.CharField(max_length=12)),
                    ('done', models.PositiveIntegerField(default=0)),
                    ('file', models.CharField(blank=True, max_length=120)),
                    ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('progress_at', models.DateTimeField(default=django.utils.timezone.now)),
                ],
                options={
                    'verbose_name': 'printed manual',
                },
            ),
            migrations.CreateModel(
                name='ManualSectionPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                    ('introduction', models.TextField(blank=True, verbose_name='introduction')),
                    ('notes', wagtail.fields.StreamField([('text', 0), ('callout', 3), ('example', 6), ('image', 10), ('table', 12), ('code', 14)], blank=True, block_lookup={0: ('wagtail.blocks.RichTextBlock', (), {'features': ['h2', 'h3', 'h4', 'ol', 'ul', 'blockquote', 'hr', 'bold', 'italic', 'code', 'link', 'document-link'], 'label': 'Text', 'template': 'content/blocks/text.html'}), 1: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('info', 'Good to know'), ('tip', 'Tip'), ('warning', 'Careful')], 'label': 'Kind'}), 2: ('wagtail.blocks.TextBlock', (), {'label': 'Text'}), 3: ('wagtail.blocks.StructBlock', [[('kind', 1), ('text', 2)]], {}), 4: ('wagtail.blocks.TextBlock', (), {'label': 'Do'}), 5: ('wagtail.blocks.TextBlock', (), {'label': "Don't"}), 6: ('wagtail.blocks.StructBlock', [[('do', 4), ('dont', 5)]], {}), 7: ('wagtail.images.blocks.ImageChooserBlock', (), {'label': 'Image'}), 8: ('wagtail.blocks.CharBlock', (), {'help_text': 'For people who cannot see it.', 'label': 'What it shows', 'max_length': 300}), 9: ('wagtail.blocks.CharBlock', (), {'label': 'Caption', 'max_length': 300, 'required': False}), 10: ('wagtail.blocks.StructBlock', [[('image', 7), ('alt', 8), ('caption', 9)]], {}), 11: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'code', 'link', 'document-link'], 'label': 'Text', 'required': False}), 12: ('wagtail.contrib.typed_table_block.blocks.TypedTableBlock', [[('text', 11)]], {}), 13: ('wagtail.blocks.RegexBlock', (), {'label': 'Language', 'max_length': 30, 'regex': '^[\\w+#.-]*$', 'required': False, 'search_index': False}), 14: ('wagtail.blocks.StructBlock', [[('language', 13), ('code', 2)]], {})}, verbose_name='notes')),
                ],
                options={
                    'verbose_name': 'manual section',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='PracticePage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                    ('introduction', models.TextField(blank=True, verbose_name='introduction')),
                    ('minutes', models.PositiveSmallIntegerField(default=10, verbose_name='minutes')),
                    ('channel', models.CharField(choices=[('phone', 'Phone'), ('email', 'E-mail'), ('chat', 'Chat'), ('social', 'Social media')], default='chat', max_length=10, verbose_name='channel')),
                    ('customer_name', models.CharField(blank=True, max_length=80, verbose_name="customer's name")),
                    ('situation', models.TextField(blank=True, help_text='What the trainee knows before the first word.', verbose_name='situation')),
                    ('rule', models.CharField(choices=[('passed', 'Passed by the rubric; without a rubric, ended well'), ('played', 'Played to an end, whatever came of it')], default='passed', max_length=10, verbose_name='when it is done')),
                    ('scenario', wagtail.fields.StreamField([('scene', 18), ('end', 22)], block_lookup={0: ('wagtail.blocks.CharBlock', (), {'help_text': 'Choices lead here by this name. Trainees do not see it.', 'label': 'Name of the scene', 'max_length': 80, 'search_index': False}), 1: ('wagtail.blocks.TextBlock', (), {'label': 'What the customer says'}), 2: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('calm', 'Calm'), ('glad', 'Glad'), ('worried', 'Worried'), ('annoyed', 'Annoyed'), ('angry', 'Angry')], 'label': 'Mood', 'required': False}), 3: ('wagtail.blocks.BooleanBlock', (), {'help_text': 'It is compared by the trainee themself and never marked by its words.', 'label': 'The trainee writes an answer', 'required': False}), 4: ('wagtail.blocks.TextBlock', (), {'label': 'An answer to compare with', 'required': False}), 5: ('wagtail.blocks.CharBlock', (), {'max_length': 200, 'required': False}), 6: ('wagtail.blocks.ListBlock', (5,), {'default': [], 'label': 'What to look for'}), 7: ('wagtail.blocks.TextBlock', (), {'label': 'What the trainee says or does'}), 8: ('wagtail.blocks.CharBlock', (), {'help_text': 'The name of a scene or of an end.', 'label': 'Leads to', 'max_length': 80, 'required': False, 'search_index': False}), 9: ('wagtail.blocks.TextBlock', (), {'label': 'What follows, told at once', 'required': False}), 10: ('wagtail.blocks.RegexBlock', (), {'help_text': 'As it stands in the rubric, such as “tone”.', 'label': 'Key of the criterion', 'max_length': 60, 'regex': '^[-a-zA-Z0-9_]+$', 'search_index': False}), 11: ('wagtail.blocks.IntegerBlock', (), {'help_text': '1 is the lowest.', 'label': 'Level', 'max_value': 20, 'min_value': 1}), 12: ('wagtail.blocks.TextBlock', (), {'label': 'Why', 'required': False, 'search_index': False}), 13: ('wagtail.blocks.StructBlock', [[('criterion', 10), ('level', 11), ('why', 12)]], {}), 14: ('wagtail.blocks.ListBlock', (13,), {'default': [], 'label': 'What it shows by the rubric'}), 15: ('wagtail.blocks.StructBlock', [[('text', 7), ('to', 8), ('consequence', 9), ('marks', 14)]], {}), 16: ('wagtail.blocks.ListBlock', (15,), {'default': [], 'help_text': 'After a written answer: how it went, as the trainee judges it.', 'label': 'Choices'}), 17: ('wagtail.blocks.CharBlock', (), {'help_text': 'Only after a written answer without choices.', 'label': 'Leads to', 'max_length': 80, 'required': False, 'search_index': False}), 18: ('wagtail.blocks.StructBlock', [[('name', 0), ('says', 1), ('mood', 2), ('is_written', 3), ('model_answer', 4), ('checklist', 6), ('choices', 16), ('to', 17)]], {}), 19: ('wagtail.blocks.CharBlock', (), {'label': 'Name of the end', 'max_length': 80, 'search_index': False}), 20: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('good', 'Good end'), ('bad', 'Bad end')], 'label': 'Kind'}), 21: ('wagtail.blocks.TextBlock', (), {'label': 'What became of the customer'}), 22: ('wagtail.blocks.StructBlock', [[('name', 19), ('kind', 20), ('text', 21)]], {})}, help_text='The first scene is the start.', verbose_name='scenes and ends')),
                ],
                options={
                    'verbose_name': 'role play',
                    'verbose_name_plural': 'role plays',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='QuizPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                    ('introduction', models.TextField(blank=True, verbose_name='introduction')),
                    ('pass_mark', models.PositiveSmallIntegerField(default=70, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(100)], verbose_name='pass mark (percent)')),
                    ('time_limit_minutes', models.PositiveSmallIntegerField(blank=True, help_text='Empty for none. When time is up, what was saved counts.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(600)], verbose_name='time limit (minutes)')),
                    ('max_attempts', models.PositiveSmallIntegerField(blank=True, help_text='Empty for as many as one likes.', null=True, validators=[django.core.validators.MinValueValidator(1)], verbose_name='attempts allowed')),
                    ('delay_minutes', models.PositiveIntegerField(default=0, help_text='Counted from handing in. 0 for none.', validators=[django.core.validators.MaxValueValidator(525600)], verbose_name='delay between attempts (minutes)')),
                    ('answers_shown', models.CharField(choices=[('at_once', 'At once'), ('after_passing', 'After passing'), ('after_last', 'After the last attempt'), ('never', 'Never')], default='at_once', help_text='The score is always shown.', max_length=16, verbose_name='when the answers are shown')),
                    ('asks_certainty', models.BooleanField(default=False, help_text='Asks how certain each answer is, and shows what certainty earned and cost beside the plain percent. The pass mark is compared with the plain percent.', verbose_name='certainty-based marking')),
                ],
                options={
                    'verbose_name': 'quiz',
                    'verbose_name_plural': 'quizzes',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='ReplyTemplate',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.SlugField(max_length=80, unique=True, verbose_name='key')),
                    ('title', models.CharField(max_length=160, verbose_name='title')),
                    ('channels', models.JSONField(blank=True, default=list, verbose_name='channels')),
                    ('body', models.TextField(help_text='Write what changes in braces, for example {order_number}: a letter, then letters, digits and underscores. {agent_name} is filled in by itself. Write {{ or }} for a real brace.', verbose_name='text')),
                ],
                options={
                    'verbose_name': 'reply template',
                    'verbose_name_plural': 'reply templates',
                    'ordering': ['title'],
                },
                bases=(modelsearch.index.Indexed, models.Model),
            ),
            migrations.CreateModel(
                name='SamplePage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                    ('introduction', models.TextField(blank=True, verbose_name='introduction')),
                    ('minutes', models.PositiveSmallIntegerField(default=15, verbose_name='minutes')),
                    ('same_needed', models.PositiveSmallIntegerField(default=70, help_text='It is done when at least so many have the same level.', validators=[django.core.validators.MaxValueValidator(100)], verbose_name='criteria graded as the expert did (percent)')),
                    ('apart_allowed', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(20)], verbose_name='and none further apart than (levels)')),
                ],
                options={
                    'verbose_name': 'sample to grade',
                    'verbose_name_plural': 'samples to grade',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='ShadowingPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                    ('description', wagtail.fields.RichTextField(blank=True, verbose_name='how it goes')),
                ],
                options={
                    'verbose_name': 'shadowing',
                    'verbose_name_plural': 'shadowings',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='Skill',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.SlugField(max_length=60, unique=True, verbose_name='key')),
                    ('name', models.CharField(max_length=80, unique=True, verbose_name='name')),
                    ('description', models.TextField(blank=True, verbose_name='description')),
                    ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ],
                options={
                    'verbose_name': 'skill',
                    'verbose_name_plural': 'skills',
                    'ordering': ['position', 'name'],
                },
                bases=(modelsearch.index.Indexed, models.Model),
            ),
            migrations.CreateModel(
                name='TrainingIndexPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                    ('introduction', models.TextField(blank=True, verbose_name='introduction')),
                ],
                options={
                    'verbose_name': 'training catalogue',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='WorkshopPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                    ('minutes', models.PositiveSmallIntegerField(default=120, validators=[django.core.validators.MinValueValidator(1)], verbose_name='minutes')),
                    ('description', wagtail.fields.RichTextField(blank=True, verbose_name='what happens there')),
                    ('bring', models.TextField(blank=True, verbose_name='what to bring or prepare')),
                ],
                options={
                    'verbose_name': 'workshop',
                    'verbose_name_plural': 'workshops',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='Governance',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('reviewed_on', models.DateField(blank=True, null=True, verbose_name='reviewed on')),
                    ('review_every_months', models.PositiveSmallIntegerField(blank=True, default=6, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(120)], verbose_name='review every (months)')),
                    ('review_by_hand', models.DateField(blank=True, null=True, verbose_name='review by')),
                    ('review_by', models.DateField(blank=True, db_index=True, null=True, verbose_name='review by')),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='governed_pages', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                    ('page', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='governance', to=settings.WAGTAIL_PAGE_MODEL)),
                ],
                options={
                    'verbose_name': 'owner and review',
                    'verbose_name_plural': 'owners and reviews',
                },
            ),
            migrations.CreateModel(
                name='ManualImport',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('tree', models.CharField(help_text='Under this name a later import finds the same pages again. Take the same name each time.', max_length=80, verbose_name='name of the tree')),
                    ('file', models.FileField(blank=True, max_length=255, storage=content.models.imported.private_storage, upload_to='manual/%Y/%m/', verbose_name='zip file')),
                    ('publish', models.BooleanField(default=True, verbose_name='publish')),
                    ('ask_signatures', models.BooleanField(default=False, verbose_name='ask for signatures')),
                    ('overwrite', models.BooleanField(default=False, verbose_name='overwrite what was edited here')),
                    ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='waiting', max_length=10, verbose_name='state')),
                    ('failure', models.TextField(blank=True, verbose_name='why it failed')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='started')),
                    ('progress_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='last progress')),
                    ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                    ('files_total', models.PositiveIntegerField(default=0)),
                    ('files_done', models.PositiveIntegerField(default=0)),
                    ('section', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.WAGTAIL_PAGE_MODEL, verbose_name='below')),
                    ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='started by')),
                ],
                options={
                    'verbose_name': 'import of the manual',
                    'verbose_name_plural': 'imports of the manual',
                    'ordering': ['-created_at', '-pk'],
                },
            ),
            migrations.CreateModel(
                name='Package',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=255, verbose_name='title')),
                    ('sha256', models.CharField(editable=False, max_length=64, unique=True)),
                    ('file_name', models.CharField(editable=False, max_length=255, verbose_name='file')),
                    ('size', models.PositiveBigIntegerField(editable=False, verbose_name='bytes')),
                    ('edition', models.CharField(editable=False, max_length=10, verbose_name='SCORM edition')),
                    ('edition_text', models.CharField(editable=False, max_length=40)),
                    ('items', models.JSONField(editable=False, verbose_name='parts')),
                    ('uploaded_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='uploaded')),
                    ('uploaded_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'SCORM package',
                    'verbose_name_plural': 'SCORM packages',
                    'ordering': ['title', '-uploaded_at'],
                },
                bases=(modelsearch.index.Indexed, models.Model),
            ),
            migrations.CreateModel(
                name='ProcedurePage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                    ('purpose', models.TextField(blank=True, help_text='What this achieves for the customer, in a sentence or two.', verbose_name='purpose')),
                    ('steps', wagtail.fields.StreamField([('step', 22)], blank=True, block_lookup={0: ('wagtail.blocks.CharBlock', (), {'label': 'Step', 'max_length': 200}), 1: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('agent', 'Agent'), ('supervisor', 'Supervisor'), ('customer', 'Customer')], 'label': 'Who'}), 2: ('wagtail.blocks.MultipleChoiceBlock', [], {'choices': [('phone', 'Phone'), ('email', 'E-mail'), ('chat', 'Chat'), ('social', 'Social media')], 'help_text': 'None means that the step holds on them all.', 'label': 'Only on these channels', 'required': False}), 3: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'ul', 'ol', 'link'], 'label': 'What to do', 'required': False}), 4: ('wagtail.blocks.TextBlock', (), {'help_text': 'Words that work.', 'label': 'Say', 'required': False}), 5: ('wagtail.blocks.TextBlock', (), {'label': 'Record', 'required': False}), 6: ('wagtail.blocks.TextBlock', (), {'label': 'Check before going on', 'required': False}), 7: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('phone', 'Phone'), ('email', 'E-mail'), ('chat', 'Chat'), ('social', 'Social media')], 'label': 'On this channel'}), 8: ('wagtail.blocks.TextBlock', (), {'label': 'Say', 'required': False}), 9: ('wagtail.blocks.MultipleChoiceBlock', [], {'choices': [('instruction', 'What to do'), ('say', 'Say'), ('record', 'Record'), ('check', 'Check before going on')], 'help_text': 'What the step says elsewhere and not on this channel.', 'label': 'Does not hold here', 'required': False}), 10: ('wagtail.blocks.StructBlock', [[('channel', 7), ('instruction', 3), ('say', 8), ('record', 5), ('check', 6), ('leave_out', 9)]], {}), 11: ('wagtail.blocks.ListBlock', (10,), {'default': [], 'label': 'Other words on a channel'}), 12: ('wagtail.blocks.CharBlock', (), {'help_text': 'What decides how it goes on. Without answers the next step follows.', 'label': 'Question', 'max_length': 200, 'required': False}), 13: ('wagtail.blocks.CharBlock', (), {'label': 'Answer', 'max_length': 120, 'required': False}), 14: ('content.blocks.BranchTargetBlock', (), {'default': 'next', 'label': 'Go on with', 'max_length': 300}), 15: ('wagtail.blocks.PageChooserBlock', (), {'help_text': 'Only if the answer leads to another procedure.', 'label': 'Other procedure', 'page_type': ['content.ProcedurePage'], 'required': False}), 16: ('wagtail.blocks.StructBlock', [[('answer', 13), ('to', 14), ('procedure', 15)]], {}), 17: ('wagtail.blocks.ListBlock', (16,), {'default': [], 'label': 'Answers'}), 18: ('wagtail.blocks.TextBlock', (), {'label': 'Do'}), 19: ('wagtail.blocks.TextBlock', (), {'label': "Don't"}), 20: ('wagtail.blocks.StructBlock', [[('do', 18), ('dont', 19)]], {}), 21: ('wagtail.blocks.ListBlock', (20,), {'default': [], 'label': "Do and don't"}), 22: ('wagtail.blocks.StructBlock', [[('title', 0), ('who', 1), ('channels', 2), ('instruction', 3), ('say', 4), ('record', 5), ('check', 6), ('variants', 11), ('question', 12), ('answers', 17), ('examples', 21)]], {})}, verbose_name='steps')),
                    ('notes', wagtail.fields.StreamField([('text', 0), ('callout', 3), ('example', 6), ('image', 10), ('table', 12), ('code', 14)], blank=True, block_lookup={0: ('wagtail.blocks.RichTextBlock', (), {'features': ['h2', 'h3', 'h4', 'ol', 'ul', 'blockquote', 'hr', 'bold', 'italic', 'code', 'link', 'document-link'], 'label': 'Text', 'template': 'content/blocks/text.html'}), 1: ('wagtail.blocks.ChoiceBlock', [], {'choices': [('info', 'Good to know'), ('tip', 'Tip'), ('warning', 'Careful')], 'label': 'Kind'}), 2: ('wagtail.blocks.TextBlock', (), {'label': 'Text'}), 3: ('wagtail.blocks.StructBlock', [[('kind', 1), ('text', 2)]], {}), 4: ('wagtail.blocks.TextBlock', (), {'label': 'Do'}), 5: ('wagtail.blocks.TextBlock', (), {'label': "Don't"}), 6: ('wagtail.blocks.StructBlock', [[('do', 4), ('dont', 5)]], {}), 7: ('wagtail.images.blocks.ImageChooserBlock', (), {'label': 'Image'}), 8: ('wagtail.blocks.CharBlock', (), {'help_text': 'For people who cannot see it.', 'label': 'What it shows', 'max_length': 300}), 9: ('wagtail.blocks.CharBlock', (), {'label': 'Caption', 'max_length': 300, 'required': False}), 10: ('wagtail.blocks.StructBlock', [[('image', 7), ('alt', 8), ('caption', 9)]], {}), 11: ('wagtail.blocks.RichTextBlock', (), {'features': ['bold', 'italic', 'code', 'link', 'document-link'], 'label': 'Text', 'required': False}), 12: ('wagtail.contrib.typed_table_block.blocks.TypedTableBlock', [[('text', 11)]], {}), 13: ('wagtail.blocks.RegexBlock', (), {'label': 'Language', 'max_length': 30, 'regex': '^[\\w+#.-]*$', 'required': False, 'search_index': False}), 14: ('wagtail.blocks.StructBlock', [[('language', 13), ('code', 2)]], {})}, verbose_name='notes')),
                    ('change_kind', models.CharField(blank=True, choices=[('material', 'Material: what people do changes; everybody concerned signs again'), ('editorial', 'Editorial: wording only; nobody is asked to sign')], max_length=10, verbose_name='kind of change')),
                    ('change_note', models.TextField(blank=True, help_text='What is different, in a sentence or two; readers see it with this edition.', max_length=2000, verbose_name='change note')),
                    ('translated_edition', models.PositiveIntegerField(blank=True, help_text='The edition of the original whose words this translation has. A newer one than this, and readers are told that the translation is older.', null=True, verbose_name='translates edition')),
                    ('teams', modelcluster.fields.ParentalManyToManyField(blank=True, help_text='None means every team that serves one of its channels.', related_name='procedures', to='people.team', verbose_name='teams that sign')),
                    ('reply_templates', modelcluster.fields.ParentalManyToManyField(blank=True, related_name='procedures', to='content.replytemplate', verbose_name='reply templates')),
                    ('skills', modelcluster.fields.ParentalManyToManyField(blank=True, related_name='procedures', to='content.skill', verbose_name='skills')),
                ],
                options={
                    'verbose_name': 'procedure',
                    'verbose_name_plural': 'procedures',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='EscalationLevel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sort_order', models.IntegerField(blank=True, editable=False, null=True)),
                    ('key', models.CharField(blank=True, default='', max_length=36)),
                    ('when', models.CharField(max_length=300, verbose_name='when')),
                    ('contact', models.CharField(max_length=160, verbose_name='contact')),
                    ('within_minutes', models.PositiveIntegerField(blank=True, null=True, verbose_name='within')),
                    ('page', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='escalation_levels', to='content.procedurepage')),
                ],
                options={
                    'verbose_name': 'escalation level',
                    'ordering': ['sort_order'],
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Edition',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveIntegerField(verbose_name='edition')),
                    ('revision_number', models.BigIntegerField(null=True, verbose_name='revision')),
                    ('kind', models.CharField(choices=[('material', 'Material: what people do changes; everybody concerned signs again'), ('editorial', 'Editorial: wording only; nobody is asked to sign')], max_length=10, verbose_name='kind')),
                    ('note', models.TextField(blank=True, verbose_name='change note')),
                    ('published_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='published')),
                    ('text', models.JSONField(default=list)),
                    ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='approved by')),
                    ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='written by')),
                    ('revision', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision')),
                    ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='editions', to='content.procedurepage')),
                ],
                options={
                    'verbose_name': 'edition',
                    'verbose_name_plural': 'editions',
                    'ordering': ['page', '-number'],
                    'constraints': [models.UniqueConstraint(fields=('page', 'number'), name='content_edition_once')],
                },
            ),
            migrations.CreateModel(
                name='ContingencyNote',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('title', models.CharField(max_length=160, verbose_name='title')),
                    ('text', models.TextField(help_text='What to do and to say while it lasts.', verbose_name='text')),
                    ('kind', models.CharField(choices=[('surge', 'Surge'), ('outage', 'Outage'), ('other', 'Other')], default='surge', max_length=10, verbose_name='kind')),
                    ('channels', models.JSONField(blank=True, default=list, verbose_name='channels')),
                    ('starts_at', models.DateTimeField(blank=True, null=True, verbose_name='from')),
                    ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='until')),
                    ('switched_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='switched by')),
                    ('pages', modelcluster.fields.ParentalManyToManyField(blank=True, help_text='None means the whole manual.', related_name='contingency_notes', to='content.procedurepage', verbose_name='procedures')),
                ],
                options={
                    'verbose_name': 'contingency note',
                    'verbose_name_plural': 'contingency notes',
                    'ordering': ['title'],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('ends_at__isnull', True), ('starts_at__isnull', True)), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='content_contingencynote_ends_after_start', violation_error_message='A note cannot end before it starts.')],
                },
            ),
            migrations.CreateModel(
                name='QuestionTag',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('content_object', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='tagged_questions', to='content.question')),
                    ('tag', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='%(app_label)s_%(class)s_items', to='taggit.tag')),
                ],
                options={
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='Question',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('key', models.SlugField(max_length=80, unique=True, verbose_name='key')),
                    ('title', models.CharField(blank=True, help_text='For lists; readers do not see it.', max_length=120, verbose_name='title')),
                    ('kind', models.CharField(choices=[('single', 'One answer'), ('multiple', 'Several answers'), ('true_false', 'True or false'), ('short_answer', 'Short answer'), ('numeric', 'Number'), ('matching', 'Matching'), ('ordering', 'Ordering')], default='single', max_length=12, verbose_name='kind')),
                    ('marking', models.CharField(choices=[('exact', 'All or nothing'), ('right_minus_wrong', 'Several answers: right minus wrong'), ('weights', 'Several answers: the weight of each option'), ('share', 'Matching and ordering: each right place counts')], default='exact', help_text='How a partly right answer counts. Only for the kinds that are named.', max_length=20, verbose_name='marking')),
                    ('text', models.TextField(verbose_name='question')),
                    ('explanation', models.TextField(blank=True, help_text='Shown with the mark, whatever was answered.', verbose_name='explanation')),
                    ('manual_page', models.ForeignKey(blank=True, help_text='If many miss the question, that page is shown as one to look at.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.WAGTAIL_PAGE_MODEL, verbose_name='page of the manual it tests')),
                    ('tags', modelcluster.contrib.taggit.ClusterTaggableManager(blank=True, help_text='A quiz can draw questions by tag at random.', through='content.QuestionTag', to='taggit.Tag', verbose_name='tags')),
                    ('skill', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='content.skill', verbose_name='skill it tests')),
                ],
                options={
                    'verbose_name': 'question',
                    'verbose_name_plural': 'questions',
                    'ordering': ['key'],
                },
                bases=(modelsearch.index.Indexed, models.Model),
            ),
            migrations.CreateModel(
                name='QuestionOption',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sort_order', models.IntegerField(blank=True, editable=False, null=True)),
                    ('text', models.CharField(blank=True, help_text='Of a short answer, * stands for anything. Empty only in a matching question, for what belongs nowhere.', max_length=500, verbose_name='text')),
                    ('is_correct', models.BooleanField(default=False, verbose_name='correct')),
                    ('weight', models.DecimalField(blank=True, decimal_places=5, help_text='Empty: 100 for a correct answer (shared among several), otherwise 0.', max_digits=8, null=True, verbose_name='weight (percent)')),
                    ('tolerance', models.DecimalField(blank=True, decimal_places=10, help_text='Of a number: how far off an answer may be, up or down.', max_digits=24, null=True, verbose_name='tolerance')),
                    ('match', models.CharField(blank=True, help_text='Of a matching question only.', max_length=500, verbose_name='belongs to')),
                    ('feedback', models.TextField(blank=True, verbose_name='feedback')),
                    ('question', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='options', to='content.question')),
                ],
                options={
                    'verbose_name': 'option',
                    'ordering': ['sort_order'],
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='QuizDraw',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sort_order', models.IntegerField(blank=True, editable=False, null=True)),
                    ('count', models.PositiveSmallIntegerField(default=5, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(200)], verbose_name='how many')),
                    ('tag', models.ForeignKey(limit_choices_to=content.models.questions.tags_of_questions, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='taggit.tag', verbose_name='tag')),
                    ('quiz', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='draws', to='content.quizpage')),
                ],
                options={
                    'ordering': ['sort_order'],
                    'abstract': False,
                    'constraints': [models.UniqueConstraint(fields=('quiz', 'tag'), name='content_quizdraw_tag_once', violation_error_message='This tag is drawn from already; raise its number.')],
                },
            ),
            migrations.CreateModel(
                name='QuizQuestion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sort_order', models.IntegerField(blank=True, editable=False, null=True)),
                    ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='content.question', verbose_name='question')),
                    ('quiz', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='quiz_questions', to='content.quizpage')),
                ],
                options={
                    'ordering': ['sort_order'],
                    'abstract': False,
                    'constraints': [models.UniqueConstraint(fields=('quiz', 'question'), name='content_quizquestion_once', violation_error_message='This question is asked already.')],
                },
            ),
            migrations.CreateModel(
                name='ManualWords',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('words', models.TextField()),
                    ('page', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.WAGTAIL_PAGE_MODEL)),
                    ('template', models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='content.replytemplate')),
                ],
                options={
                    'verbose_name': 'words of the manual',
                    'constraints': [models.CheckConstraint(condition=models.Q(('page__isnull', True), ('template__isnull', True), _connector='XOR'), name='content_manualwords_one_source')],
                },
            ),
            migrations.CreateModel(
                name='ScormPage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                    ('introduction', models.TextField(blank=True, verbose_name='introduction')),
                    ('minutes', models.PositiveSmallIntegerField(default=15, verbose_name='minutes')),
                    ('mastery_rule', models.CharField(choices=[('package', 'As the package says: completed, and not failed'), ('score', 'Completed, with at least the score below'), ('completed', 'Completed is enough, whatever the score')], default='package', max_length=10, verbose_name='when it is done')),
                    ('mastery_score', models.PositiveSmallIntegerField(blank=True, help_text='For “Completed, with at least the score below”.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='score that is needed (percent)')),
                    ('package', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pages', to='content.package', verbose_name='SCORM package')),
                ],
                options={
                    'verbose_name': 'SCORM package in a module',
                    'verbose_name_plural': 'SCORM packages in modules',
                },
                bases=('wagtailcore.page',),
            ),
            migrations.CreateModel(
                name='SecondPersonTask',
                fields=[
                    ('task_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='wagtailcore.task')),
                    ('groups', models.ManyToManyField(help_text='Pages/snippets at this step in a workflow will be moderated or approved by these groups of users', to='auth.group', verbose_name='groups')),
                ],
                options={
                    'verbose_name': 'Approval by a second person',
                    'verbose_name_plural': 'Approvals by a second person',
                },
                bases=('wagtailcore.task',),
            ),
            migrations.CreateModel(
                name='ShadowingItem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sort_order', models.IntegerField(blank=True, editable=False, null=True)),
                    ('text', models.CharField(help_text='“Greets by name and says their own.”', max_length=255, verbose_name='what is to be seen')),
                    ('page', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='checklist', to='content.shadowingpage')),
                ],
                options={
                    'ordering': ['sort_order'],
                    'abstract': False,
                },
            ),
            migrations.CreateModel(
                name='RefresherCard',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('question', models.TextField(max_length=500, verbose_name='question')),
                    ('answer', models.TextField(help_text='Short enough to be read in ten seconds.', max_length=1000, verbose_name='answer')),
                    ('part', models.CharField(blank=True, default='', max_length=80)),
                    ('is_active', models.BooleanField(default=True, verbose_name='in use')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='written')),
                    ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='retired')),
                    ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='looked through')),
                    ('procedure', models.ForeignKey(help_text='Where the answer stands. Who has signed for it is asked.', on_delete=django.db.models.deletion.PROTECT, related_name='refresher_cards', to='content.procedurepage', verbose_name='procedure')),
                    ('replaced_by', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replaces', to='content.refreshercard')),
                    ('retired_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='content.edition')),
                    ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('skill', models.ForeignKey(blank=True, help_text='Who has completed a module that teaches it is asked too.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='refresher_cards', to='content.skill', verbose_name='skill')),
                ],
                options={
                    'verbose_name': 'refresher card',
                    'verbose_name_plural': 'refresher cards',
                    'ordering': ['procedure', 'pk'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('retired_at__isnull', False), ('settled_at__isnull', True), _connector='OR'), name='content_refreshercard_settled_is_retired')],
                },
            ),
            migrations.CreateModel(
                name='ModulePage',
                fields=[
                    ('page_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.WAGTAIL_PAGE_MODEL)),
                    ('gives_certificate', models.BooleanField(default=False, help_text='Whoever finishes it gets one as PDF, with an address where others can check it.', verbose_name='gives a certificate')),
                    ('expiry', models.CharField(choices=[('never', 'Never'), ('fixed', 'On the same day every year'), ('days', 'So many days after completion'), ('months', 'So many months after completion')], default='never', help_text='What expires has to be taken anew and always gives a certificate. A change holds for those who finish from then on.', max_length=10, verbose_name='expires')),
                    ('expires_after', models.PositiveSmallIntegerField(blank=True, help_text='Six months after 31 August is the last day of February.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3660)], verbose_name='days or months')),
                    ('expires_month', models.PositiveSmallIntegerField(blank=True, choices=[(1, 'January'), (2, 'February'), (3, 'March'), (4, 'April'), (5, 'May'), (6, 'June'), (7, 'July'), (8, 'August'), (9, 'September'), (10, 'October'), (11, 'November'), (12, 'December')], null=True, verbose_name='month')),
                    ('expires_day', models.PositiveSmallIntegerField(blank=True, help_text='31 January, for example: good up to and including that day.', null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(31)], verbose_name='day')),
                    ('renew_lead_days', models.PositiveSmallIntegerField(default=30, help_text='The certificate stays good meanwhile. With 0, people are asked once it has expired.', validators=[django.core.validators.MaxValueValidator(365)], verbose_name='ask to renew so many days before')),
                    ('summary', models.TextField(verbose_name='summary')),
                    ('minutes', models.PositiveSmallIntegerField(default=20, help_text='How long it takes, honestly.', verbose_name='minutes')),
                    ('skills', modelcluster.fields.ParentalManyToManyField(blank=True, related_name='modules', to='content.skill', verbose_name='skills it teaches')),
                ],
                options={
                    'verbose_name': 'module',
                    'verbose_name_plural': 'modules',
                },
                bases=('wagtailcore.page', models.Model),
            ),
            migrations.CreateModel(
                name='Bookmark',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='since')),
                    ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.WAGTAIL_PAGE_MODEL, verbose_name='page')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ],
                options={
                    'verbose_name': 'bookmark',
                    'verbose_name_plural': 'bookmarks',
                    'constraints': [models.UniqueConstraint(fields=('user', 'page'), name='content_bookmark_once')],
                },
            ),
            migrations.CreateModel(
                name='LearningPathGroup',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sort_order', models.IntegerField(blank=True, editable=False, null=True)),
                    ('group', models.CharField(choices=[('A', 'Group A'), ('B', 'Group B'), ('C', 'Group C'), ('D', 'Group D')], max_length=1, verbose_name='group')),
                    ('choose', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(50)], verbose_name='choose')),
                    ('path', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='elective_groups', to='content.learningpath')),
                ],
                options={
                    'ordering': ['sort_order'],
                    'abstract': False,
                    'constraints': [models.UniqueConstraint(fields=('path', 'group'), name='content_pathgroup_once')],
                },
            ),
            migrations.CreateModel(
                name='ManualFile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('tree', models.CharField(max_length=80, verbose_name='tree')),
                    ('path', models.CharField(max_length=500, verbose_name='path')),
                    ('digest', models.CharField(blank=True, max_length=64)),
                    ('imported_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='imported')),
                    ('page', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.WAGTAIL_PAGE_MODEL, verbose_name='page')),
                    ('revision', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision')),
                ],
                options={
                    'verbose_name': 'imported file',
                    'verbose_name_plural': 'imported files',
                    'constraints': [models.UniqueConstraint(fields=('tree', 'path'), name='content_manualfile_once')],
                },
            ),
            migrations.CreateModel(
                name='ManualImportFile',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('path', models.CharField(max_length=500, verbose_name='file')),
                    ('outcome', models.CharField(choices=[('created', 'New'), ('updated', 'Changed'), ('unchanged', 'Unchanged'), ('kept', 'Not overwritten'), ('refused', 'Refused'), ('gone', 'No longer in the tree')], max_length=10, verbose_name='outcome')),
                    ('reason', models.TextField(blank=True, verbose_name='reason')),
                    ('remarks', models.JSONField(default=list, verbose_name='remarks')),
                    ('page', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.WAGTAIL_PAGE_MODEL)),
                    ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='files', to='content.manualimport')),
                ],
                options={
                    'verbose_name': 'file of an import',
                    'verbose_name_plural': 'files of an import',
                    'ordering': ['path'],
                    'constraints': [models.UniqueConstraint(fields=('run', 'path'), name='content_manualimportfile_once')],
                },
            ),
            migrations.CreateModel(
                name='LearningPathPrerequisite',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sort_order', models.IntegerField(blank=True, editable=False, null=True)),
                    ('path', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='prerequisites', to='content.learningpath')),
                    ('module', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='content.modulepage', verbose_name='the module')),
                    ('needs', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='content.modulepage', verbose_name='needs first')),
                ],
                options={
                    'ordering': ['sort_order'],
                    'abstract': False,
                    'constraints': [models.UniqueConstraint(fields=('path', 'module', 'needs'), name='content_pathprerequisite_once')],
                },
            ),
            migrations.CreateModel(
                name='LearningPathModule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sort_order', models.IntegerField(blank=True, editable=False, null=True)),
                    ('due_after_days', models.PositiveSmallIntegerField(blank=True, help_text='Counted from the day on which the path starts.', null=True, verbose_name='due after (days)')),
                    ('is_optional', models.BooleanField(default=False, verbose_name='optional')),
                    ('elective_group', models.CharField(blank=True, choices=[('A', 'Group A'), ('B', 'Group B'), ('C', 'Group C'), ('D', 'Group D')], max_length=1, verbose_name='elective group')),
                    ('score_from', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='from (percent)')),
                    ('score_to', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='up to and including (percent)')),
                    ('path', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='path_modules', to='content.learningpath')),
                    ('score_in', models.ForeignKey(blank=True, help_text='A quiz, or a module whose quizzes count.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.WAGTAIL_PAGE_MODEL, verbose_name='only by the result in')),
                    ('module', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='content.modulepage', verbose_name='module')),
                ],
                options={
                    'ordering': ['sort_order'],
                    'abstract': False,
                    'constraints': [models.UniqueConstraint(fields=('path', 'module'), name='content_learningpathmodule_once', violation_error_message='This module is on the path already.')],
                },
            ),
            migrations.CreateModel(
                name='OpenedPage',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('opened_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='opened')),
                    ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.WAGTAIL_PAGE_MODEL, verbose_name='page')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ],
                options={
                    'verbose_name': 'opened page',
                    'verbose_name_plural': 'opened pages',
                    'constraints': [models.UniqueConstraint(fields=('user', 'page'), name='content_openedpage_once')],
                },
            ),
            migrations.CreateModel(
                name='OwnerReminder',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('period', models.DateField(verbose_name='period')),
                    ('pages', models.JSONField(default=list, verbose_name='pages')),
                    ('claimed_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='begun')),
                    ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent')),
                    ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'verbose_name': 'reminder to an owner',
                    'verbose_name_plural': 'reminders to owners',
                    'ordering': ['-period', 'pk'],
                    'constraints': [models.UniqueConstraint(fields=('recipient', 'period'), name='content_ownerreminder_once')],
                },
            ),
            migrations.CreateModel(
                name='PageVote',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('edition', models.BigIntegerField(default=0, verbose_name='revision')),
                    ('session', models.CharField(max_length=64)),
                    ('is_helpful', models.BooleanField(verbose_name='helpful')),
                    ('text', models.TextField(blank=True, max_length=1000, verbose_name='what was missing or good')),
                    ('voted_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, verbose_name='answered')),
                    ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='votes', to=settings.WAGTAIL_PAGE_MODEL, verbose_name='page')),
                    ('revision', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ],
                options={
                    'verbose_name': 'answer to “Was this page helpful?”',
                    'verbose_name_plural': 'answers to “Was this page helpful?”',
                    'ordering': ['-voted_at', '-pk'],
                    'constraints': [models.UniqueConstraint(fields=('user', 'page', 'edition'), name='content_pagevote_once')],
                },
            ),
            migrations.CreateModel(
                name='ProcedureChannel',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('sort_order', models.IntegerField(blank=True, editable=False, null=True)),
                    ('channel', models.CharField(choices=[('phone', 'Phone'), ('email', 'E-mail'), ('chat', 'Chat'), ('social', 'Social media')], max_length=10, verbose_name='channel')),
                    ('first_response_minutes', models.PositiveIntegerField(blank=True, null=True, verbose_name='first response within')),
                    ('resolution_minutes', models.PositiveIntegerField(blank=True, null=True, verbose_name='resolution within')),
                    ('tone', models.TextField(blank=True, help_text='What is different here; how it should sound.', verbose_name='on this channel')),
                    ('page', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='channel_standards', to='content.procedurepage')),
                ],
                options={
                    'verbose_name': 'channel',
                    'ordering': ['sort_order'],
                    'abstract': False,
                    'constraints': [models.UniqueConstraint(fields=('page', 'channel'), name='content_procedurechannel_once', violation_error_message='This channel is listed already.')],
                },
            ),
            migrations.CreateModel(
                name='FollowProgress',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('channel', models.CharField(blank=True, choices=[('phone', 'Phone'), ('email', 'E-mail'), ('chat', 'Chat'), ('social', 'Social media')], max_length=10, verbose_name='channel')),
                    ('published_at', models.DateTimeField(blank=True, null=True)),
                    ('path', models.JSONField(blank=True, default=list)),
                    ('started_at', models.DateTimeField(default=django.utils.timezone.now)),
                    ('revision', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='person')),
                    ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='content.procedurepage', verbose_name='procedure')),
                ],
                options={
                    'verbose_name': 'place in a procedure',
                    'constraints': [models.UniqueConstraint(fields=('user', 'page'), name='content_followprogress_once')],
                },
            ),
        ]),
    ]
