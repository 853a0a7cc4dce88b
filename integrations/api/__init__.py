"""The REST API, version 1: one `NinjaAPI` of our own, beside Wagtail's."""
