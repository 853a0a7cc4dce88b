from django.urls import path

import people.converters  # noqa: F401 (registers <id:…>)
from integrations.views import directory, dumps, tokens, webhooks

app_name = "integrations"

urlpatterns = [
    path("tokens/", tokens.token_list, name="token_list"),
    path("tokens/new/", tokens.token_create, name="token_create"),
    path("tokens/<id:pk>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("reference/", tokens.api_reference, name="api_reference"),
    path("webhooks/", webhooks.webhook_list, name="webhook_list"),
    path("webhooks/new/", webhooks.webhook_edit, name="webhook_create"),
    path("webhooks/<id:pk>/", webhooks.webhook_detail, name="webhook_detail"),
    path("webhooks/<id:pk>/edit/", webhooks.webhook_edit, name="webhook_edit"),
    path("webhooks/<id:pk>/test/", webhooks.webhook_test, name="webhook_test"),
    path("webhooks/<id:pk>/rotate/", webhooks.webhook_rotate, name="webhook_rotate"),
    path("webhooks/<id:pk>/replay/", webhooks.webhook_replay, name="webhook_replay"),
    path("webhooks/<id:pk>/remove/", webhooks.webhook_remove, name="webhook_remove"),
    path("dumps/", dumps.dump_list, name="dump_list"),
    path("dumps/start/", dumps.dump_start, name="dump_start"),
    path("dumps/<id:pk>/file/", dumps.dump_download, name="dump_download"),
    path("dumps/<id:pk>/stop/", dumps.dump_stop, name="dump_stop"),
    path("dumps/<id:pk>/delete/", dumps.dump_delete, name="dump_delete"),
    path("my-data/", dumps.my_data, name="my_data"),
    path("my-data/file/", dumps.my_data_file, name="my_data_file"),
    path("directory/", directory.directory, name="directory"),
    path("directory/<id:pk>/", directory.directory_run, name="directory_run"),
    path("directory/<id:pk>/apply/", directory.directory_apply, name="directory_apply"),
]
